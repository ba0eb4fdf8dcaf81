"""The XMP metadata of a delivered picture: provenance, scores and recipe.

It holds no embedding, no name (unless requested as the title), and of the sitter's photos only
their hashes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ... import __version__
from ..photos.described import NOTHING, Description
from ..photos.xmp_packet import damaged, packet, parsed
from ..provenance import SOURCE_TYPES, UNKNOWN, Provenance
from ..scorecard import Measurement, Scorecard

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "headshots": "urn:headshots:xmp:1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
}
# Characters that XML 1.0 (section 2.2) has no way to write.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHA256 = re.compile(r"urn:sha256:([0-9a-f]{64})")


def build_xmp(
    scorecard: Scorecard | None,
    *,
    provenance: Provenance = UNKNOWN,
    recipe: str | None = None,
    title: str | None = None,
    description: Description = NOTHING,
) -> bytes:
    """An XMP packet, UTF-8, for `encode`.

    Args:
        scorecard: of exactly these pixels; None if they were not scored since the last edit.
        provenance: gives IPTC's digital source type, the hashes of the sources and the edits.
            Nothing is claimed of a picture of unknown origin.
        recipe: the recipe's JSON as text; the caller ensures that it names nobody.
        title: dc:title; the only place for a sitter's name beside what `description` says.
        description: what the photographer wrote about the picture.
    """
    made = _element("xmp:CreatorTool", f"headshots {__version__}")
    written = _described(description)
    content = as_description([made, *said(scorecard, provenance, recipe, title), *written])
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">'
        f"{content}</rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()


def as_description(lines: Sequence[str]) -> str:
    """An rdf:Description of these elements."""
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in NAMESPACES.items() if name != "rdf")
    content = "\n".join(lines)
    return f'<rdf:Description rdf:about="" {spaces}>\n{content}\n</rdf:Description>'


def _described(description: Description) -> Iterator[str]:
    """Dublin Core's and XMP's elements for it (XMP part 1, 8.3 and 8.4)."""
    if description.rating:
        yield _element("xmp:Rating", str(description.rating))
    if description.keywords:
        entries = "".join(_element("rdf:li", each) for each in description.keywords)
        yield f"<dc:subject><rdf:Bag>{entries}</rdf:Bag></dc:subject>"
    if description.creator:
        entry = _element("rdf:li", description.creator)
        yield f"<dc:creator><rdf:Seq>{entry}</rdf:Seq></dc:creator>"
    for name, text in (("description", description.caption), ("rights", description.rights)):
        if text:
            entry = _element("rdf:li", text, ' xml:lang="x-default"')
            yield f"<dc:{name}><rdf:Alt>{entry}</rdf:Alt></dc:{name}>"


def said(
    scorecard: Scorecard | None, provenance: Provenance, recipe: str | None, title: str | None
) -> list[str]:
    """The elements for what is known of a picture."""
    lines: list[str] = []
    if provenance.source_type is not None:
        uri = provenance.source_type.uri
        lines.append(_element("Iptc4xmpExt:DigitalSourceType", uri))
    if provenance.sources:  # XMP part 2, 1.2.3 (xmpMM) and 1.2.4 (ResourceRef)
        known = "".join(
            f'<rdf:li rdf:parseType="Resource">{_element("stRef:instanceID", name)}</rdf:li>'
            for name in dict.fromkeys(f"urn:sha256:{each}" for each in provenance.sources)
        )
        lines.append(f"<xmpMM:Ingredients><rdf:Bag>{known}</rdf:Bag></xmpMM:Ingredients>")
    if provenance != UNKNOWN:
        history = json.dumps(provenance.to_json(), separators=(",", ":"))
        lines.append(_element("headshots:Provenance", history))
    if scorecard is not None:
        values = json.dumps(summary(scorecard), separators=(",", ":"))
        lines.append(_element("headshots:Scorecard", values))
    if recipe is not None:
        lines.append(_element("headshots:Recipe", recipe))
    if title is not None:
        text = _element("rdf:li", title, ' xml:lang="x-default"')
        lines.append(f"<dc:title><rdf:Alt>{text}</rdf:Alt></dc:title>")
    return lines


def summary(scorecard: Scorecard) -> dict[str, Any]:
    """The part of a scorecard that may travel with the picture, as plain JSON values."""
    name = re.compile(rf"(?<!\w){re.escape(scorecard.sitter)}(?!\w)", re.IGNORECASE)

    def nameless(texts: Sequence[str]) -> list[str]:
        return [name.sub("the sitter", text) if scorecard.sitter else text for text in texts]

    values: dict[str, Any] = {
        "judge": scorecard.judge,
        "likeness": _number(scorecard.likeness),
        "percentile": _number(scorecard.percentile),
        "overall": _number(scorecard.overall),
        "verdict": scorecard.verdict,
        "reasons": nameless(scorecard.reasons),
        "notes": nameless(scorecard.notes),
        "measures": {measure.name: _measure(measure) for measure in scorecard.measures},
    }
    return values


def _measure(measure: Measurement) -> dict[str, Any]:
    bounds = {"low": measure.low, "high": measure.high}
    range = {name: _number(value) for name, value in bounds.items() if value is not None}
    unit = {"unit": measure.unit} if measure.unit else {}
    return {"value": _number(measure.value), **range, **unit}


def _number(value: float) -> float | None:
    """Rounded to five significant digits; JSON has no NaN or infinity."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _element(name: str, text: str, attributes: str = "") -> str:
    safe = escape(_NOT_XML.sub("", text), {"\r": "&#13;"})
    return f"<{name}{attributes}>{safe}</{name}>"


def read_xmp(data: bytes) -> dict[str, Any]:
    """The values in the first XMP packet in the file `data`; empty if there is none.

    Returns:
        The values that are there, by key: "creator_tool", "source_type" (IPTC's term, or the whole
        URI of another vocabulary), "title", "provenance" and "scorecard" (JSON values), "recipe"
        (text), "sources" (tuple of SHA-256, hex).

    Raises:
        PhotoDamaged: there is a packet, but it can't be parsed.
    """
    text = packet(data)
    try:
        return {} if text is None else _values(parsed(text))
    except (ValueError, RecursionError) as error:  # of a JSON value
        raise damaged() from error


def _values(root: ElementTree.Element) -> dict[str, Any]:
    places = {
        "creator_tool": "xmp:CreatorTool",
        "source_type": "Iptc4xmpExt:DigitalSourceType",
        "title": "dc:title/rdf:Alt/rdf:li",
        "provenance": "headshots:Provenance",
        "scorecard": "headshots:Scorecard",
        "recipe": "headshots:Recipe",
    }
    values: dict[str, Any] = {}
    for key, place in places.items():
        text = root.findtext(f".//rdf:Description/{place}", None, NAMESPACES)
        if text is not None:
            values[key] = text
    ingredients = root.iterfind(
        ".//rdf:Description/xmpMM:Ingredients/rdf:Bag/rdf:li/stRef:instanceID", NAMESPACES
    )
    matches = [_SHA256.fullmatch((each.text or "").strip()) for each in ingredients]
    if sources := tuple(each[1] for each in matches if each):
        values["sources"] = sources
    if "source_type" in values:
        values["source_type"] = values["source_type"].strip().removeprefix(SOURCE_TYPES)
    for key in ("provenance", "scorecard"):
        if key in values:
            values[key] = json.loads(values[key])
    return values
