"""Camera RAW, DNG among it, by LibRaw."""

from __future__ import annotations

import io

from .limits import check_size
from .metadata import parse_exif
from .upright import Decoded, finish

# sRGB's own curve: exponent and slope at black (IEC 61966-2-1); LibRaw defaults to Rec. 709's.
_SRGB_CURVE = (2.4, 12.92)


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
