"""HEIC and HEIF, by pillow-heif (the extra `heif`)."""

from __future__ import annotations

import numpy as np

from ..errors import ExtraMissing
from .finishing import Decoded, finish
from .limits import check_size
from .metadata import parse_exif
from .raster import flatten


def decode(data: bytes, name: str, longest: int | None) -> Decoded:
    """The primary picture in `data`; libheif turns it upright itself.

    Raises:
        ExtraMissing: pillow-heif isn't installed.
        Exception: anything, if the file is damaged.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise ExtraMissing(
            f"{name} is a HEIC photo, and pillow-heif, which reads them, isn't installed",
            'Run: pip install "headshots[heif]"',
        ) from error
    photo = pillow_heif.open_heif(data)
    check_size(*photo.size, name)
    picture = flatten(photo.to_pillow(), name)
    profile = photo.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    tags = parse_exif(photo.info.get("exif"))
    return finish(np.asarray(picture), picture.size, tags, profile, longest)
