"""How soon a page is there on a slow phone, and whether it holds still and answers."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from budget.report import Row
from budget.stage import Stage

ROUNDS = 5
CPU_SLOWER = 4
LATENCY_MS = 150
DOWN_BYTES_A_SECOND = 1_600_000 // 8
UP_BYTES_A_SECOND = 750_000 // 8
LCP_MS_MAX = 600
BLOCKING_MS_MAX = 50
SETTLED_MS = 1_500  # after load: nothing moves or blocks later by itself
# Blocking is what a long task takes beyond the 50 ms in which a tap still feels answered.
OBSERVE = """
window.seen = { lcp: 0, shift: 0, blocking: 0 };
const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({ type, buffered: true });
watch("largest-contentful-paint", (one) => { seen.lcp = one.startTime; });
watch("layout-shift", (one) => { seen.shift += one.value; });
watch("longtask", (one) => { seen.blocking += one.duration - 50; });
"""


def visits(stage: Stage) -> Iterator[Row]:
    """Open the page that waits for money on a slow phone, some times."""
    stage.till.chosen()
    found = [_visit(stage, f"{stage.till.url}/i/{stage.till.chosen()}") for _ in range(ROUNDS)]
    lcp = median(one["lcp"] for one in found)
    yield Row(
        line="lcp",
        what=f"largest paint at {CPU_SLOWER}× CPU, {LATENCY_MS} ms, 1.6 Mbit/s, median of {ROUNDS}",
        found=f"{lcp:.0f} ms",
        target=f"≤ {LCP_MS_MAX} ms",
        anchor="344 / 1,812 ms",
        met=0 < lcp <= LCP_MS_MAX,
    )
    shift = max(one["shift"] for one in found)
    blocking = median(one["blocking"] for one in found)
    yield Row(
        line="still",
        what=f"layout shift (worst of {ROUNDS}); blocking by long tasks (median)",
        found=f"{shift:.3g}; {blocking:.0f} ms",
        target=f"0; ≤ {BLOCKING_MS_MAX} ms",
        anchor="0; 0 / 290 ms",
        met=shift == 0 and blocking <= BLOCKING_MS_MAX,
    )


def _visit(stage: Stage, url: str) -> dict[str, float]:
    context = stage.browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=3, is_mobile=True
    )
    context.add_init_script(OBSERVE)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": DOWN_BYTES_A_SECOND,
            "uploadThroughput": UP_BYTES_A_SECOND,
        },
    )
    page.goto(url, wait_until="load")
    page.wait_for_timeout(SETTLED_MS)
    seen: Any = page.evaluate("seen")
    context.close()
    return dict(seen)
