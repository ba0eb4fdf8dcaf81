"""A real Chromium without a screen, whose pages reach this machine alone.

The fixture `browser` in tests/conftest.py is one of them; `page_in` opens a page in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from .debian import program

# Milliseconds that anything on a page is waited for: the first start of a browser on a cold disk,
# beside other work, takes longer than Playwright's own 30 seconds.
PATIENCE = 180_000
# Of itself Chromium asks its makers' machines for this and that.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)


@dataclass
class Noted:
    """What went wrong on a page.

    errors: uncaught exceptions. console: messages of level error. elsewhere: addresses on other
    machines that the page asked for, and was refused. failed: status and address of answers that
    were errors.
    """

    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser while the block runs; each `new_context` of it knows nothing of the others."""
    with sync_playwright() as playwright:
        root = os.name == "posix" and os.geteuid() == 0
        running = playwright.chromium.launch(
            executable_path=str(program("chromium")),
            args=list(QUIET),
            chromium_sandbox=not root,  # which Chromium refuses to have as root
        )
        try:
            yield running
        finally:
            running.close()


@contextmanager
def page_in(
    browser: Browser, *, width: int = 1400, height: int = 900, **options: Any
) -> Iterator[tuple[Page, Noted]]:
    """A new page of a context of its own, and what goes wrong on it.

    Requests to other machines are refused and noted. `options` are those of `new_context`.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE)
    page, noted = context.new_page(), Noted()

    def only_here(route: Route) -> None:
        if _here(route.request.url):
            route.continue_()
        else:
            noted.elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    page.on("pageerror", lambda error: noted.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and noted.console.append(said.text))
    page.on(
        "response",
        lambda got: got.status >= 400 and noted.failed.append(f"{got.status} {got.url}"),
    )
    try:
        yield page, noted
    finally:
        context.close()


def _here(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme in ("data", "blob", "about", "file"):
        return True
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
