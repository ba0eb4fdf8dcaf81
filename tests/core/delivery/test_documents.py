"""Photos for official documents: sizes by country, and only what is a photograph as taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from headshots.core import cli
from headshots.core.delivery.documents import documents
from headshots.core.delivery.sizes import find_size
from headshots.core.errors import UnknownName
from headshots.core.faces.regions import CHIN
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import crown, cut_out
from headshots.core.portrait.portrait import Portrait


def test_every_document_has_a_sound_size() -> None:
    every = documents()
    assert len(every) > 200
    for name, document in every.items():
        size = document.size
        assert name == document.name == size.name and size.photograph
        assert size.aspect == pytest.approx(document.width_mm / document.height_mm, rel=0.02)
        assert size.dpi == pytest.approx(size.width / document.width_mm * 25.4, rel=0.02)
        assert 0.4 <= size.head <= 0.8 and size.head / 2 < size.eyes < 1 - size.head / 2
        assert find_size(name) is size
    heads = {name: every[name].size.head for name in ("germany-passport", "uk-passport")}
    assert heads == {"germany-passport": 0.75, "uk-passport": 0.70}


@pytest.mark.parametrize(
    ("name", "pixels", "head"),
    [
        ("us-passport", (600, 600), 0.60),
        ("canada-passport", (591, 827), 33.5 / 70),
    ],
)
def test_the_head_is_as_large_as_the_authority_asks(
    name: str, pixels: tuple[int, int], head: float, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code = cli.run(["id-photo", str(photos / "obama.jpg"), "--document", name, "--out", str(out)])
    assert code == 0
    (file,) = out.iterdir()
    with Pillow.open(file) as picture:
        assert picture.size == pixels
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.5)
    image = read_photo(file).image
    face = Portrait(image).face
    tall = float(face.landmarks[CHIN, 1]) - crown(face, cut_out(image, face).matte)
    assert tall / len(image) == pytest.approx(head, abs=0.03)


def test_what_was_edited_is_refused_and_the_edits_are_named(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "a.jpg", tmp_path / "out"
    path.write_bytes((photos / "obama.jpg").read_bytes())
    assert cli.run(["edit", str(path), "--recipe", "retouch"]) == 0
    capsys.readouterr()
    arguments = ["id-photo", str(path), "--document", "germany-passport", "--out", str(out)]
    assert cli.run(arguments) == 8
    said = capsys.readouterr().err
    assert "delivery.photograph-needed" in said and "(retouched)" in said
    assert not out.exists()


def test_formats_are_listed_by_country(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["id-formats", "japan", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {each["country"] for each in listed} == {"Japan"}
    assert listed[0]["size"]["width"] > 300
    with pytest.raises(UnknownName, match="germany-passport"):
        find_size("germny-passport")
