"""The commands that run one step on pictures, and the coach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.delivery.xmp import read_xmp
from headshots.core.images import fit
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.recipes.steps import CROP, RELIGHT, REPLACE_BACKDROP, RETOUCH, UPSCALE
from headshots.core.retouching import FACE

Run = Callable[..., Any]
NO_OTHERS = [word for part in FACE[1:] for word in (f"--{part.replace('_', '-')}", 0)]
COMMANDS = {
    "retouch": RETOUCH,
    "relight": RELIGHT,
    "backdrop": REPLACE_BACKDROP,
    "upscale": UPSCALE,
    "crop": CROP,
}


@pytest.fixture(scope="module")
def pictures(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a portrait and a wall."""
    folder = tmp_path_factory.mktemp("pictures")
    portrait = np.clip(fit(read_photo(photos / "obama.jpg").image, 400)[0], 0, 1)
    (folder / "Portrait.jpg").write_bytes(encode(portrait, "jpeg", bits=8))
    wall = np.full((50, 60, 3), 0.5, np.float32)
    (folder / "wall.png").write_bytes(encode(wall, "png", bits=8))
    return folder


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("retouch", ("--skin", 0.5)),
        ("relight", ("--pattern", "split", "--side", "right", "--ratio", 6)),
        ("backdrop", ("--backdrop", "gradient", "--colour", "#1d4ed8")),
        ("upscale", ("--factor", 1.5, "--detail", 0)),
        ("crop", ("--size", "linkedin-min", "--no-resize")),
    ],
)
def test_a_step_on_pictures(
    command: str, options: tuple[object, ...], run: Run, pictures: Path, tmp_path: Path
) -> None:
    found = run(command, pictures, *options, "--out", tmp_path / "new")
    names = [Path(file).name for file in found["files"]]
    assert names == ["Portrait.jpg", "wall.jpg"]
    assert found["notes"][0].startswith("Portrait.jpg: ")
    assert "no face" in found["notes"][1] and found["notes"][1].startswith("wall.png: ")
    before, after = Pillow.open(pictures / "Portrait.jpg"), Pillow.open(found["files"][0])
    assert before.tobytes() != after.tobytes()


def test_a_preset_of_ones_own_retouches_a_set(run: Run, pictures: Path, tmp_path: Path) -> None:
    saved = run("preset", "skin-only", *("--skin", 1), *NO_OTHERS)
    try:
        assert saved["parts"]["skin"] == 1 and saved["parts"]["teeth"] == 0
        listed = {each["name"]: each["parts"] for each in run("preset")}
        assert listed["skin-only"] == saved["parts"] and listed["natural"]["teeth"] == 0.4
        by_preset = run("retouch", pictures, "--preset", "skin-only", "--out", tmp_path / "one")
        by_part = run("retouch", pictures, "--skin", 1, *NO_OTHERS, "--out", tmp_path / "two")
        one, two = (Pillow.open(each["files"][0]).tobytes() for each in (by_preset, by_part))
        assert one == two != Pillow.open(pictures / "Portrait.jpg").tobytes()
    finally:
        Path(saved["path"]).unlink()
    said = run("retouch", pictures, "--preset", "skin-only", "--out", tmp_path / "three", code=7)
    assert "skin-only" in said
    assert run("preset", "natural", code=2).startswith("input.invalid: ")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_originals_are_spared(command: str, run: Run, pictures: Path) -> None:
    before = {file.name: file.read_bytes() for file in pictures.iterdir()}
    said = run(command, pictures / "Portrait.jpg", "--out", pictures, code=2)
    assert said.startswith("input.invalid: ") and "--out" in said
    assert before == {file.name: file.read_bytes() for file in pictures.iterdir()}


@pytest.mark.parametrize(("command", "step"), COMMANDS.items())
def test_help_is_the_declaration(
    command: str, step: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert cli.run([command, "--help"]) == 0
    said = capsys.readouterr().out
    for declared in step.inputs:
        flag = f"--{declared.name.replace('_', '-')}"
        assert not declared.kind.constant or flag in said
    assert step.summary[:60] in said


def test_pictures_without_a_face_can_be_left_out(run: Run, pictures: Path, tmp_path: Path) -> None:
    found = run("retouch", pictures, "--on-no-face", "reject", "--out", tmp_path)
    assert len(found["files"]) == 1 and "left out" in found["notes"][1]
    said = run("retouch", pictures, "--on-no-face", "raise", "--out", tmp_path, code=3)
    assert said.startswith("face.none: ")


def test_a_cut_out_has_its_alpha_and_says_what_it_is(
    run: Run, pictures: Path, tmp_path: Path
) -> None:
    portrait = pictures / "Portrait.jpg"
    found = run(
        *("backdrop", portrait, "--backdrop", "transparent"),
        *("--format", "png"),
        "--out",
        tmp_path,
    )
    picture = Pillow.open(found["files"][0])
    assert picture.mode == "RGBA" and picture.getpixel((2, 2))[3] == 0  # type: ignore[index]
    said = read_xmp(Path(found["files"][0]).read_bytes())
    assert "source_type" not in said, "nothing says that the given picture was a photograph"
    assert said["provenance"]["edits"][-1]["kind"] == "backdrop-replaced"


@pytest.mark.parametrize(
    "options",
    [
        ("relight", "--pattern", "loup"),
        ("relight", "--ratio", "40"),
        ("backdrop", "--colour", "blue"),
        ("crop", "--size", "linkedout"),
        ("upscale", "--factor", "9"),
    ],
)
def test_values_that_do_not_fit(
    options: tuple[str, ...], pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = options
    code = cli.run([command, str(pictures / "Portrait.jpg"), "--out", str(tmp_path), *rest])
    assert code in (2, 7)
    assert "Traceback" not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_sitter_who_is_not_there(run: Run, pictures: Path, tmp_path: Path) -> None:
    said = run("retouch", pictures, "--sitter", "Nobody", "--out", tmp_path, code=4)
    assert said.startswith("identity.not-found: ")


def test_the_coach(run: Run, photos: Path, pictures: Path) -> None:
    report = run("coach", photos / "obama.jpg", pictures / "wall.png")["report"]
    assert report[0].startswith("obama.jpg: ")
    assert any("can't be used" in line for line in report if line.startswith("wall.png: "))
    assert any(line.startswith("All together: ") for line in report)
