"""Camera RAW, DNG among it, by LibRaw."""

from __future__ import annotations

import io
from pathlib import Path

import PIL.Image

from .limits import check_size
from .metadata import parse_exif, read_exif
from .upright import Decoded, finish

# sRGB's own curve: exponent and slope at black (IEC 61966-2-1); LibRaw defaults to Rec. 709's.
_SRGB_CURVE = (2.4, 12.92)
# EXIF's orientation for LibRaw's turns: none, by half, left and right.
_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}


def decode(data: bytes, name: str, longest: int | None, most: int) -> Decoded:
    """The photo in `data` as the camera balanced it, 16 bits deep, upright.

    Raises:
        Exception: anything, if the file is damaged.
    """
    import rawpy

    with rawpy.imread(io.BytesIO(data)) as photo:
        sizes = photo.sizes
        turned = sizes.flip in (5, 6)
        full = (sizes.height, sizes.width) if turned else (sizes.width, sizes.height)
        check_size(*full, name, most)
        pixels = photo.postprocess(
            use_camera_wb=True,
            output_bps=16,
            output_color=rawpy.ColorSpace.sRGB,
            gamma=_SRGB_CURVE,
            half_size=longest is not None and max(full) >= 2 * longest,
        )
    return finish(pixels, full, parse_exif(data), None, longest)


def embedded_preview(path: Path) -> tuple[bytes, int] | None:
    """The JPEG that the camera put into a RAW file, and its EXIF orientation 1..8; None without.

    Raises:
        Exception: anything, if the file is damaged.
    """
    import rawpy

    with rawpy.imread(str(path)) as photo:
        try:
            preview = photo.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            return None
        if preview.format != rawpy.ThumbFormat.JPEG or not isinstance(preview.data, bytes):
            return None
        turn = _ORIENTATIONS.get(photo.sizes.flip, 1)
        sensor = photo.sizes.width > photo.sizes.height
    with PIL.Image.open(io.BytesIO(preview.data)) as picture:
        if (orientation := read_exif(picture).orientation) > 1:
            return preview.data, orientation
        # Some cameras store it upright already, and some as the sensor saw it.
        lying = picture.width > picture.height
    return preview.data, turn if lying == sensor or turn == 3 else 1
