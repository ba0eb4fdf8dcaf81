"""The browser that the tests of pages drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .browser import page_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_page_reaches_this_machine_alone_and_says_what_went_wrong(browser: Browser) -> None:
    with page_in(browser) as (page, noted):
        page.goto("data:text/html,<h1>Here</h1><img src='http://192.0.2.1/picture.png'>")
        page.evaluate("() => { console.error('said'); setTimeout(() => { throw Error('x') }) }")
        page.wait_for_timeout(50)
        assert page.inner_text("h1") == "Here"
    assert noted.elsewhere == ["http://192.0.2.1/picture.png"]
    assert noted.errors == ["x"]
    assert "said" in noted.console
    assert not noted.failed
