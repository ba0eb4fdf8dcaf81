"""Finishes of the photographer's own: tables in looks, learned ones, and skin in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core import cli
from headshots.core.errors import InputError, LookUnreadable
from headshots.core.generation import GENERATORS, LOOKS, Request, find_look, layers_of
from headshots.core.generation.cube import Cube, identity, read_cube
from headshots.core.generation.look_files import read_looks
from headshots.core.generation.look_writing import look_text
from headshots.core.generation.match_finish import match_finish
from headshots.core.generation.skin_guard import MOST_LIGHTER, MOST_TINTED, guarded, skin_likeness
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, fit, to_lab
from headshots.core.layers import composite
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.score import score

ENDS = np.zeros(3, np.float32), np.ones(3, np.float32)
# Skin under daylight from very light to very dark, CIE L*a*b*, after the mean tones of the Pantone
# SkinTone guide.
SKINS = [(82, 8, 17), (74, 10, 20), (65, 14, 22), (55, 14, 24), (44, 13, 20), (32, 10, 13)]


def orange_and_teal(colours: Float) -> Float:
    """A grade of the films: shadows to teal, highlights and skin to orange, more contrast."""
    light = colours.mean(-1, keepdims=True)
    cold = np.array([-0.10, 0.02, 0.12], np.float32)
    graded = np.clip(colours + cold * (1 - light) - cold * light, 0, 1)
    return np.asarray(0.4 * graded + 0.6 * graded * graded * (3 - 2 * graded), np.float32)


def table(change: Any) -> Cube:
    return Cube(np.asarray(change(identity(33)), np.float32), *ENDS)


def moved(before: Image, after: Image) -> Float:
    """Steps in L*, a*, b*."""
    return to_lab(np.clip(after, 0, 1)) - to_lab(before)


def skins() -> Image:
    import cv2

    lab = np.array([SKINS], np.float32)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.float32)


@pytest.mark.parametrize(
    "change",
    [
        orange_and_teal,
        lambda x: x[..., [1, 2, 0]],  # channels changed about
        lambda x: 1 - x,
        lambda x: np.clip(x * np.array([0.7, 1.1, 1.3]), 0, 1),
    ],
    ids=["orange and teal", "rotated", "negative", "cold"],
)
def test_no_table_moves_skin_further_than_it_may(change: Any) -> None:
    before = skins()
    assert (skin_likeness(to_lab(before)[0]) == 1).all()
    wild = np.abs(moved(before, table(change).applied(before)))[0]
    assert np.hypot(wild[:, 1], wild[:, 2]).max() > MOST_TINTED + 2
    held = np.abs(moved(before, guarded(table(change)).applied(before)))[0]
    assert np.hypot(held[:, 1], held[:, 2]).max() <= MOST_TINTED + 1.5
    assert held[:, 0].max() <= MOST_LIGHTER + 1.5


def test_other_colours_and_black_and_white_go_where_the_table_says() -> None:
    blue = np.array([[[0.1, 0.2, 0.7], [0.1, 0.5, 0.2]]], np.float32)
    wanted = table(orange_and_teal).applied(blue)
    assert guarded(table(orange_and_teal)).applied(blue) == pytest.approx(wanted, abs=0.01)
    grey = guarded(table(lambda x: np.repeat(x.mean(-1, keepdims=True), 3, -1)))
    assert np.ptp(grey.applied(skins()), axis=-1).max() < 0.01


@pytest.fixture(scope="module")
def pair(photos: Path) -> tuple[Image, Image]:
    """A photo and the same one graded; the face was retouched and the corners darkened too."""
    before = fit(read_photo(photos / "obama.jpg").image, 700)[0]
    after = orange_and_teal(before)
    after[200:260, 180:260] += 0.1
    rows, columns = np.indices(before.shape[:2])
    far = np.hypot(rows / len(before) - 0.5, columns / before.shape[1] - 0.5)
    after *= (1 - 0.5 * np.clip(far - 0.45, 0, 1))[..., None].astype(np.float32)
    return before, np.clip(after, 0, 1)


def test_a_finish_is_learned_from_a_pair_and_goes_on_other_pictures(
    pair: tuple[Image, Image], photos: Path
) -> None:
    learned = match_finish(*pair)
    other = fit(read_photo(photos / "obama3.jpg").image, 400)[0]
    wanted = guarded(table(orange_and_teal)).applied(other)
    got = learned.applied(other)
    away = np.linalg.norm(moved(np.clip(wanted, 0, 1), got), axis=-1)
    unchanged = np.linalg.norm(moved(other, wanted), axis=-1)
    assert np.median(away) < 0.4 * np.median(unchanged)
    assert np.abs(learned.table - identity(33)).max() <= 0.31


def test_what_is_no_pair_is_refused(pair: tuple[Image, Image], photos: Path) -> None:
    before, after = pair
    with pytest.raises(InputError, match="proportions"):
        match_finish(before, after[:300])
    other = fit(read_photo(photos / "obama2.jpg").image, 700)[0][: len(before), : before.shape[1]]
    with pytest.raises(InputError, match="don't show the same"):
        match_finish(before[: len(other), : other.shape[1]], other)


@pytest.mark.parametrize("name", [*LOOKS.built_in])
def test_a_look_is_written_as_it_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "looks.toml").write_text(look_text(find_look(name)), "utf-8")
    assert read_looks(tmp_path / "looks.toml") == {name: find_look(name)}


def test_a_learned_finish_becomes_a_look(
    pair: tuple[Image, Image], tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for name, image in zip(("before", "after"), pair, strict=True):
        files.append(str(tmp_path / f"{name}.png"))
        Path(files[-1]).write_bytes(encode(image, "png"))
    arguments = ["match-finish", *files, "--look", "my-film", "--like", "executive"]
    assert cli.run(arguments) == 0
    made, base = find_look("my-film"), find_look("executive")
    assert (made.light, made.backdrop, made.framing) == (base.light, base.backdrop, base.framing)
    assert Path(made.finish.lut) == home / "config" / "looks" / "my-film.cube"
    assert cli.run(arguments) == 2
    assert "already" in capsys.readouterr().err
    assert cli.run([*arguments[:4], "My Film"]) == 6
    assert sorted(each.name for each in (home / "config" / "looks").iterdir()) == [
        "my-film.cube",
        "my-film.toml",
    ]


@pytest.mark.slow
def test_the_command_writes_a_table_that_a_look_takes(
    pair: tuple[Image, Image], tmp_path: Path, home: Path, sitter: Identity
) -> None:
    files = []
    for name, image in zip(("before", "after"), pair, strict=True):
        files.append(tmp_path / f"{name}.png")
        files[-1].write_bytes(encode(image, "png"))
    looks = home / "config" / "looks"
    looks.mkdir(parents=True)
    cube = looks / "film.cube"
    assert cli.run(["match-finish", *map(str, files), "--out", str(cube)]) == 0
    assert read_cube(cube).title == "film"
    assert cli.run(["match-finish", *map(str, files), "--out", str(tmp_path / "a.png")]) == 2
    source = (Path(find_look.__code__.co_filename).parent / "looks.toml").read_text()
    text = source[source.index("[executive]") :]
    own = text[: text.index("\n[", 1)].replace("[executive]", "[film]")
    (looks / "mine.toml").write_text(own.replace("finish = {", 'finish = { lut = "film.cube", '))
    assert find_look("film").finish.lut == str(cube)
    plain, graded = (
        next(iter(GENERATORS.get("studio").generate(
            Request(sitter, (find_look(name),), 1, 3, 256, keep_stages=name == "film"))))
        for name in ("executive", "film")
    )  # fmt: skip
    away = np.linalg.norm(moved(plain.image, graded.image), axis=-1)
    assert np.median(away) > 3
    skin = [Portrait(each.image).skin_colour for each in (plain, graded)]
    assert skin[0] is not None and skin[1] is not None
    assert np.hypot(*(skin[1] - skin[0])[1:]) <= MOST_TINTED + 1.5
    cards = [
        score(each.portrait, sitter, picture="a", provenance=each.provenance)
        for each in (plain, graded)
    ]
    tints = [[m for m in card.measures if m.name in ("skin-tint", "skin-warmth")] for card in cards]
    assert all(m.low is None or m.low <= m.value <= (m.high or 99) for m in tints[1]), tints
    steps = composite(layers_of(graded)) - graded.image
    assert np.abs(steps).max() <= 1.5 / 255
    cube.write_text("LUT_3D_SIZE 2\n0 0 0\n")
    (looks / "mine.toml").write_text((looks / "mine.toml").read_text() + "\n")
    assert "film" not in LOOKS
    with pytest.raises(LookUnreadable, match=r"film.cube has 1 colours"):
        find_look("film")
