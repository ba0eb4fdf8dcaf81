"""A picture's file without its signed manifest, whose ids and time differ with each signing."""

from __future__ import annotations

import struct


def unsigned(data: bytes) -> bytes:
    """`data` without what C2PA put in (C2PA 2.1, A.3); a JPEG or PNG then is as it was before."""
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG"):
        return _png(data)
    return data


def _jpeg(data: bytes) -> bytes:
    kept, place = [data[:2]], 2
    while data[place] == 0xFF and data[place + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, place + 2)
        segment = data[place : place + 2 + length]
        if not (segment[1] == 0xEB and segment[4:6] == b"JP"):  # JPEG XT boxes in APP11
            kept.append(segment)
        place += len(segment)
    return b"".join([*kept, data[place:]])


def _png(data: bytes) -> bytes:
    kept, place = [data[:8]], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunk = data[place : place + 12 + length]
        if chunk[4:8] != b"caBX":
            kept.append(chunk)
        place += len(chunk)
    return b"".join(kept)
