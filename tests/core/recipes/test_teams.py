"""Several sitters together: joined, compared, shown on one sheet; scorecards from files."""

from __future__ import annotations

import json
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core import cli
from headshots.core.delivery.formats import deliver
from headshots.core.delivery.xmp import build_xmp, read_xmp
from headshots.core.images import Mask
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, EditedElsewhere
from headshots.core.recipes.actions import files as delivering
from headshots.core.recipes.actions import teams
from headshots.core.recipes.actions.embedded_history import picture_of, scorecard_from
from headshots.core.recipes.documents import built_in
from headshots.core.recipes.graph import build, with_inputs
from headshots.core.recipes.runner import run
from headshots.core.scorecard import Measurement, Scorecard

from ...histories import studio

pytestmark = pytest.mark.slow

GREY = np.full((40, 30, 3), 0.5, np.float32)
MATTE = GREY[..., 0]
LARGE = np.full((64, 64, 3), 0.5, np.float32)  # as large as a photo has to be
ORIGIN = studio(index=2)
MEASURES = (
    Measurement("skin-lightness", -3.5, -25, 22, "", ""),
    Measurement("smile", 0.5, None, None, "", ""),
)
CARD = Scorecard("a", "Ada", "dlib", 0.75, 40.0, MEASURES, 0.5, "keep", ("why",))
PICTURE = Picture("a", Portrait(LARGE), ORIGIN, "Ada", scorecard=CARD)


def of(*sitters: str, matte: Mask | None = MATTE) -> list[Picture]:
    """A picture of each, all called alike, as each sitter's recipe calls its first."""
    return [
        Picture("01", Portrait(GREY, matte), ORIGIN, sitter).scored(
            replace(CARD, sitter=sitter, picture="01")
        )
        for sitter in sitters
    ]


def joined(*sitters: list[str]) -> list[Picture]:
    """Of several sitters' pictures one after another, as a chain of nodes does."""
    pictures = of(*sitters[0])
    for more in sitters[1:]:
        (pictures,) = teams.join_sitters(SILENT, pictures, of(*more))
    return pictures


def names(*sitters: list[str]) -> list[str]:
    pictures = joined(*sitters)
    assert [each.card.picture for each in pictures] == [each.name for each in pictures]
    return [each.name for each in pictures]


def test_pictures_are_named_after_their_sitters() -> None:
    assert names(["Ada"], ["Bob"], ["Eve"]) == ["Ada", "Bob", "Eve"]
    assert names(["Ada", "Ada"], ["Bob"]) == ["Ada 01", "Ada 02", "Bob"]
    assert names(["Ada"], ["Bob"], ["Ada"]) == ["Ada 01", "Bob", "Ada 02"]
    assert names(["ada"], ["Ada"]) == ["ada", "Ada (2)"]
    assert names([""], ["Bob"]) == ["01", "Bob"]


def test_each_joined_picture_keeps_its_matte_or_none() -> None:
    assert all(each.matte is MATTE for each in joined(["Ada"], ["Bob", "Bob"]))
    assert len(joined([], ["Bob"])) == 1  # a sitter of whom nothing was kept
    (mixed,) = teams.join_sitters(SILENT, of("Ada"), of("Bob", matte=None))
    assert [each.matte is MATTE for each in mixed] == [True, False]
    assert [each.sitter for each in mixed] == ["Ada", "Bob"]
    assert all(each.provenance is ORIGIN and each.scorecard for each in mixed)


def test_a_file_tells_its_scorecard_but_not_its_sitter(tmp_path: Path) -> None:
    made = deliver(PICTURE, folder=tmp_path, format="png")
    data = made.path.read_bytes()
    picture = picture_of(read_photo(data, name="a.png"))
    found = picture.scorecard
    assert found and (picture.name, picture.sitter) == ("a.png", "")
    assert (found.picture, found.sitter, found.judge) == ("a.png", "", "dlib")
    assert (found.likeness, found.percentile, found.overall) == (0.75, 40.0, 0.5)
    assert found.verdict == "keep" and found.reasons == ("why",)
    assert [(each.name, each.value) for each in found.measures] == [
        ("skin-lightness", -3.5),
        ("smile", 0.5),
    ]
    assert found.measure("skin-lightness").low == -25
    assert picture.provenance.to_json() == ORIGIN.to_json()


@pytest.mark.parametrize("format", ["png", "tiff", "jpeg"])
def test_a_file_whose_pixels_were_changed_keeps_no_scorecard(tmp_path: Path, format: str) -> None:
    made = deliver(PICTURE, folder=tmp_path, format=format)  # type: ignore[arg-type]
    said = read_xmp(made.path.read_bytes())
    xmp = build_xmp(CARD, provenance=ORIGIN)
    assert said["scorecard"]["verdict"] == "keep"
    # As an editor saves it that keeps the metadata: without the signature, or with a broken one.
    painted = encode(np.clip(LARGE + 0.1, 0, 1), format, xmp=xmp)  # type: ignore[arg-type]
    found = picture_of(read_photo(painted, name="a"))
    assert found.scorecard is None and found.card.verdict == "pending"
    assert found.provenance.to_json() == ORIGIN.to_json()
    if format == "png":
        data = bytearray(made.path.read_bytes())
        data[data.index(b"pHYs") + 9] ^= 3  # a byte that the signature covers
        chunk = data.index(b"pHYs")
        data[chunk + 13 : chunk + 17] = zlib.crc32(data[chunk : chunk + 13]).to_bytes(4, "big")
        changed = picture_of(read_photo(bytes(data), name="a"))
        assert changed.scorecard is None
        assert isinstance(changed.provenance.edits[-1], EditedElsewhere)


def test_a_file_that_says_nothing(photos: Path) -> None:
    bare = picture_of(read_photo(photos / "biden.jpg"))
    assert bare.scorecard is None and bare.matte is None and bare.card.verdict == "pending"
    assert bare.provenance.to_json() == UNKNOWN.to_json()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab<&"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "likeness": JSON,
        "verdict": JSON,
        "reasons": JSON,
        "measures": st.dictionaries(st.text("ab"), JSON | st.just({"value": 1, "low": "x"})),
        "provenance": JSON,
    },
)


@given(SAID | JSON)
def test_whatever_a_file_says_gives_a_scorecard(said: Any) -> None:
    found = scorecard_from(said if isinstance(said, dict) else {}, "a")
    assert np.isfinite(found.likeness) and all(isinstance(each, str) for each in found.reasons)
    assert all(np.isfinite(each.value) for each in found.measures)


def test_a_folder_of_pictures_is_compared(photos: Path) -> None:
    shown = "\n".join(str(photos / name) for name in ("obama.jpg", "biden.jpg", "astronaut.png"))
    results = run(with_inputs(build(built_in("compare_a_team")), {"Pictures.paths": shown}))
    verdict, *traits = results.get("2", "report").splitlines()
    assert " stands out: " in verdict
    assert any(line.startswith("Head height: ") and " % of the height" in line for line in traits)
    assert any("photos: not known" in line for line in traits)  # nobody scored these
    (strip,) = results.get("2", "strip")
    assert strip.shape[0] <= 640 and strip.shape[1] > 1.5 * strip.shape[0]


def test_the_command_says_who_stands_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["spread", str(photos / "obama.jpg"), str(photos / "biden.jpg"), "--json"]) == 0
    assert "stands out" in json.loads(capsys.readouterr().out)["report"][0]
    for folder, name in (("Ada", "obama.jpg"), ("Bob", "biden.jpg")):
        (tmp_path / folder).mkdir()
        shutil.copy(photos / name, tmp_path / folder / "01.jpg")
    assert cli.run(["spread", str(tmp_path / "Ada"), str(tmp_path / "Bob" / "01.jpg")]) == 0
    said = capsys.readouterr().out
    assert said.startswith(("Ada/01.jpg stands out", "Bob/01.jpg stands out"))
    assert "-0.0 " not in said
    assert cli.run(["spread", str(photos / "obama.jpg")]) == 2
    assert "fewer than two" in capsys.readouterr().err


def test_a_sheet_of_several_sitters_says_how_they_stand(photos: Path, tmp_path: Path) -> None:
    pictures = [
        replace(each, portrait=Portrait(read_photo(photos / name, longest=400).image))
        for each, name in zip(of("Ada", "Bob"), ("obama.jpg", "biden.jpg"), strict=True)
    ]
    delivering.contact_sheet(SILENT, pictures, str(tmp_path), "Team")
    page = (tmp_path / "contact-sheet.html").read_text("utf-8")
    assert "Side by side" in page and "Ada, Bob" in page
