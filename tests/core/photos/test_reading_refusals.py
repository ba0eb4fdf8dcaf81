"""Whatever is given, the answer is a photo or a named error; large pictures stay within bounds."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from headshots.core.errors import (
    HeadshotsError,
    PhotoDamaged,
    PhotoEmpty,
    PhotoNotAFile,
    PhotoNotFound,
    PhotoTooLarge,
    PhotoTooSmall,
    PhotoUnreadable,
    PhotoUnsupported,
)
from headshots.core.photos import read_photo


def encoded(kind, size=(48, 40), **options):
    width, height = size
    samples = np.indices((height, width)).sum(0) * 2 % 256
    picture = Image.fromarray(
        np.stack([samples, samples.T.reshape(height, width), samples], -1).astype(np.uint8)
    )
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG that promises `width` x `height` grey pixels and holds a few bytes."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


DEEP = np.random.default_rng(0).integers(0, 65535, (40, 48, 3), np.uint16)
SAMPLES = {
    "jpeg": encoded("JPEG"),
    "progressive": encoded("JPEG", progressive=True),
    "png": encoded("PNG"),
    "tiff": encoded("TIFF"),
    "lzw": encoded("TIFF", compression="tiff_lzw"),
    "webp": encoded("WEBP"),
    "deep png": cv2.imencode(".png", DEEP)[1].tobytes(),
    "deep tiff": cv2.imencode(".tiff", DEEP)[1].tobytes(),
}

MAGIC = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"RIFF\x40\0\0\0WEBP"]
MAGIC += [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypcrx ", b"FUJIFILMCCD-RAW", b"IIRO"]


def refused(source, error, **options):
    with pytest.raises(error) as caught:
        read_photo(source, **options)
    assert caught.type is error
    return str(caught.value)


def test_what_is_not_a_file_is_named(tmp_path):
    assert "no file" in refused(tmp_path / "gone.jpg", PhotoNotFound)
    refused(tmp_path / "gone" / "IMG.jpg", PhotoNotFound)
    assert "folder" in refused(tmp_path, PhotoNotAFile)
    assert "pipe" in refused("/dev/zero", PhotoNotAFile)
    os.mkfifo(tmp_path / "fifo.jpg")
    assert "fifo.jpg" in refused(tmp_path / "fifo.jpg", PhotoNotAFile)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert "link" in refused(tmp_path / "link.jpg", PhotoNotAFile)
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    refused(tmp_path / "loop.jpg", PhotoUnreadable)
    refused("a\0b.jpg", PhotoUnreadable)
    refused("x" * 5000, PhotoUnreadable)


def test_a_link_to_a_photo_is_a_photo(tmp_path):
    (tmp_path / "real.png").write_bytes(SAMPLES["png"])
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    assert read_photo(tmp_path / "link.png").name == "link.png"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_file_without_permission_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(SAMPLES["png"])
    (tmp_path / "a.png").chmod(0)
    refused(tmp_path / "a.png", PhotoUnreadable)


def test_empty_foreign_and_absurd_files(tmp_path):
    (tmp_path / "empty.jpg").touch()
    assert "empty.jpg" in refused(tmp_path / "empty.jpg", PhotoEmpty)
    refused(b"", PhotoEmpty)
    for foreign in (b"%PDF-1.7", b"GIF89a" + bytes(40), b"PK\x03\x04", b"\0" * 100, b"<svg>"):
        refused(foreign, PhotoUnsupported)
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.truncate(50_000_000_000)
    assert "50.0 GB" in refused(tmp_path / "sparse.jpg", PhotoTooLarge)


@pytest.mark.parametrize(
    ("width", "height"), [(65000, 65000), (2**31 - 1, 2**31 - 1), (12000, 10000)]
)
def test_bombs_are_refused_by_their_header(width, height):
    refused(png_header(width, height), PhotoTooLarge)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5000, 1), (31, 900)])
def test_too_small_pictures_are_refused(width, height):
    refused(
        encoded("JPEG", (width, height)) if width != height else png_header(1, 1), PhotoTooSmall
    )


def test_zero_size_picture_is_refused():
    with pytest.raises((PhotoDamaged, PhotoTooSmall)):
        read_photo(png_header(0, 10))


def test_metadata_bomb_is_refused():
    text = b"zTXtComment\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    png = SAMPLES["png"]
    with pytest.raises(HeadshotsError):
        read_photo(png[:33] + chunk + png[33:])


COLOURS = np.random.default_rng(0).random((40, 48, 3))


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("samples", "reason", "options"),
    [
        (COLOURS.astype(np.float32), "floating-point numbers of 32 bits", {}),
        (COLOURS.astype(np.float32), "floating-point", {"compression": "zlib"}),
        (COLOURS[..., 0].astype(np.float32), "floating-point", {"photometric": "minisblack"}),
        (COLOURS.astype(np.float16), "floating-point numbers of 16 bits", {}),
        (COLOURS.astype(np.float64), "floating-point", {}),
        ((COLOURS * 30000).astype(np.int16), "signed whole numbers", {}),
        ((COLOURS * 2e9).astype(np.uint32), "32 bits", {}),
        (
            np.ascontiguousarray((COLOURS * 65535).astype(np.uint16).transpose(2, 0, 1)),
            "plane of its own",
            {"planarconfig": "separate"},
        ),
    ],
)
def test_tiffs_of_other_samples_are_refused_for_what_they_are(samples, reason, options, large):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, bigtiff=large, **{"photometric": "rgb"} | options)
    told = refused(buffer.getvalue(), PhotoUnsupported)
    assert reason in told and "8 or 16 bits" in told


@pytest.mark.parametrize("kind", sorted(set(SAMPLES) - {"tiff", "deep tiff", "webp"}))
def test_truncated_photos_are_refused(kind):
    data = SAMPLES[kind]
    for share in (0.5, 0.8):
        refused(data[: int(len(data) * share)], PhotoDamaged)


@given(st.binary(max_size=300))
def test_any_bytes(data):
    with pytest.raises(HeadshotsError):
        read_photo(data)


@given(st.sampled_from(MAGIC), st.binary(max_size=300))
def test_any_bytes_that_begin_like_a_photo(magic, data):
    with pytest.raises(HeadshotsError):
        read_photo(magic + data)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(SAMPLES)), st.sampled_from([None, 20]))
def test_any_damage_gives_a_photo_or_a_named_error(data, kind, longest):
    damaged = bytearray(SAMPLES[kind])
    place = st.integers(0, len(damaged) - 1)
    for index, value in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=6)):
        damaged[index] = value
    damaged = bytes(damaged[: data.draw(place)]) if data.draw(st.booleans()) else bytes(damaged)
    try:
        photo = read_photo(damaged, longest=longest)
    except HeadshotsError as error:
        assert error.remedy
        return
    rows, columns = photo.image.shape[:2]
    assert photo.image.dtype == np.float32
    assert np.isfinite(photo.image).all()
    assert 0 <= photo.image.min() <= photo.image.max() <= 1
    assert longest is None or max(rows, columns) <= longest


MEASURE = """
import resource, sys
from headshots.core.photos import read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
photo = read_photo(sys.argv[1], longest=2048)
assert (photo.width, photo.height) == (11600, 8700), (photo.width, photo.height)
assert max(photo.image.shape) <= 2048
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
@pytest.mark.parametrize(("kind", "megabytes"), [("JPEG", 250), ("PNG", 900)])
def test_hundred_megapixels_fit_in_memory(tmp_path, kind, megabytes):
    path = tmp_path / "large"
    Image.new("RGB", (11600, 8700), "teal").save(path, kind, compress_level=1)
    command = [sys.executable, "-c", MEASURE, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(answer.stdout) * unit < megabytes * 1e6  # one float32 copy alone has 1211 MB
