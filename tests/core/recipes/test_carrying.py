"""Stars, keywords, caption and copyright go into a delivered file where that is asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli
from headshots.core.generation import find_look
from headshots.core.identity.identity import Identity
from headshots.core.photos.described import NOTHING, Description, beside, description_of
from headshots.core.picture import Picture
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.generate import studio
from headshots.core.recipes.actions.pictures import read_pictures

from ...hosts.debian import program

WRITTEN = {
    "XMP-xmp:Rating": "4",
    "XMP-dc:Subject": "Ada Lovelace, team",
    "XMP-dc:Description": "Ada at her desk",
    "XMP-dc:Creator": "A. Photographer",
    "XMP-dc:Rights": "© Studio",
}
ALL = Description(4, ("Ada Lovelace", "team"), "Ada at her desk", "A. Photographer", "© Studio")
COPYRIGHT = {name: WRITTEN[name] for name in ("XMP-dc:Creator", "XMP-dc:Rights")}


def write(path: Path, *fields: str) -> Path:
    tool = [str(program("exiftool")), "-q", "-overwrite_original", "-sep", ", "]
    subprocess.run([*tool, *fields, str(path)], check=True)
    return path


def told(path: Path) -> dict[str, str]:
    """What exiftool reads of all that WRITTEN names."""
    tool = [
        str(program("exiftool")),
        "-json",
        "-G1",
        "-sep",
        ", ",
        *(f"-{name}" for name in WRITTEN),
    ]
    ran = subprocess.run([*tool, str(path)], check=True, stdout=-1)
    values = json.loads(ran.stdout)[0]
    return {name: str(value) for name, value in values.items() if name in WRITTEN}


@pytest.fixture
def photo(photos: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(photos / "obama2.jpg", tmp_path / "a.jpg"))
    return write(path, *(f"-{name}={value}" for name, value in WRITTEN.items()))


def test_it_is_read_from_the_file_and_from_beside_it(photo: Path, photos: Path) -> None:
    assert description_of(photo.read_bytes()) == ALL
    assert description_of((photos / "obama2.jpg").read_bytes()).keywords == ()
    write(photo, "-XMP:all=", "-EXIF:Artist=B. Camera", "-EXIF:Copyright=B")
    assert description_of(photo.read_bytes()) == Description(creator="B. Camera", rights="B")
    sidecar = photo.with_suffix(".xmp")
    subprocess.run(
        [
            str(program("exiftool")),
            "-q",
            "-o",
            str(sidecar),
            "-XMP-xmp:Rating=5",
            "-XMP-dc:Subject=x",
        ],
        check=True,
    )
    assert beside(photo) == Description(5, ("x",))
    (picture, *_), *_ = read_pictures(SILENT, str(photo))
    assert picture.description == Description(5, ("x",), "", "B. Camera", "B")
    sidecar.write_text("<x:xmpmeta")
    assert beside(photo) == NOTHING


@pytest.mark.parametrize(
    ("carry", "expected"), [("nothing", {}), ("copyright", COPYRIGHT), ("everything", WRITTEN)]
)
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_it_is_delivered_where_it_is_asked_for(
    carry: str, expected: dict[str, str], format: str, photo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code = cli.run(["deliver", str(photo), "--carry", carry, "--format", format, "--out", str(out)])
    assert code == 0
    (file,) = out.iterdir()
    assert told(file) == expected
    if carry == "nothing":
        assert b"Lovelace" not in file.read_bytes() and b"Photographer" not in file.read_bytes()


@pytest.mark.slow
def test_a_headshot_has_that_of_its_photo(sitter: Identity, photo: Path) -> None:
    from dataclasses import replace

    photos = tuple(replace(each, data=photo.read_bytes()) for each in sitter.photos)
    values: dict[str, Any] = {"matched": False, "layers": False, "painting": None}
    pictures: list[Picture] = studio(
        SILENT, replace(sitter, photos=photos), (find_look("executive"),), 1, 1, 256,
        generator="studio", **values,
    )[0]  # fmt: skip
    assert pictures[0].description == ALL
