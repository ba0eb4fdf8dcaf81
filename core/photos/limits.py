"""Limits on bytes and pixels of photos, checked before anything is decoded."""

from __future__ import annotations

from ..errors import PhotoTooLarge, PhotoTooSmall

# "100-megapixel" cameras deliver up to 102 million pixels (Fujifilm GFX 100: 11648 x 8736).
MAX_PIXELS = 105_000_000
# Of a picture that is worked on in full size, where a pixel has 12 bytes: 61-megapixel cameras
# deliver 9504 x 6336, and 64 million pixels are 768 MB.
MAX_WHOLE_PIXELS = 64_000_000
# An uncompressed 16-bit RGBA TIFF of that size, with room for metadata.
MAX_BYTES = 1_000_000_000
# Below this no side can hold a face that any recogniser accepts (its own input is 112 pixels).
MIN_SIDE = 32


def check_bytes(count: int, name: str) -> None:
    """Raise PhotoTooLarge if a file of `count` bytes is more than is read."""
    if count > MAX_BYTES:
        raise PhotoTooLarge(
            f"{name} has {count / 1e9:.1f} GB; up to {MAX_BYTES / 1e9:.0f} GB are read",
            "Give the photo itself, saved as JPEG, PNG or TIFF.",
        )


def check_size(width: int, height: int, name: str, most: int = MAX_PIXELS) -> None:
    """Raise PhotoTooLarge or PhotoTooSmall unless `width` x `height` pixels can be used.

    most: pixels at most.
    """
    if width * height > most:
        raise PhotoTooLarge(
            f"{name} has {width}x{height} pixels, more than {most / 1e6:.0f} million",
            "Save a smaller copy of it; a head needs no more than 4000 pixels.",
        )
    if min(width, height) < MIN_SIDE:
        raise PhotoTooSmall(
            f"{name} has only {width}x{height} pixels",
            f"Give a photo with at least {MIN_SIDE} pixels on each side, better 1000.",
        )
