"""Formats, orientations, sizes and metadata: what comes out is the upright picture."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from headshots.core.errors import InputError
from headshots.core.images import from_u8
from headshots.core.photos import read_photo


def scene(width=96, height=64):
    """A picture that no turn or mirror leaves as it is: smooth, each corner of its own colour."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return (np.stack([x, y, 1 - x * y], -1) * 255 + 0.5).astype(np.uint8)


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def oriented(kind, orientation, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(scene()), kind, exif=exif, **options)


LOSSY = [("JPEG", {"quality": 95}), ("JPEG", {"progressive": True, "quality": 95}), ("WEBP", {})]
LOSSLESS = [
    ("PNG", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("WEBP", {"lossless": True}),
]


@pytest.mark.parametrize(("kind", "options"), LOSSLESS)
def test_lossless_formats_keep_every_pixel(kind, options):
    photo = read_photo(encoded(Image.fromarray(scene()), kind, **options))
    assert photo.image.dtype == np.float32
    assert np.array_equal(photo.image, from_u8(scene()))
    assert (photo.width, photo.height, photo.scale) == (96, 64, 1.0)


@pytest.mark.parametrize(("kind", "options"), LOSSY)
def test_lossy_formats_stay_near(kind, options):
    photo = read_photo(encoded(Image.fromarray(scene()), kind, **options))
    assert np.abs(photo.image - from_u8(scene())).mean() < 0.02


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("longest", [None, 48])
def test_every_orientation_comes_upright(kind, orientation, longest):
    data = oriented(kind, orientation, **({"lossless": True} if kind == "WEBP" else {}))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    photo = read_photo(data, longest=longest)
    assert (photo.width, photo.height) == expected.size
    if longest:
        expected = expected.resize(photo.image.shape[1::-1], Image.Resampling.BOX)
        assert max(photo.image.shape) == longest
    assert np.abs(photo.image - from_u8(np.asarray(expected))).max() < 0.05


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_deep_tiffs_come_upright_too(orientation, depth):
    samples = scene().astype(depth) * (257 if depth == np.uint16 else 1)
    buffer = io.BytesIO()
    tag = [(274, "H", 1, orientation, True)]
    tifffile.imwrite(buffer, samples, photometric="rgb", extratags=tag)
    reference = Image.open(io.BytesIO(oriented("PNG", orientation)))
    expected = from_u8(np.asarray(ImageOps.exif_transpose(reference)))
    photo = read_photo(buffer.getvalue())
    assert (photo.height, photo.width, 3) == expected.shape
    assert np.array_equal(photo.image, expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_pngs_come_upright_too(orientation):
    plain = cv2.imencode(".png", scene()[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    content = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([orientation]) + bytes(6)
    chunk = b"eXIf" + content
    exif = struct.pack(">I", len(content)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    photo = read_photo(plain[:-12] + exif + plain[-12:])  # before the end, after the pixels
    reference = Image.open(io.BytesIO(oriented("PNG", orientation)))
    assert np.array_equal(photo.image, from_u8(np.asarray(ImageOps.exif_transpose(reference))))


@given(st.integers(33, 700), st.integers(33, 700), st.integers(1, 900))
def test_bound_holds_and_the_scale_is_true(width, height, longest):
    data = encoded(Image.new("RGB", (width, height)), "JPEG")
    photo = read_photo(data, longest=longest)
    rows, columns = photo.image.shape[:2]
    assert (photo.width, photo.height) == (width, height)
    assert max(rows, columns) <= max(1, longest)
    assert max(rows, columns) >= 0.9 * min(longest, width, height) - 1
    assert photo.scale == max(rows, columns) / max(width, height) <= 1
    assert rows == pytest.approx(height * photo.scale, abs=1)
    assert columns == pytest.approx(width * photo.scale, abs=1)


@pytest.mark.parametrize("longest", [0, -5])
def test_bound_below_one_is_refused(longest):
    with pytest.raises(InputError):
        read_photo(encoded(Image.new("RGB", (64, 64)), "PNG"), longest=longest)


def test_reducing_while_decoding_equals_reducing_afterwards(photos):
    small = read_photo(photos / "obama.jpg", longest=600)
    full = Image.open(photos / "obama.jpg").convert("RGB")
    expected = full.resize(small.image.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(small.image - from_u8(np.asarray(expected))).mean() < 0.01


def test_what_a_photo_says_of_itself(photos, tmp_path):
    photo = read_photo(photos / "obama.jpg")
    assert photo.name == "obama.jpg"
    assert photo.data == (photos / "obama.jpg").read_bytes()
    assert photo.sha256 == hashlib.sha256(photo.data).hexdigest()
    assert photo.taken == "2012-12-06T15:46:01"
    assert photo.camera == "Canon EOS 5D Mark III"
    assert "Photoshop" in photo.software
    assert read_photo(str(photos / "obama.jpg"), name="sitter").name == "sitter"


def test_damaged_metadata_leaves_the_photo():
    data = oriented("JPEG", 6)
    start = data.index(b"Exif\0\0") + 6
    photo = read_photo(data[:start] + b"\xff" * 20 + data[start + 20 :])
    assert (photo.width, photo.height) == (96, 64)
    assert photo.taken is None


@pytest.mark.parametrize(
    ("mode", "tolerance"), [("L", 0), ("1", 0), ("P", 0), ("LA", 0), ("RGBA", 0), ("CMYK", 1)]
)
def test_every_mode_of_tiff_and_png(mode, tolerance):
    colours = Image.fromarray(scene())
    picture = colours.quantize(64) if mode == "P" else colours.convert(mode)
    photo = read_photo(encoded(picture, "TIFF" if mode == "CMYK" else "PNG"))
    expected = np.asarray(picture.convert("RGB"))
    assert np.abs(photo.image * 255 - expected).max() <= tolerance + 1e-3


def test_transparency_is_laid_over_white():
    picture = Image.fromarray(scene()).convert("RGBA")
    picture.putalpha(Image.fromarray(np.linspace(0, 255, 96)[None].repeat(64, 0).astype(np.uint8)))
    for photo in (
        read_photo(encoded(picture, "PNG")),
        read_photo(encoded(picture, "WEBP", lossless=True, exact=True)),
        read_photo(encoded(picture, "TIFF")),
    ):
        assert np.all(photo.image[:, 0] == 1)
        assert np.allclose(photo.image[:, -1], from_u8(scene()[:, -1]), atol=1 / 255)
    palette = encoded(Image.fromarray(scene()).quantize(8), "PNG", transparency=0)
    assert np.any(np.all(read_photo(palette).image == 1, 2))


def test_photo_of_several_pictures_gives_the_first():
    pages = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    for kind in ("TIFF", "WEBP", "MPO"):
        photo = read_photo(encoded(pages[0], kind, save_all=True, append_images=pages[1:]))
        assert photo.image[0, 0] == pytest.approx([1, 0, 0], abs=0.01)


def test_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Pocket", 6
    buffer = io.BytesIO()
    source = Image.fromarray(scene())
    pillow_heif.from_pillow(source).save(buffer, quality=95, exif=exif.tobytes())
    photo = read_photo(buffer.getvalue())
    assert photo.format == "heif"
    assert photo.camera == "Pocket"
    assert photo.image.shape == (96, 64, 3)
    assert np.abs(photo.image - np.rot90(from_u8(scene()), -1)).mean() < 0.02


@pytest.mark.parametrize(
    ("module", "data"),
    [
        ("pillow_heif", b"\0\0\0\x18ftypheic" + bytes(40)),
        ("rawpy", b"FUJIFILMCCD-RAW" + bytes(40)),
    ],
)
def test_a_decoder_that_does_not_load_is_not_taken_for_a_damaged_photo(monkeypatch, module, data):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ImportError, match=module):
        read_photo(data, name="IMG_1")
