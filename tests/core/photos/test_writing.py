"""Encoding and writing: what is read back is what was given; a failed write leaves nothing."""

from __future__ import annotations

import hashlib
import io
import stat
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from headshots.core.errors import HeadshotsError, InputError, WriteFailed
from headshots.core.files import write_file
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

XMP = b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


@pytest.fixture(scope="module")
def image():
    y, x = np.mgrid[0:1:120j, 0:1:160j]
    return np.stack([x, y, 1 - x * y], -1).astype(np.float32)


@pytest.mark.parametrize(
    ("format", "bits", "tolerance"),
    [
        ("png", 8, 0.51 / 255),
        ("tiff", 8, 0.51 / 255),
        ("tiff", 16, 0.51 / 65535),
        ("jpeg", 8, 0.02),
    ],
)
def test_what_is_read_back_is_what_was_given(image, format, bits, tolerance):
    data = encode(image, format, bits=bits, xmp=XMP, dpi=300)
    photo = read_photo(data)
    assert photo.format == format
    assert np.abs(photo.image - image).max() <= tolerance + 1e-6
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    if format == "tiff":
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            assert file.pages[0].bitspersample == bits
            assert file.pages[0].tags[700].value == XMP
    else:
        assert XMP in data


def test_values_outside_the_range_are_clipped(image):
    for bits in (8, 16):
        photo = read_photo(encode(image * 3 - 1, "tiff", bits=bits))
        assert np.abs(photo.image - np.clip(image * 3 - 1, 0, 1)).max() <= 0.51 / 255


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_same_picture_gives_the_same_bytes_at_any_time(image, format):
    program = (
        "import sys, hashlib, numpy as np\n"
        "from headshots.core.photos.writing import encode\n"
        "image = np.linspace(0, 1, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)\n"
        f"print(hashlib.sha256(encode(image, {format!r})).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    here = np.linspace(0, 1, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    assert first.strip() == hashlib.sha256(encode(here, format)).hexdigest()


def test_jpeg_keeps_colour_at_full_resolution(image):
    with Image.open(io.BytesIO(encode(image, "jpeg"))) as picture:
        assert {layer[1:3] for layer in picture.layer} == {(1, 1)}


@pytest.mark.parametrize(
    "arguments",
    [
        {"format": "gif"},
        {"format": "jpeg", "bits": 16},
        {"format": "png", "bits": 16},
        {"format": "tiff", "bits": 12},
        {"format": "jpeg", "quality": 0},
        {"format": "jpeg", "xmp": bytes(70000)},
        {"format": "png", "dpi": 0},
    ],
)
def test_what_no_file_can_hold_is_refused(image, arguments):
    with pytest.raises(InputError):
        encode(image, **arguments)


SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
DTYPES = st.sampled_from([np.float32, np.float64, np.uint8, np.int16, np.bool_, np.float16])


@given(
    DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, SHAPES)),
    st.sampled_from(["jpeg", "png", "tiff"]),
)
def test_any_array_gives_a_file_or_a_named_error(array, format):
    try:
        data = encode(array, format)
    except HeadshotsError:
        return
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.height, picture.width) == array.shape[:2]


def test_file_is_written_whole(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("name", ["gone/a.png", "file/a.png", "folder", "n\0ul.png", "x" * 300])
def test_places_that_cannot_be_written_are_named(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteFailed):
        write_file(tmp_path / name, b"data")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit")
def test_no_room_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(WriteFailed, match=r"picture\.png"):
            write_file(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]
