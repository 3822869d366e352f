"""The control screen of 100 campuses in Chromium while another web process takes 200 scans a second."""

import asyncio
from datetime import timedelta
from typing import Any

from playwright.async_api import BrowserContext, async_playwright

from forum import clock, db
from forum.people import sign_in
from tests.bench.live_children import Line, child
from tests.live import day as days
from tests.live.serving import free_port

# Every figure as it changes: that of the whole, and that of each campus in its row.
_WATCH = """window.seen = [];
const figures = () => [["", document.querySelector(".k-main dd").firstChild], ...[...document.querySelectorAll(".camps tr[id]")].map(row => [row.id.slice(2), row.querySelector(".capn b")])];
const last = new Map();
new MutationObserver(() => {
  const at = Date.now();
  for (const [name, place] of figures()) {
    const now = Number(place.textContent.replace(/[^0-9]/g, ""));
    if (last.get(name) !== now) { last.set(name, now); seen.push([at, name, now]); }
  }
}).observe(document.getElementById("board"), {subtree: true, childList: true, characterData: true});"""


async def screen(database: str, scale: float, seconds: float, rate: float = 200) -> list[Line]:
    """Bytes of the first view, script per update, and for each scan the time until the whole's figure and its campus's row show it."""
    await _day(int(100 * scale))
    token = await sign_in.start(await days.person_of("sofia@example.org"), now=clock.now(), second_factor=True)
    doors, pages = free_port(), free_port()
    async with child("live_server", "forum", doors, database) as scanning, child("live_server", "forum", pages, database), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
        await context.add_cookies([{"name": "forum_sign_in", "value": token, "url": f"http://127.0.0.1:{pages}"}])
        try:
            size, begin, seen, written, script = await _watched(context, f"http://127.0.0.1:{pages}/control", scanning, seconds, rate)
        finally:
            await browser.close()
    first = sum(begin.values())
    whole = _waits([(at, first + n) for n, (at, *_) in enumerate(written, 1)], seen, "")
    rows = [w for slug in begin for w in _waits([(at, inside) for at, where, inside in written if where == slug], seen, slug)]
    updates = len({at for at, *_ in seen})
    return [
        Line(f"control screen, {len(begin)} campuses: first view", f"{size / 1000:.0f} kB", "at most 150 kB"),
        Line("script per update", f"{1000 * script / max(1, updates):.1f} ms over {updates} updates for {len(written)} events", "at most 16 ms"),
        Line(f"scan written → whole's figure on the screen, {rate:.0f}/s, two processes", _shown(whole), "p99 at most 250 ms"),
        Line("scan written → its campus's row on the screen", _shown(rows), "p99 at most 250 ms"),
    ]


async def _day(campuses: int) -> None:
    """A day with its campuses, people inside, arrivals and a phone at each."""
    now = clock.now()
    day = await days.make(now=now, campuses=campuses)
    for slug in day.campuses:
        await days.fill(day, slug, 100, per_minute=3, now=now)
        await days.device(day, slug, f"p{slug}", seen=now + timedelta(hours=1))


async def _watched(
    context: BrowserContext, address: str, scanning: Any, seconds: float, rate: float
) -> tuple[float, dict[str, int], list[Any], list[Any], float]:
    """(bytes of the first view, people inside each campus before, figures seen, scans written, seconds of script meanwhile)."""
    page = await context.new_page()
    client = await context.new_cdp_session(page)
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    await client.send("Network.enable")
    await client.send("Performance.enable")
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    first = sum(sizes)
    await scanning.tell("scans", 3, rate)  # everything has been used once
    await asyncio.sleep(1)
    await client.send("Runtime.evaluate", {"expression": _WATCH})
    async with db.connection() as conn:
        inside = dict(await conn.fetch("SELECT c.slug, i.inside FROM campus_inside i JOIN campus c ON c.id = i.campus"))
    before = await _script(client)
    written = await scanning.tell("scans", seconds, rate)
    await asyncio.sleep(2)
    return first, inside, await page.evaluate("seen"), written, await _script(client) - before


async def _script(client: Any) -> float:
    metrics = {m["name"]: m["value"] for m in (await client.send("Performance.getMetrics"))["metrics"]}
    return float(metrics["ScriptDuration"])


def _waits(written: list[tuple[float, int]], seen: list[tuple[float, str, int]], name: str) -> list[float]:
    """For each (moment, figure) written the milliseconds until that figure of *name*, or a higher one, was seen."""
    shown = [(at, figure) for at, which, figure in seen if which == name]
    waits, place = [], 0
    for at, figure in written:
        while place < len(shown) and shown[place][1] < figure:
            place += 1
        assert place < len(shown), "the screen did not catch up"
        waits.append(shown[place][0] - at)
    return waits


def _shown(waits: list[float]) -> str:
    ordered = sorted(waits)
    return f"p50 {ordered[len(ordered) // 2]:.0f} ms, p99 {ordered[int(len(ordered) * 0.99)]:.0f} ms, most {ordered[-1]:.0f} ms"
