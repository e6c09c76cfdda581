"""The house rules, kept by a test so nobody has to remember them."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
HALL = ("bell", "errors", "phrase", "settings", "world", "seal", "log", "metrics", "shapes")
# They know every room.
FRONT = ("house", "rooms", "asgi", "server", "demo", "devnet", "desk", "doctor", "__main__")
# What several dialects read: a stranger's words none of them owns.
COMMON = ("dialect", "moments", "payment_methods")
DOORS = {
    "domain": ("errors", "phrase"),
    "words": ("domain", *HALL),
    "storage": ("domain", *HALL),
    "rails": ("domain", *HALL),
    "rates": ("domain", *HALL),
    "services": ("domain", "words", "storage", "rails.base", "rails.invoicer", "rates.base", *HALL),
    "web": ("domain", "words", "services", *HALL),
    "compat": ("domain", "words", "services", "web", *(f"compat.{one}" for one in COMMON), *HALL),
    "office": ("domain", "words", "services", "web", *HALL),
    "workers": ("domain", "words", "services", "rails.base", *HALL),
}

# What only a World may give: dotted names, or modules whose every name is meant.
OUTSIDE = (
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "os.getrandom",
    "os.urandom",
    "random",
    "secrets",
    "socket.create_connection",
    "socket.socket",
    "time",
    "urllib.request",
    "uuid.uuid1",
    "uuid.uuid4",
)
INSIDE = ("random.Random", "secrets.compare_digest")  # a seeded law, and no chance at all
CLIENTS = ("httpx.AsyncClient", "httpx.Client")  # as types they are welcome, made they are not
WORLDLY = {
    "world.py": "it is the way in",
    "seal.py": "draws the house's own key on its first start, before there is a world",
    "server.py": "opens the socket the house listens on",
    "devnet.py": "starts a node and talks to it before there is a world",
}

LINES_MAX = 300
TEST_LINES_MAX = 500  # a table of cases may run on
FUNCTION_LINES_MAX = 70
LONG = {
    "app/storage/tables.py": "every table and every constraint on one page",
}

# Written in pieces, so that this file passes its own test.
REGISTRIES = (
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "deb." + "debian.org",
    "archive." + "ubuntu.com",
    "proxy." + "golang.org",
    "crates" + ".io",
)
MACHINE_PATHS = re.compile(r"(?<![\w./-])/(?:work|root|opt/pypi[\w-]*|opt/wheels)" + r"/")


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def living(paths: list[Path]) -> list[Path]:
    """Leave out the migrations: they are written once and never again."""
    return [path for path in paths if path.parent != APP / "storage" / "migrations" / "versions"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def each(paths: list[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Hold a rule against every file in one test: thousands of them would take a minute."""

    def asked(rule: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            faults = []
            for path in paths:
                try:
                    rule(path)
                except AssertionError as fault:
                    faults.append(f"{named(path)}: {fault}")
            assert paths, "nobody was asked"
            assert faults == []

        return test

    return asked


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError(f"a relative import hides a door, line {node.lineno}")


@each(sources(*(f"app/{room}" for room in DOORS)))
def test_rooms_only_open_onto_their_neighbours(path: Path) -> None:
    room, *rest = path.relative_to(APP).with_suffix("").parts
    # Dialects are strangers to each other; `dialect.py` names them all.
    home = f"{room}.{rest[0]}" if room == "compat" and rest != ["dialect"] else room
    doors = [f"app.{door}." for door in (home, *DOORS[room], "__version__")]
    for name in imports(path):
        if name.startswith("app."):
            assert any(f"{name}.".startswith(door) for door in doors), name


@each(sorted(APP.glob("*.py")))
def test_the_hall_opens_onto_the_hall(path: Path) -> None:
    if path.stem in (*FRONT, "__init__"):
        return
    assert path.stem in HALL, "a new file in the hall: give it a room, or name it in HALL"
    doors = [f"app.{door}." for door in (*HALL, "__version__")]
    for name in imports(path):
        if name.startswith("app."):
            assert any(f"{name}.".startswith(door) for door in doors), name


@each(sources("app"))
def test_nobody_walks_in_by_the_front_door(path: Path) -> None:
    if path.relative_to(APP).with_suffix("").parts[0] not in FRONT:
        front = tuple(f"app.{door}." for door in FRONT)
        assert not [name for name in imports(path) if f"{name}.".startswith(front)]


def test_a_dialect_knows_no_other_dialect() -> None:
    folders = {path.name for path in (APP / "compat").iterdir() if path.is_dir()}
    for path in sources("app/compat"):
        for name in imports(path):
            _, *rest = name.split(".")
            stranger = rest[1] if rest[:1] == ["compat"] and len(rest) > 1 else None
            home = path.relative_to(APP / "compat").parts[0]
            assert stranger not in folders - {home} or path.name == "dialect.py", f"{path}: {name}"


def outside(tree: ast.Module) -> Iterator[str]:
    """Yield each use of a clock, of chance or of a socket, as `line: name`."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name if alias.asname else alias.name.partition(".")[0]
                    known[alias.asname or top] = top
            case ast.ImportFrom(module=str(module), names=names):
                known |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node, known)):
            forbidden = any(f"{name}.".startswith(f"{word}.") for word in OUTSIDE)
            forbidden = forbidden and name not in {*INSIDE, "random", "secrets", "time"}
            if forbidden or (name in CLIENTS and id(node) in called):
                yield f"{node.lineno}: {name}"


def dotted(node: ast.expr, known: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=word):
            return known.get(word)
        case ast.Attribute(value=value, attr=word):
            above = dotted(value, known)
            return f"{above}.{word}" if above else None
    return None


@each(sources("app"))
def test_time_chance_and_the_network_come_through_the_world(path: Path) -> None:
    uses = list(outside(parsed(path)))
    if path.relative_to(APP).as_posix() in WORLDLY:
        assert uses, "it needs no exception any more: take it off the list"
    else:
        assert uses == []


def test_the_outside_is_recognized_however_it_is_imported() -> None:
    code = """
import time, random, httpx, secrets as chance, uuid
from datetime import datetime as moment, UTC
from time import monotonic
moment.now(UTC), time.time(), monotonic(), chance.token_hex(), uuid.uuid4(), httpx.AsyncClient()
random.Random("seed"), chance.compare_digest("a", "b"), moment.fromtimestamp(0, UTC)
def client() -> httpx.AsyncClient: ...
"""
    names = sorted(use.partition(": ")[2] for use in outside(ast.parse(code)))
    assert names == [
        "datetime.datetime.now",
        "httpx.AsyncClient",
        "secrets.token_hex",
        "time.monotonic",
        "time.time",
        "uuid.uuid4",
    ]


def ours() -> list[Path]:
    scripts = sorted((ROOT / "static").rglob("*.js"))
    return [*living(sources("app", "tests", "e2e", "bench", "budget")), *scripts]


@each(ours())
def test_a_file_fits_one_sitting(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    most = LINES_MAX if path.relative_to(ROOT).parts[0] in {"app", "static"} else TEST_LINES_MAX
    if named(path) in LONG:
        assert lines > most, "it is short again: take it off the list"
    else:
        assert lines <= most, f"a second noun is hiding in its {lines} lines"


@each(living(sources("app")))
def test_a_file_says_what_it_is_for_and_a_function_fits_a_screen(path: Path) -> None:
    tree = parsed(path)
    assert not tree.body or ast.get_docstring(tree), "the first line says what the file is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@each(sources("tests", "e2e"))
def test_no_test_is_skipped(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            excuse = node.attr in {"skip", "skipif", "xfail", "importorskip"}
            assert not excuse, f"line {node.lineno}: what a machine lacks is a failure"


def test_no_file_names_a_package_registry_or_a_machine() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    faults = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        faults += [f"{name}: {host}" for host in REGISTRIES if host in text]
        faults += [f"{name}: {path}" for path in MACHINE_PATHS.findall(text)]
    assert faults == []
