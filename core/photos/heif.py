"""HEIC and HEIF, by pillow-heif."""

from __future__ import annotations

from .limits import check_size
from .metadata import parse_exif
from .raster import flatten, samples
from .upright import Decoded, finish


def decode(data: bytes, name: str, longest: int | None, most: int) -> Decoded:
    """The primary picture in `data`; libheif turns it upright itself.

    Raises:
        Exception: anything, if the file is damaged.
    """
    import pillow_heif

    photo = pillow_heif.open_heif(data)
    check_size(*photo.size, name, most)
    picture = flatten(photo.to_pillow(), name)
    profile = photo.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    tags = parse_exif(photo.info.get("exif"))
    return finish(samples(picture), picture.size, tags, profile, longest)
