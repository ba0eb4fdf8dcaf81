"""The page without a mouse, on small screens and by the rules of axe-core."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headshots.core.weights.store import weight_path

from ...hosts.browser import page_in
from ...serving import Running
from .conftest import Start
from .page_states import NAME, address, enrol, make, states, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.host, pytest.mark.slow]

SIZES = ((360, 640), (768, 1024), (1366, 768), (1920, 1080))
TOUCH = 44  # pixels of what a finger meets
FAULTS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(", ")}`);
}"""
# Whether what has the focus shows it; the picture that is looked at closely fills the screen.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  if (at.id === "close") return "";
  const shown = [at, at.closest(".tile")].some((each) => each
    && getComputedStyle(each).outlineStyle !== "none");
  const { top, bottom } = at.getBoundingClientRect();
  const seen = bottom > 0 && top < innerHeight;
  return shown && seen ? "" : `${at.outerHTML.slice(0, 80)} does not show its focus`;
}"""
SPILT = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const { right, left, width } = each.getBoundingClientRect();
  const scrolls = each.closest("#looks, .table");
  return each.checkVisibility() && !scrolls && width > 0 && (right > innerWidth + 1 || left < -1);
}).map((each) => each.outerHTML.slice(0, 80))"""
SMALL = """(least) => [...document.querySelectorAll("button, select, input, summary, .closer")]
  .filter((each) => each.checkVisibility()).map((each) => each.closest("label.tick, .tile") ?? each)
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < least - .5 || height < least - .5)
  .map(([each, { width, height }]) => `${each.outerHTML.slice(0, 80)} ${width} x ${height}`)"""


@pytest.fixture(scope="module")
def used(server: Running, photos: Path) -> Running:
    """A server with a sitter and their contact sheet."""
    enrol(server, photos)
    make(server)
    return server


def faults(page: Page) -> list[str]:
    return page.evaluate(FAULTS)


@pytest.fixture(scope="module")
def axe() -> str:
    return weight_path("axe").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=["phone", "desktop"])
def test_axe_finds_no_serious_fault_in_any_state(
    used: Running, browser: Browser, axe: str, size: tuple[int, int], scheme: Any
) -> None:
    width, height = size
    with page_in(browser, width=width, height=height, color_scheme=scheme) as (page, _):
        found: dict[str, list[str]] = {}
        page.add_init_script(axe)
        for state in states(page, used):
            found[state] = faults(page)
        assert not any(found.values()), found
        assert len(found) == 7


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_serious_fault_where_nothing_is_or_goes_wrong(
    start: Start, browser: Browser, axe: str, photos: Path, scheme: Any
) -> None:
    server = start()
    with page_in(browser, color_scheme=scheme) as (page, _):
        page.add_init_script(axe)
        page.goto(address(server))
        page.wait_for_selector("#nothing:not([hidden])")
        assert faults(page) == []
        ids = [server.send(photos / "group1.jpg")]
        wanted = {
            "name": "Nobody",
            "pictures": ids,
            "consent": {"how": "in person"},
            "detach": True,
        }
        server.client.post("/v1/identities", json=wanted)
        page.wait_for_selector("#trouble:not([hidden])")
        assert faults(page) == []
        enrol(server, photos)
        inputs = {"Sitter.name": NAME, "count": 60, "width": 1024}
        server.order(recipe="generate", files=False, detach=True, inputs=inputs)
        page.wait_for_selector("#going:not([hidden])")
        until(page, "document.querySelector('#going img').naturalWidth > 0")
        assert faults(page) == []
        server.stop()
        page.wait_for_selector("#health[data-well=false]")
        assert faults(page) == []


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
def test_nothing_is_cut_off_on_any_screen_and_fingers_meet_all(
    used: Running, browser: Browser, size: tuple[int, int]
) -> None:
    width, height = size
    touch = width < 1000
    with page_in(browser, width=width, height=height, has_touch=touch, is_mobile=touch) as (
        page,
        _,
    ):
        for state in states(page, used):
            assert page.evaluate("document.documentElement.scrollWidth") <= width, state
            assert page.evaluate(SPILT) == [], state
            if touch:
                assert page.evaluate(SMALL, TOUCH) == [], state
            if state in ("making", "enrolling"):
                bottom = page.locator(f"#{state} .ends .main").bounding_box()
                assert bottom and bottom["y"] + bottom["height"] <= height, state


def test_a_swipe_goes_to_the_next_picture_and_a_button_compares(
    used: Running, browser: Browser
) -> None:
    with page_in(browser, width=390, height=844, has_touch=True, is_mobile=True) as (page, _):
        page.goto(address(used))
        page.tap(".cell .closer")
        page.wait_for_selector("#close[open]")
        assert page.inner_text("#close .name").startswith("01, Executive, 1 of 4")
        swipe = """(to) => {
          const table = document.querySelector("#close .table");
          const tell = (name, x, down) => {
            const at = [new Touch({ identifier: 1, target: table, clientX: x, clientY: 300 })];
            const touches = down ? at : [];
            table.dispatchEvent(new TouchEvent(name, { touches, changedTouches: at }));
          };
          tell("touchstart", 200, true);
          tell("touchend", to, false);
        }"""
        page.evaluate(swipe, 80)
        assert page.inner_text("#close .name").startswith("02, Monochrome")
        page.evaluate(swipe, 320)
        assert page.inner_text("#close .name").startswith("01")
        page.tap("#close [data-do=c]")
        until(page, "document.querySelector('#close img').alt.startsWith('The photo')")
        assert page.inner_text("#close .compared") == "The source photo"
        page.tap("#close [data-do=Escape]")
        assert not page.is_visible("#close")


class Keys:
    """A person at the keyboard, who must see at each step where they are."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.see()

    def see(self) -> None:
        """Wait until what has the focus shows it: a dialog hands it back a moment later."""
        end = time.monotonic() + 5
        while fault := self.page.evaluate(FOCUS):
            assert time.monotonic() < end, fault
            self.page.wait_for_timeout(20)

    def go(self, to: str, key: str = "Tab") -> None:
        """Press `key` until `to` has the focus."""
        for _ in range(40):
            if self.page.evaluate("(to) => document.activeElement.matches(to)", to):
                return
            self.press(key)
        raise AssertionError(f"{key} does not lead to {to}")


def test_the_whole_job_is_done_by_keys_alone(start: Start, browser: Browser, photos: Path) -> None:
    server = start()
    with page_in(browser, width=1366, height=768) as (page, noted):
        keys = Keys(page)
        page.goto(address(server))
        page.wait_for_selector("#health[data-well=true]")
        keys.go("#enrol")
        keys.press("Enter")
        page.wait_for_selector("#enrolling[open]")
        keys.go("#enrolling [name=name]")
        page.keyboard.type(NAME)
        keys.go("#enrolling [name=photos]")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files([photos / file for file in ("obama.jpg", "obama2.jpg")])
        keys.go("#enrolling [name=agreed]")
        keys.press("Space")
        keys.go("#enrolling .main")
        keys.press("Enter")
        page.wait_for_selector("#sitters .sitter")
        page.wait_for_selector("#enrolling", state="hidden")
        keys.see()

        keys.go("#make", "Shift+Tab")
        keys.press("Enter")
        page.wait_for_selector("#making[open]")
        keys.go("#making [name=count]")
        page.keyboard.type("2")
        keys.go("#making [name=width]")
        page.keyboard.type("512")
        keys.go("#looks input")
        keys.press("ArrowDown", "ArrowRight", "Space")
        assert page.inner_text("#making .chosen") == "2 chosen"
        keys.go("#making .main")
        keys.press("Enter")
        page.wait_for_selector(".cell")
        keys.see()

        keys.press("ArrowRight", "ArrowRight", "Enter")
        page.wait_for_selector("#close[open]")
        page.keyboard.down("c")
        until(page, "document.querySelector('#close img').alt.startsWith('The photo')")
        page.keyboard.up("c")
        until(page, "document.querySelector('#close img').alt.startsWith('02')")
        keys.press("z", "Tab", "ArrowDown", "z", "ArrowRight")
        with page.expect_response("**/picks"):
            keys.press("Space")
        keys.press("Escape")
        until(page, "document.activeElement.querySelector('b')?.textContent === '03'")
        keys.press("3", "1", "2", "1")

        keys.go("#deliver .main")
        keys.press("Enter")
        until(page, "document.querySelector('#told').textContent.startsWith('Delivered to')")
        assert page.get_attribute("#jobs li >> nth=0", "data-state") == "done"
        keys.see()
        (file,) = (server.runtime.parent / "out" / "picks").iterdir()
        assert file.name.startswith(f"{NAME} ") and file.stem.endswith(" 03")

        keys.go("#jobs .end", "Shift+Tab")
        while page.locator("#jobs .end").count():
            before = page.locator("#jobs .end").count()
            keys.press("Enter")
            until(page, f"document.querySelectorAll('#jobs .end').length < {before}")
            keys.see()
        assert not noted.errors
