# Opentill. `make help` lists what this file can do.
#
# Installing is keyed on the lock files: a stamp in .venv and one in node_modules carry their
# checksum, so a second `make run` starts the server and does nothing else.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Containers often say otherwise; then every process of a test would compile the whole house.
export PYTHONDONTWRITEBYTECODE :=

sum = $(shell { echo '$(CURDIR)'; cat $(1); } | cksum | cut -d ' ' -f 1)
LOCKS := requirements-build.lock requirements.lock
RUNTIME := $(VENV)/.runtime-$(call sum,$(LOCKS) pyproject.toml)
DEV = $(VENV)/.dev-$(call sum,$(LOCKS) requirements-dev.lock pyproject.toml)
NODE = node_modules/.installed-$(call sum,package-lock.json)
LIGHTHOUSE = budget/lighthouse/node_modules/.installed-$(call sum,budget/lighthouse/package-lock.json)

# No isolation: what must be built is built with the locked setuptools, not the newest.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
  --no-build-isolation
# Folders that hold Python; not every checkout has them all.
PARTS = conftest.py $(foreach part,app tests e2e bench budget scripts,$(if $(wildcard $(part)/*.py),$(part)))
PROCESSES ?= 2

.PHONY: help run devnet install dev check format test e2e smoke bench budget pictures words lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## Start the demo shop on port 8000 (PORT and OPENTILL_DATA change port and place)
	@exec $(BIN)/opentill demo

devnet: $(RUNTIME) $(NODE) ## Start the demo with a real EVM node on this machine
	@exec $(BIN)/opentill demo --devnet

install: $(RUNTIME) ## Make .venv and install the locked runtime parts
	@echo "Installed. \`make run\` starts the demo."

dev: $(DEV) $(NODE) ## Install what the tests need besides
	@echo "Installed. \`make test\` runs the tests."

check: $(DEV) $(NODE) ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PARTS)
	node_modules/.bin/tsc -p jsconfig.json

format: $(DEV) ## Rewrite the Python files in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(DEV) $(NODE) ## Run every test against real components (ARGS go to pytest)
	@sh scripts/system.sh
	@exec $(BIN)/python -m pytest -n $(PROCESSES) --max-worker-restart 2 --dist loadfile \
	  --no-loadscope-reorder $(ARGS)

e2e: $(DEV) $(NODE) ## Run the tests that drive a browser (ARGS go to pytest)
	@sh scripts/system.sh
	@exec $(BIN)/python -m pytest e2e $(ARGS)

smoke: $(DEV) $(NODE) ## Pay in Firefox and in WebKitGTK (ARGS go to pytest)
	@sh scripts/system.sh
	@exec $(BIN)/python -m pytest e2e/test_smoke.py $(ARGS)

bench: $(DEV) $(NODE) ## Measure the house (ARGS go to the bench)
	@exec $(BIN)/python -m bench $(ARGS)

budget: $(DEV) $(NODE) $(LIGHTHOUSE) ## Measure the pay page and the widget (ARGS go to the budget)
	@sh scripts/system.sh
	@exec $(BIN)/python -m budget $(ARGS)

pictures: $(DEV) $(NODE) ## Photograph every state of the pay page (ARGS: a folder, --readme)
	@sh scripts/system.sh
	@exec $(BIN)/python -m budget.pictures $(ARGS)

words: $(DEV) ## Bring the catalogues in locales/ in step with the texts, and check them
	@$(BIN)/python -m scripts.words update
	@$(BIN)/python -m scripts.words check

lock: $(DEV) ## Write the lock files anew, at the newest versions pyproject.toml allows
	@sh scripts/lock.sh

clean: ## Remove what was installed and every cache; data in var/ stays
	rm -rf $(VENV) node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@sh scripts/venv.sh $(VENV)

$(RUNTIME): $(BIN)/python
	@echo "Installing the runtime parts into $(VENV)…"
	@rm -f $(VENV)/.runtime-*
	@$(PIP) --require-hashes -r requirements-build.lock
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) -e .
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the development parts into $(VENV)…"
	@rm -f $(VENV)/.dev-*
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# Where the machine has no npm, the one among the Python development parts does it.
$(NODE): $(if $(shell command -v npm),,$(DEV))
	@echo "Installing the npm development parts into node_modules…"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(LIGHTHOUSE): $(if $(shell command -v npm),,$(DEV))
	@echo "Installing Lighthouse into budget/lighthouse…"
	@npm ci --prefix budget/lighthouse --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
