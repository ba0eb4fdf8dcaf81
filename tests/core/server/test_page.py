"""The built-in page in a real browser: a sitter enrolled, headshots made, picked and delivered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headshots.core.recipes.documents import native_names

from ...hosts.browser import Noted, page_in
from ...serving import Running, folders
from .conftest import Start
from .page_states import NAME, address, tried_on, until
from .page_states import enrol as enrol_past
from .page_states import make as make_past

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.host, pytest.mark.slow]


@pytest.fixture(scope="module")
def visited(server: Running, browser: Browser) -> Iterator[tuple[Page, Noted]]:
    """The page, opened by the file that leads to it; the tests below go on from one another."""
    with page_in(browser, locale="en-GB", color_scheme="dark") as (page, noted):
        page.goto((server.runtime / "page.html").as_uri())
        page.wait_for_selector("#health[data-well=true]")
        yield page, noted


@pytest.fixture(scope="module")
def page(visited: tuple[Page, Noted]) -> Page:
    return visited[0]


def sheet(server: Running) -> list[dict[str, Any]]:
    """The contact sheet of the last job that has one."""
    for job in reversed(server.client.get("/v1/jobs").json()):
        answer = server.client.get(f"/v1/jobs/{job['id']}/sheet")
        if answer.is_success:
            return answer.json()
    raise AssertionError("no job has a sheet")


def picked(server: Running) -> list[int]:
    return [index for index, entry in enumerate(sheet(server)) if entry["picked"]]


def enrol(page: Page, name: str, photos: list[Path]) -> None:
    """Fill the form in but for the consent."""
    page.click("#enrol")
    page.fill("#enrolling [name=name]", name)
    page.set_input_files("#enrolling [name=photos]", photos)


def press_slowly(page: Page, selector: str) -> None:
    """A click whose button stays down while the page asks the server anew."""
    box = page.locator(selector).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    with page.expect_response("**/v1/identities"):
        pass
    page.wait_for_timeout(300)
    page.mouse.up()


def test_token_leaves_the_address_and_an_empty_page_says_how_to_begin(page: Page) -> None:
    assert "token" not in page.url
    assert page.is_visible("#nothing") and "Enrol a sitter" in page.inner_text("#nothing")
    assert page.inner_text("#jobs") == "None yet."
    assert page.inner_text("#sitters") == "None enrolled."
    assert page.is_disabled("#make")


def test_nobody_is_enrolled_before_consent_is_ticked(
    page: Page, server: Running, photos: Path
) -> None:
    enrol(page, NAME, [photos / name for name in ("obama.jpg", "obama2.jpg")])
    page.click("#enrolling .main")
    assert page.evaluate("document.querySelector('#enrolling [name=agreed]').matches(':invalid')")
    assert page.is_visible("#enrolling") and server.client.get("/v1/jobs").json() == []
    page.check("#enrolling [name=agreed]")
    page.select_option("#enrolling [name=how]", "by signed form")
    page.click("#enrolling .main")
    page.wait_for_selector("#sitters .sitter")
    stored = server.client.get(f"/v1/identities/{NAME}").json()
    assert stored["uses"] == ["generate", "deliver"] and stored["photos"] == 2


def test_sitters_show_what_they_agreed_to_and_how_long_they_are_kept(page: Page) -> None:
    told = page.inner_text("#sitters")
    assert NAME in told and "2 photos. May: make headshots, hand them on" in told
    assert "29 days left" in told or "30 days left" in told
    left = page.eval_on_selector("#sitters meter", "clock => clock.value / clock.max")
    assert 0.9 < left <= 1


def test_photo_of_somebody_else_is_named_with_what_to_do(page: Page, photos: Path) -> None:
    names = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    enrol(page, "Mixed", [photos / name for name in names])
    page.check("#enrolling [name=agreed]")
    page.click("#enrolling .main")
    until(
        page,
        "document.querySelector('#enrolling .trouble').textContent.startsWith('biden.jpg looks')",
    )
    assert "Leave it out" in page.inner_text("#enrolling .trouble")
    page.keyboard.press("Escape")
    page.click("#jobs [data-state=failed] .open")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "Leave it out" in page.inner_text("#trouble")
    press_slowly(page, "#jobs [data-state=failed] .end")
    page.wait_for_selector("#jobs [data-state=failed]", state="detached", timeout=10_000)


def test_form_asks_whose_face_it_is_where_a_photo_shows_several(page: Page, photos: Path) -> None:
    enrol(page, "One of Several", [photos / "group1.jpg"])
    assert page.is_hidden("#enrolling [name=face]")
    page.check("#enrolling [name=agreed]")
    page.click("#enrolling .main")
    page.wait_for_selector("#enrolling [name=face]")
    assert "shows 3 faces" in page.inner_text("#enrolling .trouble")
    page.select_option("#enrolling [name=face]", "2")
    page.click("#enrolling .main")
    page.wait_for_selector("#sitters [aria-label='Forget One of Several']")
    page.once("dialog", lambda asked: asked.accept())
    page.click("#sitters [aria-label='Forget One of Several']")
    page.wait_for_selector("#sitters [aria-label='Forget One of Several']", state="detached")


def make(page: Page, count: int) -> None:
    """Order so many pictures of each of two looks."""
    page.click("#make")
    page.wait_for_selector("#making[open]")
    for look in ("executive", "monochrome"):
        page.check(f"#looks [value={look}]")
    page.uncheck("#looks [value=studio-grey]")
    page.fill("#making [name=count]", str(count))
    assert page.inner_text("#making .main") == f"Make {2 * count}"
    page.fill("#making [name=width]", "320")
    page.click("#making .main")


def test_workflows_that_cannot_run_are_grey_and_say_why(page: Page) -> None:
    page.click("#make")
    page.wait_for_selector("#making[open]")
    options = page.eval_on_selector_all(
        "#making [name=recipe] option", "all => all.map(each => [each.value, each.disabled])"
    )
    assert dict(options) == {"generate": False, **dict.fromkeys(native_names(), True)}
    page.click("#making summary")
    assert "No running ComfyUI is named" in page.inner_text("#making .missing")
    page.keyboard.press("Escape")


def test_headshots_are_seen_while_they_are_made_and_can_be_stopped(page: Page) -> None:
    make(page, 16)  # so many that even a fast machine is asked for one in the making
    page.wait_for_selector("#going:not([hidden])")
    page.wait_for_selector("#jobs progress:not([hidden])")
    until(page, "document.querySelector('#going img').naturalWidth > 0")
    page.click("#jobs [data-state=running] .end")
    page.wait_for_selector("#jobs [data-state=cancelled]")
    page.click("#jobs [data-state=cancelled] .end")
    page.wait_for_selector("#jobs [data-state=cancelled]", state="detached")


def test_headshots_are_made_onto_a_contact_sheet(page: Page, server: Running) -> None:
    make(page, 2)
    page.wait_for_selector(".cell")
    assert page.locator(".cell").count() == 4
    assert page.eval_on_selector_all(".cell .look", "all => all.map(each => each.textContent)") == (
        ["Executive", "Monochrome"] * 2
    )
    assert "likeness" not in page.inner_text(".cell") and "like" in page.inner_text(".cell .like")
    assert not (server.runtime.parent / "out").exists()  # nobody has picked yet
    until(page, "[...document.querySelectorAll('#cells img')].every((img) => img.naturalWidth > 0)")
    assert "4 made" in page.inner_text("#told")


def test_looks_are_shown_on_the_sitter_by_a_job_that_ends_with_the_form(
    page: Page, server: Running
) -> None:
    before = server.client.get("/v1/jobs").json()
    page.click("#make")
    page.wait_for_selector("#looks[aria-busy]")
    assert page.inner_text("#trying") == f"Making them of {NAME}"
    with page.expect_request(lambda asked: asked.method == "DELETE"):
        page.keyboard.press("Escape")
    page.click("#make")
    tried_on(page)
    page.keyboard.press("Escape")
    assert server.client.get("/v1/jobs").json() == before


def test_picks_are_made_with_the_keyboard(page: Page, server: Running) -> None:
    keep = [index for index, entry in enumerate(sheet(server)) if entry["verdict"] == "keep"]
    with page.expect_response("**/picks"):
        page.keyboard.press("k")
    assert picked(server) == keep and keep
    page.keyboard.press("ArrowRight")  # to the first
    for key in ("ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
    with page.expect_response("**/picks"):
        page.keyboard.press("Space")
    assert picked(server) == sorted({*keep} ^ {2})
    page.keyboard.press("3")
    assert page.locator(".cell").count() == len({*keep} ^ {2})
    page.keyboard.press("2")
    assert page.locator(".cell").count() == len(keep)
    page.keyboard.press("1")
    assert page.locator(".cell").count() == 4


def test_picture_is_looked_at_closely_pixel_by_pixel(page: Page, server: Running) -> None:
    before = picked(server)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_selector("#close[open] img[src]")
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('#close .name').textContent.startsWith('02')")
    page.keyboard.press("z")
    until(page, "document.querySelector('#close img').clientWidth === 320")
    with page.expect_response("**/picks"):
        page.keyboard.press("Space")
    assert picked(server) == sorted({*before} ^ {1})
    page.keyboard.press("Escape")
    assert not page.is_visible("#close")
    # a dialog tells of its closing a moment later, and the focus moves then
    until(page, "document.activeElement.querySelector('b')?.textContent === '02'")


def test_picks_are_delivered(page: Page, server: Running) -> None:
    page.fill("#deliver [name=folder]", "chosen")
    page.select_option("#deliver [name=format]", "png")
    page.click("#deliver .main")
    until(page, "document.querySelector('#told').textContent.startsWith('Delivered to')")
    delivered = sorted(path.stem for path in (server.runtime.parent / "out/chosen").iterdir())
    chosen = [sheet(server)[index] for index in picked(server)]
    assert delivered == sorted(f"{NAME} {each['look']} {each['picture']}" for each in chosen)
    before = {path: path.read_bytes() for path in (server.runtime.parent / "out/chosen").iterdir()}
    with page.expect_response("**/results"):
        page.click("#deliver .main")
    after = {path: path.read_bytes() for path in (server.runtime.parent / "out/chosen").iterdir()}
    assert len(after) == 2 * len(before) and before.items() <= after.items()


def test_page_fits_a_phone_and_follows_the_systems_colours(
    server: Running, browser: Browser
) -> None:
    grounds: set[str] = set()
    for scheme in ("dark", "light"):
        with page_in(browser, width=390, height=844, color_scheme=scheme) as (page, _):
            page.goto(address(server))
            page.wait_for_selector(".cell")
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            ground, text = page.evaluate(
                "(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))"
            )
            grounds.add(ground)
            assert ground != text
    assert len(grounds) == 2


def test_sitter_is_forgotten_with_all_that_was_made(page: Page, server: Running) -> None:
    said: list[str] = []
    page.once("dialog", lambda asked: (said.append(asked.message), asked.accept()))
    page.click("#sitters .end")
    page.wait_for_selector("#sitters .empty")
    assert "for good" in said[0] and "A backup that holds the vault and its key" in said[0]
    assert server.client.get("/v1/identities").json() == []
    page.wait_for_selector(".cell", state="detached")
    until(page, "document.querySelector('.tile[data-own^=blob]') === null")


def test_page_made_no_errors_and_asked_nobody_else(visited: tuple[Page, Noted]) -> None:
    noted = visited[1]
    assert not noted.errors and not noted.elsewhere
    # A job that scored nothing has no sheet, and one that has just ended no preview.
    absent = [each.rpartition("/") for each in noted.failed]
    assert all(place.startswith("404 ") for place, _, _ in absent), noted.failed
    assert {what for _, _, what in absent} <= {"sheet", "preview", "preview?longest=1024"}


def test_an_answer_that_comes_late_takes_no_sheet_away(
    start: Start, browser: Browser, photos: Path
) -> None:
    server = start()
    enrol_past(server, photos)
    with page_in(browser) as (page, _):
        page.add_init_script("""
            const real = fetch;
            window.fetch = async (path, options) => {
              const answer = await real(path, options);
              if (path === "/v1/jobs" && window.late) await window.late;
              return answer;
            };""")
        page.goto(address(server))
        page.wait_for_selector("#health[data-well=true]")
        page.evaluate("""() => {
            window.taken = 0;
            const count = (all) => all.forEach((each) => (taken += each.removedNodes.length));
            const cells = document.querySelector("#cells");
            new MutationObserver(count).observe(cells, { childList: true });
            window.late = new Promise((come) => (window.come = come));
        }""")
        with page.expect_response("**/v1/jobs"):
            pass
        page.evaluate("() => { window.late = null; }")
        make_past(server, count=2, width=256)
        page.wait_for_timeout(2500)  # in which a page that doesn't wait would ask again
        page.evaluate("() => window.come()")
        page.wait_for_selector(".cell")
        page.wait_for_timeout(1500)
        assert page.evaluate("taken") == 0


def test_page_says_that_the_server_has_stopped(start: Start, browser: Browser) -> None:
    server = start()
    with page_in(browser) as (page, _):
        page.goto(address(server))
        page.wait_for_selector("#health[data-well=true]")
        server.stop()
        page.wait_for_selector("#health[data-well=false]")
        assert page.inner_text("#health") == "The server has stopped. Start it again."


def test_page_without_a_token_says_so(server: Running, browser: Browser) -> None:
    with page_in(browser) as (page, _):
        page.goto(server.facts["url"])
        page.wait_for_selector("#health[data-well=false]")
        assert "no token" in page.inner_text("#health")


def test_the_page_says_who_expired_until_somebody_has_seen_it(
    start: Start, browser: Browser, tmp_path: Path
) -> None:
    store = (
        "from datetime import date\n"
        "from pathlib import Path\n"
        "from headshots.core.vault import open_vault\n"
        "from headshots.core.vault.shown_files import write_shown\n"
        "open_vault().put('Ada Lovelace', 'identity', b'1', until=date(2020, 1, 1))\n"
        f"write_shown({{Path({str(tmp_path / 'ada.png')!r}): b'1'}}, ['Ada Lovelace'], "
        "handed='delivered')\n"
    )
    environment = {**os.environ, **folders(tmp_path)}
    subprocess.run([sys.executable, "-c", store], env=environment, check=True)
    running = start(folder=tmp_path)
    with page_in(browser) as (page, _):
        page.goto(address(running))
        page.wait_for_selector("#seen:not([hidden])")
        told = page.inner_text("#health")
        assert "'Ada Lovelace' was forgotten on" in told and "ada.png" in told
        page.click("#seen")
        page.wait_for_selector("#health[data-well=true]")
        assert page.is_hidden("#seen") and "Ada" not in page.inner_text("#health")
    health = running.client.get("/v1/health").json()
    assert health["notices"] == [] and health["warnings"] == []
    running.process.terminate()
    _, log = running.process.communicate(timeout=30)
    assert "Ada" not in log
