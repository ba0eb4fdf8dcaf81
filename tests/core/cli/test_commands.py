"""The commands from end to end: real photos, real models, small pictures."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.delivery.xmp import read_xmp
from headshots.core.recipes.documents import built_in
from headshots.core.vault import open_vault

from ...unsigned import unsigned

pytestmark = pytest.mark.slow

Run = Callable[..., Any]
NAME = "Command Line Sitter"


@pytest.fixture(scope="module", autouse=True)
def sitter(photos: Path, data_dir: Path) -> Iterator[None]:
    """A sitter enrolled by command, and forgotten by command."""
    shown = [str(photos / name) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    assert cli.run(["enroll", NAME, *shown, "--consent", "yes"]) == 0
    yield
    assert cli.run(["forget", NAME, "--yes"]) == 0
    assert NAME not in open_vault().sitters()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sitter: None) -> Path:
    """A folder with what `generate` wrote."""
    folder = tmp_path_factory.mktemp("made")
    looks = ["--look", "executive", "--look", "monochrome"]
    size = ["--count", "2", "--width", "512", "--seed", "7"]
    assert cli.run(["generate", NAME, *looks, *size, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def keeper(made: Path) -> Path:
    """One of the pictures that were kept."""
    return sorted(made.glob("*.jpg"))[0]


def test_the_sitter_is_listed(run: Run) -> None:
    (found,) = [each for each in run("identities") if each["name"] == NAME]
    assert found["photos"] == 3
    assert re.match(r"\d{4}-\d\d-\d\dT", found["created"])


def test_enrolling_again_needs_replace(run: Run, photos: Path) -> None:
    said = run("enroll", NAME.upper(), "--consent=yes", photos / "obama.jpg", code=4)
    assert said.startswith("identity.exists: ")
    found = run("enroll", NAME, "--consent=yes", photos / "obama.jpg", "--replace")
    assert [photo["name"] for photo in found["photos"]] == ["obama.jpg"]
    names = ("obama.jpg", "obama2.jpg", "obama3.jpg")
    run("enroll", NAME, "--consent=yes", *(photos / name for name in names), "--replace")


def test_another_person_is_refused_by_name_and_nothing_is_stored(run: Run, photos: Path) -> None:
    names = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    said = run("enroll", "Mixed Up", "--consent=yes", *(photos / name for name in names), code=4)
    assert said.startswith("identity.wrong-person: ") and "biden.jpg" in said
    assert "Mixed Up" not in open_vault().sitters()


def test_a_folder_of_photos(run: Run, photos: Path, tmp_path: Path) -> None:
    for name in ("obama.jpg", "obama2.jpg"):
        shutil.copy(photos / name, tmp_path / name.upper())
    (tmp_path / "notes.txt").write_text("not a photo")
    (tmp_path / ".hidden.jpg").write_text("not a photo")
    found = run("enroll", "Folder Sitter", "--consent=yes", tmp_path)
    assert {photo["name"] for photo in found["photos"]} == {"OBAMA.JPG", "OBAMA2.JPG"}
    gone = run("forget", "folder sitter", "--yes")
    assert (gone["forgotten"], gone["left"]) == ("folder sitter", [])
    assert Path(gone["receipt"]).is_file()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("enroll", "Nobody", "--consent=yes", empty, code=3).startswith("photo.not-found: ")


def test_generate_says_of_every_picture_how_it_was_made_and_scored(
    run: Run, tmp_path: Path
) -> None:
    size = ("--look", "executive", "--count", "2", "--width", "256", "--least-percentile", "0")
    told = run("generate", NAME, *size, "--out", tmp_path)
    assert set(told) == {"files", "contact_sheet", "notes", "pictures"}
    assert [each["name"] for each in told["pictures"]] == ["01", "02"]
    for each in told["pictures"]:
        assert each["sitter"] == NAME and each["provenance"]["look"] == "executive"
        assert each["scorecard"]["verdict"] in ("keep", "spare", "reject")
        assert each["scorecard"]["reasons"] and "photo" not in each["provenance"]
    kept = [each for each in told["pictures"] if each["scorecard"]["verdict"] == "keep"]
    assert len(told["files"]) == len(kept) > 0


def test_generate_leaves_pictures_and_a_contact_sheet(made: Path, keeper: Path) -> None:
    assert {"contact-sheet.png", "contact-sheet.html"} < {file.name for file in made.iterdir()}
    with Pillow.open(keeper) as picture:
        assert picture.width == 512
    said = read_xmp(keeper.read_bytes())
    assert said["source_type"] == "compositeSynthetic"
    assert said["scorecard"]["verdict"] == "keep"
    assert NAME not in json.dumps(said)


def test_a_recipe_of_ones_own_gives_the_same_bytes(run: Run, made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    document = built_in("generate")
    recipe.write_text(json.dumps(document))
    folder = tmp_path / "out"
    looks = "looks=executive,monochrome"
    inputs = (looks, f"name={NAME}", "count=2", "width=512", "seed=7", f"Deliver.folder={folder}")
    sheet = f"Contact sheet.folder={folder}"
    told = run("run", recipe, *(f"--set={each}" for each in (*inputs, sheet)))
    (delivered,) = [node for node in told if node["title"] == "Deliver"]
    names = {file.name for file in made.iterdir()}
    paths = {str(folder / name) for name in names if name.endswith(".jpg")}
    assert set(delivered["outputs"]["paths"].splitlines()) == paths
    assert {file.name for file in folder.iterdir()} == names
    for name in names:  # each signing has ids and a time of its own
        assert unsigned((folder / name).read_bytes()) == unsigned((made / name).read_bytes()), name


def test_nothing_good_enough_is_its_own_exit_code(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = (f"Photos.paths={photos / 'astronaut.png'}", "Enrol.name=x", "count=1", "width=512")
    inputs = (*inputs, "Enrol.consent=yes")
    recipe = ["run", "quick_headshot", "--set=least_percentile=100"]
    folders = [f"--set={title}.folder={tmp_path}" for title in ("Deliver", "Contact sheet")]
    ended = cli.run([*recipe, *(f"--set={each}" for each in inputs), *folders])
    said = capsys.readouterr()
    if ended != 0:  # a likeness above all of the sitter's own photos would be kept
        assert ended == 9
        assert said.err.splitlines()[-1].startswith("selection.nothing-kept: ")
    assert (tmp_path / "contact-sheet.html").exists()


def test_score_tells_the_sitter_from_others(run: Run, keeper: Path, photos: Path) -> None:
    pictures = run("score", NAME, keeper, photos / "biden.jpg")
    assert [picture["name"] for picture in pictures] == [keeper.name, "biden.jpg"]
    cards = [picture["scorecard"] for picture in pictures]
    assert [card["picture"] for card in cards] == [keeper.name, "biden.jpg"]
    assert [picture["sitter"] for picture in pictures] == [NAME, NAME]
    assert pictures[0]["provenance"]["edits"] and not pictures[1]["provenance"]["edits"]
    assert cards[0]["likeness"] > cards[1]["likeness"] + 0.02
    assert cards[0]["verdict"] == "keep", cards[0]["reasons"]  # its file says how it was made
    assert cards[1]["verdict"] == "reject" and "not the sitter" in cards[1]["reasons"][0]


def test_refine_keeps_the_source_type(run: Run, keeper: Path, tmp_path: Path) -> None:
    told = run("refine", NAME, keeper, "--out", tmp_path)
    names = keeper.name, f"{keeper.stem}-card.png", f"{keeper.stem}-card.html"
    assert told["files"] == [str(tmp_path / each) for each in names]
    assert "Is it you?" in Path(told["files"][2]).read_text("utf-8")
    assert told["notes"][0].startswith(f"{keeper.name}: retouch: ")
    said = read_xmp((tmp_path / keeper.name).read_bytes())
    assert said["source_type"] == "compositeSynthetic"


def test_deliver_keeps_the_source_type_and_says_what_differs(
    run: Run, keeper: Path, tmp_path: Path
) -> None:
    told = run("deliver", keeper, "--size", "linkedin", "--format", "png", "-o", tmp_path)
    assert told["files"] == [str(tmp_path / f"{keeper.stem}-linkedin.png")]
    assert keeper.stem in told["notes"][0] and "800x800" in told["notes"][0]
    said = read_xmp((tmp_path / f"{keeper.stem}-linkedin.png").read_bytes())
    assert said["source_type"] == "compositeSynthetic"
    refused = run("deliver", keeper, "--size", "passport-35x45", "-o", tmp_path, code=8)
    assert refused.startswith("delivery.photograph-needed: ")


def test_originals_are_not_replaced(run: Run, keeper: Path) -> None:
    before = (keeper).read_bytes()
    for command in (["refine", NAME], ["deliver"]):
        said = run(*command, keeper, "--out", keeper.parent, code=2)
        assert said.startswith("input.invalid: ")
    assert (keeper).read_bytes() == before


def test_forgetting_asks_first(run: Run) -> None:
    said = run("forget", NAME, code=2)
    assert said.startswith("input.invalid: ") and "--yes" in said
    assert NAME in open_vault().sitters()


def test_a_folder_that_cannot_be_written(run: Run, keeper: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = run("deliver", keeper, "--out", tmp_path / "file" / "folder", code=8)
    assert said.startswith("delivery.write-failed: ")


def test_doctor(run: Run) -> None:
    assert {"version", "runtimes", "weights", "extras"} <= set(run("doctor"))


def test_setup_brings_nothing_that_is_there(run: Run) -> None:
    told = run("setup")
    assert told["fetched"] == [] and told["files"] > 5


def test_setup_says_in_german_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """GIMP shows these lines to whom it speaks German with."""
    assert cli.run(["setup", "--language", "de"]) == 0
    told = capsys.readouterr()
    assert told.out.endswith("Dateien geladen; alle sind da.\n")
    *steps, last = [line.split("% ")[1] for line in told.err.splitlines()]
    assert steps[0] == "Modelldateien sind da"
    assert all(each.startswith("Wird vorbereitet: was ") for each in (*steps[1:], last))
