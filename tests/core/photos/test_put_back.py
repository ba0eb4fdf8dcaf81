"""An edit put back into its file: depth, profile, metadata and everything unedited stay."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from numpy.typing import NDArray

from headshots.core.errors import InputError, PhotoUnsupported
from headshots.core.images import from_u8
from headshots.core.photos import read_photo
from headshots.core.photos.put_back import packet_of, put_back
from headshots.core.photos.writing import encode

from ...hosts.debian import imagemagick, program
from ...icc_profiles import profile, table_profile

SIDE = (96, 128)  # rows, columns
FACE = np.s_[20:50, 40:80]  # where the edit is, upright
PACKET = (
    b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    + b" " * 900
    + b"<?xpacket end='w'?>"
)


def scene(most: int = 65535) -> NDArray[Any]:
    """Smooth colours with noise, as cameras give them."""
    noise = np.random.default_rng(3).normal(0, 0.01, (*SIDE, 3))
    rows, columns = np.mgrid[0 : SIDE[0], 0 : SIDE[1]]
    base = np.stack([rows / SIDE[0], columns / SIDE[1], (rows + columns) / sum(SIDE)], -1)
    return (
        (np.clip(0.2 + 0.5 * base + noise, 0, 1) * most)
        .round()
        .astype(np.uint16 if most > 255 else np.uint8)
    )


def tiff(pixels: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **{"photometric": "rgb", "metadata": None, **options})
    return buffer.getvalue()


def edited(data: bytes, xmp: bytes | None = None) -> bytes:
    """`data` with its upright `FACE` made a little lighter, as a retouch does."""
    before = read_photo(data, name="a.tif").image
    after = before.copy()
    after[FACE] = np.clip(after[FACE] * 1.05 + 0.01, 0, 1)
    return put_back(data, "a.tif", before, after, xmp)


def stored(data: bytes) -> NDArray[Any]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return file.pages[0].asarray()


def outside(pixels: NDArray[Any]) -> NDArray[Any]:
    """The samples beside `FACE`."""
    there = np.ones(pixels.shape[:2], bool)
    there[FACE] = False
    return pixels[there]


@pytest.mark.parametrize("most", [255, 65535])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True, "rowsperstrip": 7},
        {"byteorder": ">", "predictor": True, "compression": "zlib"},
        {"tile": (32, 48), "compression": "zlib", "predictor": True},
        {"bigtiff": True, "rowsperstrip": 5},
    ],
    ids=["plain", "zip", "predictor", "big-endian", "tiles", "bigtiff"],
)
def test_a_tiff_keeps_its_depth_and_every_unedited_sample(
    most: int, options: dict[str, Any]
) -> None:
    pixels = scene(most)
    data = tiff(pixels, **options)
    result = edited(data, PACKET)
    changed = stored(result)
    assert changed.dtype == pixels.dtype
    assert np.array_equal(outside(changed), outside(pixels))
    moved = changed[FACE].astype(int) - pixels[FACE]
    assert (moved > 0).all()
    after, before = read_photo(result).image, read_photo(data).image
    wanted = np.clip(before[FACE] * 1.05 + 0.01, 0, 1)
    assert np.abs(after[FACE] - wanted).max() <= 0.51 / most + 1e-6
    assert packet_of(result, "a.tif") == PACKET


@pytest.mark.parametrize("kind", ["-depth 8", "-depth 16"])
@pytest.mark.parametrize("orientation", ["TopLeft", "RightTop", "LeftBottom", "BottomRight"])
def test_lzw_and_orientation_of_imagemagick(kind: str, orientation: str, tmp_path: Path) -> None:
    source, path = tmp_path / "a.png", tmp_path / "a.tif"
    PIL.Image.fromarray(scene(255)).save(source)
    options = [*kind.split(), "-compress", "LZW", "-orient", orientation]
    subprocess.run([*imagemagick("convert"), str(source), *options, str(path)], check=True)
    data = path.read_bytes()
    result = edited(data)
    path.write_bytes(result)
    subprocess.run([*imagemagick("identify"), str(path)], check=True, capture_output=True)
    before, after = read_photo(data).image, read_photo(result).image
    assert np.array_equal(outside(before), outside(after))
    assert (after[FACE] > before[FACE]).all()
    with PIL.Image.open(io.BytesIO(result)) as picture:
        assert (
            picture.tag_v2[274]
            == {"TopLeft": 1, "RightTop": 6, "LeftBottom": 8, "BottomRight": 3}[orientation]
        )


@pytest.mark.parametrize("space", ["adobe", "p3"])
def test_the_edit_comes_in_the_files_own_colours(space: str) -> None:
    """The profile stays, and so do colours that sRGB doesn't hold."""
    pixels = scene()
    pixels[60:90] = (0, 65535, 0)  # the purest green of the space
    own = profile(space, "gamma")
    data = tiff(pixels, iccprofile=own, compression="zlib", predictor=True)
    result = edited(data)
    with tifffile.TiffFile(io.BytesIO(result)) as file:
        assert file.pages[0].tags[34675].value == own
    assert np.array_equal(outside(stored(result)), outside(pixels))
    before, after = read_photo(data).image, read_photo(result).image
    wanted = np.clip(before[FACE] * 1.05 + 0.01, 0, 1)
    assert np.abs(after[FACE] - wanted).max() < 1 / 8192


def test_a_grey_tiff_and_one_with_transparency() -> None:
    grey = scene()[..., 1]
    result = stored(edited(tiff(grey, photometric="minisblack")))
    assert result.shape == grey.shape
    assert np.array_equal(outside(result), outside(grey))
    assert (result[FACE] > grey[FACE]).all()
    alpha = np.full((*SIDE, 1), 65535, np.uint16)
    both = np.concatenate([scene(), alpha], axis=2)
    result = stored(edited(tiff(both, extrasamples=["unassalpha"])))
    assert np.array_equal(result[..., 3], both[..., 3])
    assert np.array_equal(outside(result), outside(both))


FIELDS = {
    "XMP-xmp:Rating": 4,
    "XMP-dc:Subject": ["Ada", "team"],
    "XMP-dc:Rights": "© Studio",
    "XMP-dc:Description": "At the desk",
    "IFD0:Copyright": "Studio",
    "ExifIFD:LensModel": "85mm F1.8",
    "ExifIFD:DateTimeOriginal": "2026:11:30 10:00:00",
    "IPTC:Keywords": ["Ada", "team"],
}


def described(path: Path) -> Path:
    """`path` with metadata as exiftool writes it."""
    arguments = [
        f"-{name}={value}"
        for name, values in FIELDS.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    tool = str(program("exiftool"))
    subprocess.run([tool, "-q", "-overwrite_original", *arguments, str(path)], check=True)
    return path


def told(path: Path) -> dict[str, Any]:
    """What exiftool reads of the metadata that photographers write."""
    tool = str(program("exiftool"))
    ran = subprocess.run(
        [
            tool,
            "-json",
            "-G1",
            "-n",
            "-validate",
            "-warning",
            *(f"-{each}" for each in FIELDS),
            str(path),
        ],
        check=True,
        capture_output=True,
    )
    return json.loads(ran.stdout)[0]


@pytest.mark.parametrize("suffix", [".tif", ".jpg"])
def test_the_metadata_stays(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".tif":
        path.write_bytes(tiff(scene(), compression="zlib", predictor=True))
    else:
        PIL.Image.fromarray(scene(255)).save(path, quality=90, comment=b"hello")
    before = told(described(path))
    path.write_bytes(edited(path.read_bytes()))
    after = told(path)
    assert after == before
    assert {name: after[name] for name in FIELDS} == FIELDS


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0"])
def test_a_jpeg_keeps_its_tables_and_stays_nearly_equal_elsewhere(sampling: str) -> None:
    buffer = io.BytesIO()
    own = profile("p3", 3)
    PIL.Image.fromarray(scene(255)).save(
        buffer, "JPEG", quality=91, subsampling=sampling, icc_profile=own, progressive=True
    )
    data = buffer.getvalue()
    result = edited(data, PACKET)
    assert packet_of(result, "a.jpg") == PACKET
    with PIL.Image.open(io.BytesIO(data)) as old, PIL.Image.open(io.BytesIO(result)) as new:
        assert new.quantization == old.quantization
        assert new.info["icc_profile"] == own
        assert new.info.get("progressive")
        far = np.s_[64:, :]
        apart = np.asarray(new).astype(int)[far] - np.asarray(old)[far]
    assert np.abs(apart).mean() < 0.5
    before, after = read_photo(data).image, read_photo(result).image
    inside = np.s_[28:42, 48:72]
    wanted = np.clip(before[inside] * 1.05 + 0.01, 0, 1)
    assert np.abs(after[inside] - wanted).mean() < 2 / 255


def test_what_cannot_be_changed_is_refused_in_words() -> None:
    picture = from_u8(scene(255))
    with pytest.raises(InputError, match="96"):
        put_back(tiff(scene()), "a.tif", picture, picture[:50])
    with pytest.raises(PhotoUnsupported, match="only TIFF and JPEG"):
        put_back(encode(picture, "png"), "a.png", picture, picture)
    layered = tiff(scene(), extratags=[(37724, 7, 8, b"Adobe Ph", True)])
    with pytest.raises(PhotoUnsupported, match="layers of Photoshop"):
        put_back(layered, "a.tif", picture, picture)
    buffer = io.BytesIO()
    PIL.Image.fromarray(scene(255)).convert("CMYK").save(buffer, "JPEG")
    with pytest.raises(PhotoUnsupported, match="CMYK"):
        put_back(buffer.getvalue(), "a.jpg", picture, picture)
    table = tiff(scene(), iccprofile=table_profile("adobe"))
    with pytest.raises(PhotoUnsupported, match="tables"):
        edited(table)


def test_the_thumbnail_shows_the_edited_picture(photos: Path, tmp_path: Path) -> None:
    """As exiftool puts it in, and reads it again."""
    path, small, tool = tmp_path / "a.jpg", tmp_path / "small.jpg", str(program("exiftool"))
    with PIL.Image.open(photos / "obama2.jpg") as photo:
        photo.save(path)
        photo.reduce(8).save(small, quality=80)
    put_in = [tool, "-q", "-overwrite_original", f"-ThumbnailImage<={small}", str(path)]
    subprocess.run(put_in, check=True)
    data = path.read_bytes()
    before = read_photo(data).image
    path.write_bytes(put_back(data, "a.jpg", before, before * np.float32(0.4)))
    read = subprocess.run(
        [tool, "-b", "-ThumbnailImage", str(path)], check=True, capture_output=True
    )
    with PIL.Image.open(io.BytesIO(read.stdout)) as new, PIL.Image.open(small) as old:
        assert new.size == old.size
        assert np.asarray(new).mean() == pytest.approx(0.4 * np.asarray(old).mean(), rel=0.05)


def test_reading_says_nothing_of_tags_that_a_decoder_doesnt_know(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As darktable and Windows write them; hosts show what stands on stderr."""
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(scene(), compression="zlib"))
    tool = [str(program("exiftool")), "-q", "-overwrite_original"]
    subprocess.run([*tool, "-IFD0:Rating=4", "-IFD0:RatingPercent=75", str(path)], check=True)
    read_photo(path)
    edited(path.read_bytes())
    assert capfd.readouterr() == ("", "")
