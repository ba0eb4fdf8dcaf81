"""What the page can show, one state after the other, for tests that look at all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...hosts.browser import PATIENCE
from ...serving import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = "Page Sitter"
TWO_LOOKS = ["executive", "monochrome"]


def address(server: Running) -> str:
    return f"{server.facts['url']}/#token={server.facts['token']}"


def until(page: Page, true: str) -> None:
    """Wait until the expression holds; the page's policy lets Playwright's own way run nothing."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(true):
        assert time.monotonic() < end, true
        page.wait_for_timeout(20)


def enrol(server: Running, photos: Path, name: str = NAME) -> None:
    """Enrol a sitter past the page."""
    ids = [server.send(photos / file) for file in ("obama.jpg", "obama2.jpg")]
    wanted = {"name": name, "pictures": ids, "consent": {"how": "in person"}}
    job = server.client.post("/v1/identities", json=wanted).json()
    assert server.ended(job["id"])["state"] == "done"


def make(server: Running, count: int = 4, width: int = 512) -> dict[str, object]:
    """Make headshots past the page, as it orders them."""
    inputs = {"Sitter.name": NAME, "Look.looks": TWO_LOOKS, "count": count, "width": width}
    ordered = server.order(
        recipe="generate", title=f"{NAME}, two looks", files=False, detach=True, inputs=inputs
    )
    job = server.ended(ordered["id"])
    assert job["state"] == "done", job
    return job


def tried_on(page: Page) -> None:
    """Wait until the looks are shown on the sitter."""
    until(page, "[...document.querySelectorAll('.tile')].every((tile) => tile.dataset.own)")


def states(page: Page, server: Running) -> Iterator[str]:
    """Brings the page of a server with a sitter and their sheet into one state after the other."""
    page.goto(address(server))
    page.wait_for_selector(".cell")
    until(page, "[...document.querySelectorAll('#cells img')].every((img) => img.naturalWidth > 0)")
    page.keyboard.press("k")
    yield "sheet"
    yield from _dialog(page, "making", "#make", lambda: tried_on(page))
    yield from _dialog(page, "enrolling", "#enrol")
    page.focus(".cell")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#close img').naturalWidth === 512")
    yield "close"
    page.keyboard.down("c")
    until(page, "document.querySelector('#close img').alt.startsWith('The photo')")
    yield "compared"
    page.keyboard.up("c")
    until(page, "!document.querySelector('#close img').alt.startsWith('The photo')")
    page.keyboard.press("z")
    yield "whole"
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    yield "picked"


def _dialog(
    page: Page, name: str, opener: str, ready: Callable[[], object] = lambda: None
) -> Iterator[str]:
    page.click(opener)
    page.wait_for_selector(f"#{name}[open]")
    ready()
    yield name
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#{name}", state="hidden")
