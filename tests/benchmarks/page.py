"""Clicks and seconds on the server's page, from a sitter's photos to two delivered files.

    .venv/bin/python tests/benchmarks/page.py [ROUNDS]

A real server and a real browser on this machine. Photos are chosen in one click, as the system's
own window is not the page's; a typed name is no click. The first round is cold: the server and the
browser have just started. Each round enrols another name, so that no cache answers.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from headshots.core.settings import settings
from headshots.core.weights.store import weight_path
from headshots.tests.benchmarks.machine import describe
from headshots.tests.hosts.browser import browsing, page_in
from headshots.tests.serving import Running, begin

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHOTOS = [weight_path(f"photo-{name}") for name in ("obama", "obama2", "obama3")]
LOOKS = ("executive", "clean-white", "monochrome")  # beside the one that is ticked
PICTURES = 16  # four of each look, as the form has it


class Clicks:
    """A hand on the mouse: clicks, and seconds from the last one until what was wanted is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.since = 0.0

    def __call__(self, selector: str) -> None:
        self.page.click(selector)
        self.count += 1
        self.since = perf_counter()

    def until(self, true: str) -> float:
        """Seconds until the expression holds."""
        while not self.page.evaluate(true):
            self.page.wait_for_timeout(20)
        return perf_counter() - self.since


def enrol(click: Clicks, name: str) -> dict[str, float]:
    page = click.page
    click("#enrol")
    page.fill("#enrolling [name=name]", name)
    with page.expect_file_chooser() as chooser:
        click("#enrolling [name=photos]")
    chooser.value.set_files(PHOTOS)
    click("#enrolling [name=agreed]")
    click("#enrolling .main")
    there = f"[...document.querySelectorAll('.sitter b')].some((b) => b.textContent === '{name}')"
    return {"the sitter is there": click.until(there)}


def make(click: Clicks, name: str) -> dict[str, float]:
    page = click.page
    click("#make")
    page.wait_for_selector("#making[open]")
    page.select_option("#making [name=sitter]", name)  # the sitter is the only one where one is
    opened = perf_counter()
    click.until("[...document.querySelectorAll('.tile')].every((tile) => tile.dataset.own)")
    seconds = {"the looks are shown on the sitter": perf_counter() - opened}
    for look in LOOKS:
        click(f"#looks [value={look}]")
    click("#making .main")
    ours = (
        f"document.querySelector('#told').textContent.startsWith('{name}, {len(LOOKS) + 1} looks')"
    )
    going = "document.querySelector('#going:not([hidden]) img')?.naturalWidth > 0"
    seconds["the first picture is seen"] = click.until(f"{going} || {ours}")
    loaded = (
        f"(all => all.length === {PICTURES} && all.every((img) => img.naturalWidth > 0))"
        "([...document.querySelectorAll('#cells img')])"
    )
    seconds["all sixteen are judged"] = click.until(f"{ours} && {loaded}")
    return seconds


def deliver(click: Clicks, name: str) -> dict[str, float]:
    page = click.page
    for number in (1, 3):
        with page.expect_response("**/picks"):
            click(f".cell:nth-child({number}) img")
    click("#deliver .main")
    written = "document.querySelector('#told').textContent.startsWith('Delivered to')"
    return {"two files are written": click.until(written)}


STEPS: dict[str, Callable[[Clicks, str], dict[str, float]]] = {
    "Enrol from three photos": enrol,
    "Four looks, four pictures of each, 1024 pixels wide": make,
    "Deliver two": deliver,
}


@contextmanager
def server() -> Generator[Running]:
    os.environ["HEADSHOTS_WEIGHTS_DIR"] = str(settings().weights)  # the server has its own folders
    with tempfile.TemporaryDirectory() as folder:
        running = begin(Path(folder))
        try:
            yield running
        finally:
            running.stop()


def main(rounds: int) -> None:
    clicks: dict[str, int] = {}
    seconds: dict[tuple[str, str], list[float]] = {}
    machine = describe()
    with server() as running, browsing() as browser, page_in(browser) as (page, _):
        page.goto(f"{running.facts['url']}/#token={running.facts['token']}")
        page.wait_for_selector("#health[data-well=true]")
        for number in range(rounds + 1):
            page.reload()  # the form remembers its ticks
            page.wait_for_selector("#health[data-well=true]")
            for step, perform in STEPS.items():
                click = Clicks(page)
                for what, took in perform(click, f"Sitter {number}").items():
                    seconds.setdefault((step, what), []).append(took)
                clicks[step] = click.count
    sys.stdout.write(
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}\n\n"
    )
    sys.stdout.write("| On the page | clicks | until | cold s | warm s |\n|---|---|---|---|---|\n")
    for (step, what), (cold, *warm) in seconds.items():
        row = (step, clicks.pop(step, ""), what, f"{cold:.1f}", f"{median(warm):.1f}")
        sys.stdout.write(f"| {' | '.join(map(str, row))} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
