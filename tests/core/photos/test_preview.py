"""Photos for looking through: reduced, upright, with details of the full size."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from headshots.core.errors import PhotoDamaged, PhotoEmpty, PhotoUnsupported
from headshots.core.images import Box
from headshots.core.photos import read_photo
from headshots.core.photos.preview import Preview

from ...shoot_card import dng

BOX = Box(103, 57, 231, 390)
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of JPEG


def scene() -> PIL.Image.Image:
    patches = np.random.default_rng(0).random((40, 60, 3))
    return PIL.Image.fromarray((np.kron(patches, np.ones((32, 32, 1))) * 255).astype(np.uint8))


def jpeg(orientation: int = 1) -> bytes:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    scene().save(buffer, "JPEG", quality=98, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_details_are_where_the_upright_photo_has_them(orientation: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(orientation))
    photo, whole = Preview(path, 480), read_photo(path)
    assert (photo.width, photo.height) == (whole.width, whole.height)
    assert max(photo.image.shape) == 480 and photo.scale == 0.25
    assert np.abs(photo.detail(BOX) - BOX.cut(whole.image) @ LUMA).max() < 0.06


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "HEIF"])
def test_other_formats_too(kind: str, tmp_path: Path) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    path = tmp_path / f"a.{kind.lower()}"
    scene().save(path, kind, quality=98)
    photo = Preview(path, 480)
    assert max(photo.image.shape) == 480
    expected = BOX.cut(read_photo(path).image) @ LUMA
    assert np.abs(photo.detail(BOX) - expected).max() < 3e-3


def test_of_a_raw_file_the_cameras_preview_is_read(tmp_path: Path) -> None:
    path, taken = tmp_path / "a.dng", datetime(2026, 11, 30, 9, 0, 1, 250000)
    path.write_bytes(dng(np.zeros((1280, 1920, 3), np.uint8), jpeg(), taken))
    photo = Preview(path, 480)
    assert photo.tags.taken == "2026-11-30T09:00:01.250000"
    assert photo.image.max() > 0.5  # the mosaic is black
    assert photo.detail(BOX).std() > 0.1


def test_without_a_preview_that_is_large_enough_the_raw_file_is_developed(tmp_path: Path) -> None:
    small = io.BytesIO()
    PIL.Image.new("RGB", (160, 120)).save(small, "JPEG")
    path = tmp_path / "a.dng"
    path.write_bytes(dng(np.asarray(scene()), small.getvalue(), datetime(2026, 11, 30)))
    photo = Preview(path, 480)
    assert photo.width > 1800 and photo.image.std() > 0.1


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", PhotoEmpty), (b"text", PhotoUnsupported), (jpeg()[:3000], PhotoDamaged)],
)
def test_damaged_files_are_refused(data: bytes, error: type, tmp_path: Path) -> None:
    for name in ("a.jpg", "a.cr3"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises((error, PhotoDamaged)):
            Preview(tmp_path / name, 480)


def test_a_photo_that_is_cut_off_is_refused_at_its_details(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    photo = Preview(path, 480)
    photo._jpeg = photo._jpeg[: len(photo._jpeg) // 3]
    with pytest.raises(PhotoDamaged):
        photo.detail(BOX)
