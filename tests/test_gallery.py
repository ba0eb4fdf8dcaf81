"""The gallery of people: pictures judged, and marks of the eye on a page in a real browser."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from headshots.core.errors import NoSource
from headshots.core.generation import GENERATORS, Candidate, Request, find_look
from headshots.core.identity.identity import Identity

from .hosts.browser import Noted, page_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
LOOKS = ("studio-grey", "executive")


def gallery(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.gallery", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def make(folder: Path, out: Path, *more: str | Path) -> str:
    """What the command prints of a small gallery of `folder` in `out`."""
    ran = gallery(folder, "--out", out, "--looks", len(LOOKS), "--width", "320", *more)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def folder(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person with a photo and a file that is none, and one whose photo shows nobody."""
    folder = tmp_path_factory.mktemp("people")
    for name in ("a1", "b2"):
        (folder / name).mkdir()
    shutil.copy(photos / "obama.jpg", folder / "a1")
    (folder / "a1" / "empty.jpg").write_bytes(b"")
    wall = np.random.default_rng(1).integers(90, 110, (600, 600, 3), np.uint8)
    cv2.imwrite(str(folder / "b2" / "wall.jpg"), wall)
    return folder


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A gallery, and what the command printed."""
    out = tmp_path_factory.mktemp("gallery")
    return out, make(folder, out)


@pytest.fixture(scope="module")
def told(made: tuple[Path, str]) -> dict[str, Any]:
    return json.loads((made[0] / "gallery.json").read_text("utf-8"))


def test_every_picture_is_told_with_its_verdict_and_figures(
    made: tuple[Path, str], told: dict[str, Any]
) -> None:
    pictures = [each for each in told["pictures"] if each["person"] == "a1"]
    assert [each["look"] for each in pictures] == list(LOOKS)
    for each in pictures:
        data = (made[0] / each["file"]).read_bytes()
        assert each["sha256"] == hashlib.sha256(data).hexdigest()
        assert each["photo"] == "obama.jpg"
        assert each["verdict"] in ("kept", "deliverable", "refused")
        assert bool(each["defects"]) == (each["verdict"] == "refused")
        assert 0.3 < each["head_size"] < 0.8 and 0.2 < each["eye_line"] < 0.6
        assert each["likeness"] > 0.9 and each["percentile"] == each["measures"]["percentile"]
    (person,) = (each for each in told["people"] if each["person"] == "a1")
    assert person["photos"] == 2 and person["refused_photos"][0].startswith("empty.jpg: ")


def test_who_cannot_be_enrolled_is_refused_in_words(
    made: tuple[Path, str], told: dict[str, Any]
) -> None:
    pictures = [each for each in told["pictures"] if each["person"] == "b2"]
    assert [each["look"] for each in pictures] == list(LOOKS)
    for each in pictures:
        assert each["verdict"] == "refused" and not each["file"]
        assert each["defects"] == {"identity.no-usable-photo": 1.0}
        assert "no face was found" in each["reasons"][0]
    assert re.search(r"without one: \d: .*b2", made[1])
    assert re.search(r"identity\.no-usable-photo +2", made[1])


def test_a_look_that_no_photo_can_carry_is_refused_alone(
    sitter: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    making = importlib.import_module("scripts.gallery.making")
    looks = tuple(find_look(name) for name in (*LOOKS, "clean-white"))
    studio = GENERATORS.get("studio")

    class Failing:
        """The studio, but for one look."""

        def generate(self, request: Request) -> Iterator[Candidate]:
            for look, candidate in zip(request.looks, studio.generate(request), strict=True):
                if look.name == "executive":
                    raise NoSource("No photo shows both shoulders", "Step back.")
                yield candidate

    monkeypatch.setattr(GENERATORS, "get", lambda name: Failing())
    order = making.Order(tmp_path, looks, 320, 5)
    made = list(making.candidates(sitter, order))
    assert [look.name for look, _ in made] == [look.name for look in looks]
    assert [isinstance(each, Candidate) for _, each in made] == [True, False, True]
    assert str(made[1][1]) == "No photo shows both shoulders. Step back."


def test_a_contact_sheet_for_each_person(made: tuple[Path, str]) -> None:
    sheets = made[0] / "sheets"
    assert {path.name for path in sheets.iterdir()} == {"a1.png", "b2.png"}
    sheet = cv2.imread(str(sheets / "a1.png"))
    assert sheet is not None and sheet.shape[1] > 4 * 300


def test_files_are_readable_by_their_owner_alone(made: tuple[Path, str]) -> None:
    if sys.platform == "win32":
        pytest.skip("permissions of another kind")
    for path in made[0].rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path


def test_mistakes_are_told_in_words(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "marks.json").write_text('{"marks": [{"person": "a1"}]}')
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        ((tmp_path / "none",), "There is no folder"),
        ((tmp_path / "empty",), "has no photos of anybody"),
        ((folder, "--marks", tmp_path / "marks.json"), "holds no marks"),
        ((folder, "--marks", tmp_path / "gone.json"), "can't be read"),
    ):
        ran = gallery(*arguments, "--out", tmp_path / "out")
        assert ran.returncode == 2 and words in ran.stderr and "Traceback" not in ran.stderr


@pytest.fixture(scope="module")
def visited(made: tuple[Path, str], browser: Browser) -> Iterator[tuple[Page, Noted]]:
    """The page; the tests below go on from one another."""
    with page_in(browser, locale="en-GB") as (page, noted):
        page.goto((made[0] / "index.html").as_uri())
        yield page, noted


@pytest.fixture(scope="module")
def page(visited: tuple[Page, Noted]) -> Page:
    return visited[0]


def cell(page: Page, table: str, name: str) -> str:
    return page.inner_text(f"#{table} [data-cell='{name}']")


def figure(person: str, look: str) -> str:
    return f"figure[data-person={person}][data-look={look}]"


def test_marks_are_made_with_the_keyboard(page: Page, told: dict[str, Any]) -> None:
    assert page.inner_text("#agreement") == "judge and eye agree: -"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("y")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.keyboard.type("yes, a <b>hand</b>")  # its y and n mark nothing
    page.keyboard.press("Enter")
    first, second = (each["verdict"] for each in told["pictures"][:2])
    agree = (first != "refused") + (second == "refused")
    assert page.inner_text("#agreement") == f"judge and eye agree: {agree} of 2 ({50 * agree} %)"
    judge = ["refused" if each == "refused" else "usable" for each in (first, second)]
    assert cell(page, "verdicts", f"{judge[0]} yes") == "1"
    assert cell(page, "verdicts", f"{judge[1]} no") == "1"
    for name in told["pictures"][0]["defects"]:
        assert page.inner_text(f"[data-reason='{name}'] [data-cell=yes]") == "1"


def test_the_same_key_takes_a_mark_back(page: Page) -> None:
    before = page.inner_text("#agreement")
    page.keyboard.press("n")
    assert "of 1 " in page.inner_text("#agreement")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.keyboard.type("yes, a <b>hand</b>")
    page.keyboard.press("Enter")
    assert page.inner_text("#agreement") == before


def test_marks_outlive_the_page(page: Page) -> None:
    before = page.inner_text("#agreement")
    page.reload()
    assert page.inner_text("#agreement") == before and "of 2 " in before
    assert page.input_value(f"{figure('a1', LOOKS[1])} .because") == "yes, a <b>hand</b>"


def test_filters_show_a_part(page: Page, told: dict[str, Any]) -> None:
    refused = sum(each["verdict"] == "refused" for each in told["pictures"])
    for name, count in (("refused", refused), ("unmarked", 0), ("undeliverable", 1), ("all", 4)):
        page.select_option("#filter", name)
        assert page.locator("figure:visible").count() == count, name
        assert page.inner_text("#shown") == f"{count} of 4"


@pytest.fixture(scope="module")
def saved(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marks that the page saved."""
    with page.expect_download() as download:
        page.click("#save")
    path = tmp_path_factory.mktemp("saved") / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_marks_are_saved_as_a_file(saved: Path, told: dict[str, Any]) -> None:
    assert saved.name == "marks.json"
    first, second = (
        {name: each[name] for name in ("person", "look", "sha256")} for each in told["pictures"][:2]
    )
    assert json.loads(saved.read_text("utf-8")) == {
        "marks": [
            {**first, "deliver": True, "because": ""},
            {**second, "deliver": False, "because": "yes, a <b>hand</b>"},
        ]
    }


def test_nothing_went_wrong_and_nothing_was_fetched(visited: tuple[Page, Noted]) -> None:
    assert visited[1] == Noted()


def test_marks_come_in_again_and_those_of_changed_pictures_are_old(
    browser: Browser, folder: Path, saved: Path, tmp_path: Path
) -> None:
    marks = json.loads(saved.read_text("utf-8"))
    marks["marks"][1]["sha256"] = "0" * 64  # as if the picture were another one now
    again = tmp_path / "marks.json"
    again.write_text(json.dumps(marks))
    make(folder, tmp_path / "again", "--marks", again)
    with page_in(browser, locale="en-GB") as (page, noted):
        page.goto((tmp_path / "again" / "index.html").as_uri())
        assert "of 1 " in page.inner_text("#agreement")
        pressed = "button[aria-pressed=true]"
        assert page.inner_text(f"{figure('a1', LOOKS[0])} {pressed}") == "I would deliver this"
        assert page.locator(f"{figure('a1', LOOKS[1])} {pressed}").count() == 0
        old = page.inner_text(f"{figure('a1', LOOKS[1])} .old")
        assert old == "Before this picture changed: would not (yes, a <b>hand</b>)"
        assert noted == Noted()
