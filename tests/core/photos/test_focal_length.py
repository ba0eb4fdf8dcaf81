"""The 35 mm-equivalent focal length: told only where it holds for the photo's whole frame."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from headshots.core.photos import read_photo
from headshots.core.photos.metadata import Tags, tags_of

SIZE = 160, 120


def taken(size: tuple[int, int] = SIZE, orientation: int = 1, **tags: Any) -> bytes:
    """A JPEG of a camera that wrote `tags`: focal, columns, rows, zoom."""
    numbers = {"focal": 0xA405, "columns": 0xA002, "rows": 0xA003, "zoom": 0xA404}
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({numbers[name]: value for name, value in tags.items()})
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_a_full_frame_tells_its_focal_length() -> None:
    frame = {"columns": 160, "rows": 120}
    assert read_photo(taken(focal=26, **frame)).focal == 26
    assert read_photo(taken(size=(180, 120), focal=50, columns=180, rows=120)).focal == 50
    assert read_photo(taken(focal=26, zoom=IFDRational(1, 1), **frame)).focal == 26


def test_a_crop_without_the_frames_size_is_not_taken_for_the_frame() -> None:
    """An editor's crop of a wide photo made a face of .35 m away of one from two metres."""
    assert read_photo(taken(focal=32)).focal is None


def test_it_holds_for_a_smaller_decode_and_for_a_turned_photo() -> None:
    assert read_photo(taken(focal=26, columns=160, rows=120), longest=80).focal == 26
    assert read_photo(taken(orientation=6, focal=26, columns=160, rows=120)).focal == 26


@pytest.mark.parametrize(
    "data",
    [
        taken(),
        taken(focal=0),
        taken(focal=26, columns=320, rows=240),  # reduced, or a crop in the same proportions
        taken(size=(120, 120), focal=26, columns=160, rows=120),
        taken(size=(140, 120), focal=26, columns=140, rows=120),  # a crop that updated the tags
        taken(focal=26, zoom=IFDRational(2, 1)),
    ],
    ids=["no tag", "not known", "reduced", "cropped", "cropped, tags follow", "zoomed"],
)
def test_where_it_may_not_hold_it_is_not_told(data: bytes) -> None:
    assert read_photo(data).focal is None


def test_public_portraits_are_crops(photos: Path) -> None:
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"):
        assert read_photo(photos / name).focal is None


@given(
    st.one_of(st.none(), st.floats(1, 2000)),
    st.one_of(st.none(), st.tuples(st.integers(1, 20000), st.integers(1, 20000))),
    st.integers(1, 20000),
    st.integers(1, 20000),
)
def test_it_is_the_tag_or_nothing(
    equivalent: float | None, frame: tuple[int, int] | None, width: int, height: int
) -> None:
    tags = Tags(equivalent=equivalent, frame=frame)
    assert tags.focal(width, height) in (equivalent, None)
    assert tags.focal(width, height) == tags.focal(height, width)


@pytest.mark.parametrize("value", ["wide", b"\xff", IFDRational(0, 0)])
def test_a_damaged_tag_reads_as_none(value: object) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = value
    assert tags_of(exif).equivalent is None
