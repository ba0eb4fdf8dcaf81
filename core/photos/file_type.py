"""Detects a file's format by its first bytes; its name is used only to recognise camera RAW."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal, TypeAlias

from ..errors import PhotoUnsupported

Format: TypeAlias = Literal["jpeg", "png", "tiff", "webp", "heif", "raw"]

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW = (
    b"FUJIFILMCCD-RAW",
    b"IIU\0",  # Panasonic RW2
    b"IIRO",  # Olympus ORF, three variants
    b"IIRS",
    b"MMOR",
    b"FOVb",  # Sigma X3F
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# RAW formats that are TIFF by their first bytes, and those that aren't.
_TIFF_RAW_SUFFIXES = {".dng", ".nef", ".nrw", ".cr2", ".arw", ".srf", ".sr2", ".pef", ".srw",
                      ".3fr", ".iiq", ".rwl", ".erf", ".mef", ".mos", ".kdc", ".dcr"}  # fmt: skip
RAW_SUFFIXES = frozenset({*_TIFF_RAW_SUFFIXES, ".cr3", ".raf", ".rw2", ".orf", ".x3f"})
_RENDERED_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp")
# Suffixes of photos within a folder; the actual format is detected from a file's bytes.
SUFFIXES = frozenset({*RAW_SUFFIXES, *_RENDERED_SUFFIXES, ".heic", ".heif", ".hif"})
_DNG_VERSION = 50706


def format_of(data: bytes, name: str) -> Format:
    """The format of the encoded photo `data` called `name`.

    Raises:
        PhotoUnsupported: none that is read here.
    """
    head = data[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] == b"crx ":  # Canon CR3
        return "raw"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heif"
    if head.startswith(_RAW):
        return "raw"
    if head.startswith(_TIFF):
        return "raw" if _is_tiff_raw(data, name) else "tiff"
    raise PhotoUnsupported(
        f"{name} is not a photo in a format that is read here",
        "Give a JPEG, PNG, TIFF, WebP, HEIC or camera RAW file.",
    )


def _is_tiff_raw(data: bytes, name: str) -> bool:
    suffix = PurePath(name).suffix.lower()
    return suffix in _TIFF_RAW_SUFFIXES or data[8:10] == b"CR" or _DNG_VERSION in _first_tags(data)


def _first_tags(data: bytes) -> set[int]:
    """Tag numbers of the first directory of a classic TIFF; empty if it lies outside `data`."""
    order = "little" if data[:2] == b"II" else "big"
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    entries = data[start + 2 : start + 2 + 12 * count]
    return {int.from_bytes(entries[i : i + 2], order) for i in range(0, len(entries), 12)}
