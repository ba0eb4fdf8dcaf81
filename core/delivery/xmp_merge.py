"""Adds to another program's XMP packet how its picture came to be, and leaves all else in it."""

from __future__ import annotations

import re

from ..photos.xmp_packet import parsed
from ..provenance import Provenance
from .xmp import NAMESPACES, as_description, build_xmp, said

# The properties that are ours to replace, as regular expressions, by the prefix of their namespace.
_OURS = {"headshots": r"[\w.-]+", "Iptc4xmpExt": "DigitalSourceType"}
_END = re.compile(r"</([\w.-]+):RDF\s*>")


def merge_xmp(packet: bytes | None, *, provenance: Provenance, recipe: str | None = None) -> bytes:
    """`packet`, UTF-8, that also says what `build_xmp` says of a picture without a scorecard.

    What was said of this in it before is replaced; every other byte stays. Without a packet there
    is a new one.

    Raises:
        PhotoDamaged: it can't be parsed.
    """
    text = (packet or b"").decode("utf-8", "replace")
    ends = list(_END.finditer(text))
    if packet is None or not ends:
        return build_xmp(None, provenance=provenance, recipe=recipe)
    parsed(packet)
    before, after = _without_ours(text[: ends[-1].start()]), text[ends[-1].start() :]
    lines = said(None, provenance, recipe, None)
    if "Ingredients" in before:  # those of the file that was edited stay
        lines = [each for each in lines if not each.startswith("<xmpMM:Ingredients")]
    ours = as_description(lines)
    if (prefix := ends[-1][1]) != "rdf":
        ours = ours.replace("rdf:", f"{prefix}:")
    merged = (before + ours + after).encode()
    parsed(merged)
    return merged


def _without_ours(text: str) -> str:
    for name, words in _OURS.items():
        declared = rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(NAMESPACES[name])}[\"']"
        for prefix in set(re.findall(declared, text)):
            element = rf"<{prefix}:({words})(?:\s[^>]*)?(?:/>|>.*?</{prefix}:\1\s*>)"
            text = re.sub(element, "", text, flags=re.DOTALL)
            text = re.sub(rf"\s+{prefix}:{words}\s*=\s*(?:\"[^\"]*\"|'[^']*')", "", text)
    ours = re.escape(NAMESPACES["headshots"])
    return re.sub(rf"<([\w.-]+):Description\s[^<>]*{ours}[^<>]*>\s*</\1:Description>", "", text)
