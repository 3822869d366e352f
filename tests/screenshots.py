"""Images of the guides and the README from a running demo: `forum demo` in one terminal, `python -m tests.screenshots` in another once the day has gone on a little."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
MOST_BYTES = 150_000
PHONE, DESK, WALL = (390, 780), (1280, 860), (1920, 1080)


@dataclass(frozen=True)
class Shot:
    """One image: who looks at which page on what; `until` is a selector to wait for."""

    name: str
    role: str
    path: str
    size: tuple[int, int] = DESK
    until: str = "main"


SHOTS = (
    Shot("register", "", "/register", PHONE), Shot("day", "attendee", "/day", PHONE), Shot("badge", "attendee", "/badge", PHONE),
    Shot("wishes", "attendee", "/wishes", PHONE), Shot("programme", "attendee", "/programme"), Shot("recruiter", "recruiter", "/recruiter"),
    Shot("candidates", "recruiter", "/recruiter/candidates"), Shot("devices", "campus", "/door/devices"), Shot("control", "forum", "/control", until=".kpis"),
    Shot("wall", "forum", "/control/wall", WALL, until=".kpis"), Shot("campus", "campus", "/control/1", until=".kpis"), Shot("evacuation", "campus", "/control/1/evacuation"), Shot("announce", "forum", "/control/announce"),
    Shot("studio", "forum", "/studio"), Shot("agenda", "forum", "/organise/agenda"), Shot("rehearsal", "forum", "/rehearsal"), Shot("board", "", "/board/1", WALL), Shot("api", "", "/api"),
)  # fmt: skip


@contextmanager
def _page(browser: Browser, origin: str, role: str, size: tuple[int, int]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, service_workers="block", locale="fr-FR")
    context.set_default_timeout(30_000)
    page = context.new_page()
    if role:
        page.goto(f"{origin}/demo/{role}")
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    yield page
    context.close()


def small(png: bytes) -> bytes:
    """The picture with few colours, and fewer until it is small enough."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError("too large whatever its colours")


def _door(browser: Browser, origin: str) -> bytes:
    """A phone at a door, enrolled as an organiser does it, that has let the demo's attendee in."""
    with _page(browser, origin, "attendee", PHONE) as page:
        page.goto(f"{origin}/badge")
        code = re.search(r"\b[A-Z0-9]{4}[\s-]?[A-Z0-9]{4}\b", page.locator("main").inner_text())
    with _page(browser, origin, "campus", DESK) as page:
        page.goto(f"{origin}/door/devices")
        page.locator("main form[action*='/again'] button, main form[action*='/ticket'] button").first.click()
        page.wait_for_load_state()
        link = re.search(r"https?://[^\s\"]+/door#enrol=[\w.-]+", page.content())
    assert link and code, "no enrolment or no badge"
    with _page(browser, origin, "", PHONE) as page:
        page.goto(link[0])
        page.wait_for_selector("#door")
        page.wait_for_timeout(2000)
        page.keyboard.type(re.sub(r"[\s-]", "", code[0]))
        page.keyboard.press("Enter")
        page.wait_for_timeout(2000)
        return page.screenshot()


@click.command()
@click.option("--origin", default="http://127.0.0.1:8000", show_default=True)
@click.argument("names", nargs=-1)
def main(origin: str, names: tuple[str, ...]) -> None:
    """Make the images called NAMES, or all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            if names and shot.name not in names:
                continue
            with _page(browser, origin, shot.role, shot.size) as page:
                page.goto(origin + shot.path)
                page.wait_for_selector(shot.until)
                page.wait_for_timeout(1200)
                _write(shot.name, page.screenshot())
        if not names or "door" in names:
            _write("door", _door(browser, origin))
        browser.close()


def _write(name: str, png: bytes) -> None:
    kept = small(png)
    (IMAGES / f"{name}.png").write_bytes(kept)
    click.echo(f"{name}.png {len(kept) // 1000} kB")


if __name__ == "__main__":
    main()
