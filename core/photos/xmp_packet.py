"""Finds and parses the XMP packet of a file."""

from __future__ import annotations

from xml.etree import ElementTree

from ..errors import PhotoDamaged

_BEGIN, _END = b"<?xpacket begin=", b"<?xpacket end="
# Many times what any program writes; a parsed tree takes some 20 times as much memory.
_MOST_BYTES = 4_000_000


def packet(data: bytes) -> bytes | None:
    """The text between the marks of the first packet in the file `data`; None if it has none.

    The packet is found by scanning for its marks (XMP part 3, packet scanning), so it works with
    any format that holds it uncompressed. Each mark is searched once: a regular expression would
    start again at each of many begin marks.
    """
    begin = data.find(_BEGIN)
    start = data.find(b"?>", begin) if begin >= 0 else -1
    end = data.find(_END, start) if start >= 0 else -1
    return data[start + len(b"?>") : end] if end >= 0 else None


def parsed(packet: bytes) -> ElementTree.Element:
    """The tree of an XMP packet, with its marks or without; raises PhotoDamaged."""
    try:
        if len(packet) > _MOST_BYTES:
            raise ValueError("longer than any")
        text = packet.decode("utf-8")  # a file's packet has no other encoding (XMP part 1, 7.3.1)
        # Entities could expand without limit; XMP doesn't need them.
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise ValueError("declares entities")
        return ElementTree.fromstring(text.strip("\0\ufeff \r\n\t"))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise damaged() from error


def damaged() -> PhotoDamaged:
    """The error for metadata that can't be read."""
    return PhotoDamaged("The picture's XMP metadata is damaged", "Deliver the picture again.")
