"""What delivered pictures say of themselves, and that it is enough to make them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.identity.identity import Identity
from headshots.core.photos.writing import encode
from headshots.core.recipes.graph import build

from ...stored import put
from ...unsigned import unsigned

pytestmark = pytest.mark.slow

NAME = "Inspected Sitter"
Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and gives what it printed, or its error for a `code` that isn't 0."""

    def command(*arguments: object, code: int = 0) -> str:
        capsys.readouterr()
        ended = cli.run([*map(str, arguments)])
        said = capsys.readouterr()
        assert ended == code, said.err
        return said.out if code == 0 else said.err

    return command


@pytest.fixture(scope="module")
def made(sitter: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what `generate` wrote of the cut-out look."""
    folder = tmp_path_factory.mktemp("Private folder")
    put(replace(sitter, name=NAME))
    arguments = ["--look", "cutout", "--count", "2", "--width", "400", "--format", "png"]
    assert cli.run(["generate", NAME, *arguments, "--out", str(folder)]) == 0
    yield folder
    assert cli.run(["forget", NAME, "--yes"]) == 0


@pytest.fixture(scope="module")
def picture(made: Path) -> Path:
    return next(file for file in sorted(made.glob("*.png")) if file.name != "contact-sheet.png")


def test_the_cut_out_look_gives_transparent_pictures(picture: Path) -> None:
    with Pillow.open(picture) as file:
        assert file.mode == "RGBA" and file.width == 400
        alpha = np.asarray(file.getchannel("A"))
    assert alpha[0].max() == 0 and (alpha == 255).mean() > 0.25


def test_people_read_what_it_is(run: Run, picture: Path) -> None:
    said = run("inspect", picture)
    assert "put together, with parts that no camera took" in said
    assert "cutout, seed 0" in said and "keep, likeness" in said
    steps = "Load sitter, Choose look, Studio headshots, Score likeness, Keep the best, Deliver"
    assert steps in said
    assert NAME not in said


def test_programs_read_it_too(run: Run, picture: Path) -> None:
    (said,) = json.loads(run("inspect", picture, "--json"))
    assert said["provenance"]["look"] == "cutout"
    assert said["recipe"]["3"]["class_type"] == "HeadshotsStudio"


def test_the_picture_can_be_made_again_by_its_recipe(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    text = run("inspect", "--recipe", picture)
    assert "Private" not in text and NAME not in text and "obama" not in text
    build(json.loads(text))
    (tmp_path / "recipe.json").write_text(text)
    told = [f"Load sitter.name={NAME}", f"Deliver.folder={tmp_path}"]
    run("run", tmp_path / "recipe.json", *(each for text in told for each in ("--set", text)))
    again = (tmp_path / picture.name).read_bytes()
    assert unsigned(again) == unsigned(picture.read_bytes())


def test_transparency_is_kept_by_tiff_and_told_of_by_jpeg(
    run: Run, made: Path, tmp_path: Path
) -> None:
    common = ("--look", "cutout", "--count", "1", "--width", "320", "--out", tmp_path)
    run("generate", NAME, *common, "--format", "tiff", "--size", "linkedin-min")
    (file,) = tmp_path.glob("*.tif")
    with Pillow.open(file) as opened:
        assert opened.size == (400, 400) or opened.size[0] < 400
        assert len(opened.getbands()) == 4
    said = run("generate", NAME, *common, "--format", "jpeg")
    assert "jpeg has no transparency, so the backdrop is #ededed" in said


def test_what_says_nothing_and_what_is_not_there(run: Run, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    plain.write_bytes(encode(np.full((80, 80, 3), 0.5, np.float32), "png"))
    assert "nothing: it was not delivered by headshots" in run("inspect", plain)
    assert "holds no recipe" in run("inspect", plain, "--recipe", code=2)
    assert "With --recipe, give one" in run("inspect", plain, plain, "--recipe", code=2)
    assert run("inspect", tmp_path / "none.png", code=3).startswith("photo.not-found: ")


def test_a_strangers_metadata_does_no_harm(run: Run, tmp_path: Path) -> None:
    def told(element: str, *options: str, code: int = 0) -> Any:
        xmp = (
            '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
            f'xmlns:headshots="urn:headshots:xmp:1.0/">{element}</rdf:Description></rdf:RDF>'
            '</x:xmpmeta><?xpacket end="w"?>'
        )
        file = tmp_path / "a.png"
        file.write_bytes(encode(np.full((80, 80, 3), 0.5, np.float32), "png", xmp=xmp.encode()))
        return run("inspect", file, *options, code=code)

    recipe = "<headshots:Recipe>{}</headshots:Recipe>".format
    assert "can't be read" in told(recipe("no JSON"))
    assert "recipe.unreadable" in told(recipe("no JSON"), "--recipe", code=7)
    assert "can't be read" in told(recipe('{"1": 2}'))
    for name in ("Scorecard", "Provenance"):
        for value in ("3", "[]", "null", '{"reasons": 4}', '{"edits": [{"kind": "relit"}]}'):
            told(f"<headshots:{name}>{value}</headshots:{name}>")
    assert "photo.damaged" in told("<headshots:Scorecard>{</headshots:Scorecard>", code=3)


def test_a_transparent_picture_delivered_again_stays_so(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    said: list[str] = []

    def again(source: Path, format: str, size: str = "full") -> Path:
        folder = tmp_path / str(len(said))
        options = ("--format", format, "--size", size, "--out", folder)
        said.append(run("deliver", source, *options))
        (made,) = folder.iterdir()
        return made

    second = again(picture, "png")
    with Pillow.open(picture) as one, Pillow.open(second) as two:
        before, after = (np.asarray(each, np.float32) / 255 for each in (one, two))
    assert np.array_equal(before[..., 3], after[..., 3])
    for ground in (0.0, 1.0):
        over = [each[..., :3] * each[..., 3:] + ground * (1 - each[..., 3:])
                for each in (before, after)]  # fmt: skip
        assert np.abs(over[0] - over[1]).max() < 2 / 255
    with Pillow.open(again(again(second, "tiff", "linkedin-min"), "png")) as third:
        assert third.mode == "RGBA" and np.asarray(third.getchannel("A"))[0].max() == 0
    # What was made opaque stays so, and nobody is told otherwise.
    opaque = again(second, "jpeg")
    assert "jpeg has no transparency, so the backdrop is #ffffff" in said[-1]
    with Pillow.open(again(opaque, "png")) as last:
        assert last.mode == "RGB" and "backdrop" not in said[-1]
