"""What axe-core says of a page as it stands, under the page's own policy.

axe comes in by the driver before the page's own code, so no policy has to be lifted for it,
and one visit tells both what a policy refuses and what a person could not use.
"""

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page

from e2e.till import ROOT

SOURCE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Our styles are inline, so there is nothing to preload. Only what is wrong is carried over.
RUN = """(only) => axe.run(document, {
  preload: false,
  ...(only.length && { runOnly: only }),
  resultTypes: ["violations", "incomplete"],
  ...(!only.length && { rules: { "target-size": { enabled: true } } }),
}).then((found) => ["violations", "incomplete"].flatMap((kind) =>
  found[kind].map((one) => [kind, one.id, one.nodes.map((node) => node.target)])))"""
REPORT = """addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by policy:", event.violatedDirective, event.blockedURI, event.sample))"""


COLORS = ("color-contrast", "link-in-text-block")  # what another scheme may break


def install(context: BrowserContext) -> None:
    """Bring axe, and a reporter of what a policy refuses, into every page of a context."""
    context.add_init_script(path=SOURCE)
    context.add_init_script(REPORT)


def found(page: Page, only: tuple[str, ...] = ()) -> list[tuple[str, str, list[Any]]]:
    """Return all that is violated and all axe could not decide: kind, rule and where."""
    return [(kind, rule, targets) for kind, rule, targets in page.evaluate(RUN, only)]


def faults(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """Return what was found, by every rule or by some, as lines to read."""
    return [f"{kind} {rule}: {json.dumps(targets)}" for kind, rule, targets in found(page, only)]
