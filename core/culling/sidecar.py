"""What culling says of a frame in its XMP sidecar, merged into what others wrote there.

Ratings and labels are where Lightroom, Capture One, Bridge, darktable and digiKam look for them.
The caption is never touched: the reason stands in a namespace of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .xmp_text import RDF, Edit, Element, Name, XmpText, attribute_text, escape

XMP, DC = "http://ns.adobe.com/xap/1.0/", "http://purl.org/dc/elements/1.1/"
OURS = "urn:headshots:xmp:1.0/"
RATING: Name = (XMP, "Rating")
LABEL: Name = (XMP, "Label")
SUBJECT: Name = (DC, "subject")
REASON: Name = (OURS, "Reason")
_PREFIXES = {XMP: "xmp", DC: "dc", OURS: "headshots", RDF: "rdf"}
_UNRATED = {None, "", "0"}
# Only darktable's sidecars have it. There one star is what darktable gives a frame that it imports.
_DARKTABLE: Name = ("http://darktable.sf.net/", "xmp_version")
_NEW = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()


@dataclass(frozen=True)
class Verdict:
    """What is said of a frame.

    rating: -1 (rejected) to 5 stars.
    label: a colour's English name, or empty for none.
    keywords: each one dc:subject.
    reason: one sentence.
    """

    rating: int
    label: str
    keywords: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Written:
    """What was written into a sidecar, to be taken back: only what was not there before.

    rating, label: as written; None where somebody's own stayed.
    former_rating, former_label: what it replaced; None where there was none.
    keywords: those that were added.
    """

    rating: str | None
    label: str | None
    keywords: tuple[str, ...]
    former_rating: str | None = None
    former_label: str | None = None


def merged(
    data: bytes | None, name: str, verdict: Verdict, *, replace: bool = False
) -> tuple[bytes, Written]:
    """The sidecar `data`, called `name`, with `verdict` in it, and what was written.

    Where a person has rated or labelled the frame, theirs stays, unless `replace`.

    Args:
        data: the sidecar as it is; None where there is none.

    Raises:
        SidecarUnreadable: `data` is no XMP that can be edited.
    """
    text = XmpText(data or _NEW, name)
    rating, label = text.value(RATING), text.value(LABEL)
    rate = replace or _is_unrated(text, rating)
    mark = bool(verdict.label) and (replace or not (label or "").strip())
    there = {each for _, each in text.items(SUBJECT)}
    new = tuple(each for each in verdict.keywords if each not in there)
    if text.has(SUBJECT) and text.bag(SUBJECT) is None:
        new = ()  # not in the form of a list: another program's business
    values: list[tuple[Name, str]] = [(REASON, verdict.reason)]
    if rate:
        values.append((RATING, str(verdict.rating)))
    if mark:
        values.append((LABEL, verdict.label))
    written = Written(
        str(verdict.rating) if rate else None,
        verdict.label if mark else None,
        new,
        rating if rate else None,
        label if mark else None,
    )
    return _with(text, values, new), written


def _is_unrated(text: XmpText, rating: str | None) -> bool:
    given = (rating or "").strip()
    return given in _UNRATED or (given == "1" and text.has(_DARKTABLE))


def without(data: bytes, name: str, written: Written) -> bytes:
    """The sidecar `data`, called `name`, without what was `written` into it.

    What somebody has changed since stays as they made it.

    Raises:
        SidecarUnreadable: `data` is no XMP that can be edited.
    """
    text = XmpText(data, name)
    edits = _removed(text, REASON)
    for property, ours, former in (
        (RATING, written.rating, written.former_rating),
        (LABEL, written.label, written.former_label),
    ):
        if ours is not None and text.value(property) == ours:
            edits += _removed(text, property) if former is None else text.set(property, "", former)
    bag, items = text.bag(SUBJECT), text.items(SUBJECT)
    ours = [element for element, value in items if value in written.keywords]
    if bag is not None and ours and len(ours) == len(items):
        parent = next(child for each in text.descriptions if (child := each.child(SUBJECT)))
        edits.append(Edit(text.space_before(parent.start), parent.end, b""))
    else:
        edits += [Edit(text.space_before(each.start), each.end, b"") for each in ours]
    return text.edited(edits)


def _removed(text: XmpText, name: Name) -> list[Edit]:
    edits: list[Edit] = []
    for each in text.descriptions:
        if attribute := each.attributes.get(name):
            edits.append(Edit(attribute.start, attribute.end, b""))
        if child := each.child(name):
            edits.append(Edit(text.space_before(child.start), child.end, b""))
    return edits


def _with(text: XmpText, values: Sequence[tuple[Name, str]], keywords: Sequence[str]) -> bytes:
    """`text` with these properties, and these keywords added."""
    edits: list[Edit] = []
    home, added, spaces = text.descriptions[0], b"", dict(text.descriptions[0].spaces)
    for name, value in values:
        if text.has(name):
            edits += text.set(name, "", value)
            continue
        prefix, declared = _prefix(name[0], spaces)
        added += declared + attribute_text(f"{prefix}:{name[1]}", value)
    content = b""
    if keywords:
        bag = text.bag(SUBJECT)
        if bag is not None:
            edits.append(_appended(text, bag, keywords))
        else:
            prefix, declared = _prefix(DC, spaces)
            added += declared
            rdf, declared = _prefix(RDF, spaces)
            added += declared
            content = _bag(text, home, prefix, rdf, keywords)
    edits += _in_description(text, home, added, content)
    return text.edited(edits)


def _in_description(text: XmpText, home: Element, added: bytes, content: bytes) -> list[Edit]:
    """Attributes added to a description's start tag, and content at its end."""
    tag_end = home.inside - (2 if home.empty else 1)
    place = text.space_before(tag_end)
    if home.empty and content:
        closed = b">" + content + text.text[_line(text, home) : home.start]
        closed += f"</{home.tag}>".encode()
        return [Edit(place, home.inside, added + closed)]
    edits = [Edit(place, place, added)] if added else []
    if content:
        at = text.space_before(home.close)
        edits.append(Edit(at, at, content))
    return edits


def _bag(text: XmpText, home: Element, prefix: str, rdf: str, keywords: Sequence[str]) -> bytes:
    """A new dc:subject, indented as its description is."""
    indent = text.text[_line(text, home) : home.start].decode()
    step = " " if indent.strip(" \t") != indent else ""
    lines = [f"{indent}{step}<{prefix}:subject>", f"{indent}{step * 2}<{rdf}:Bag>"]
    lines += [f"{indent}{step * 3}<{rdf}:li>{escape(each)}</{rdf}:li>" for each in keywords]
    lines += [f"{indent}{step * 2}</{rdf}:Bag>", f"{indent}{step}</{prefix}:subject>"]
    return "".join(lines).encode()


def _line(text: XmpText, element: Element) -> int:
    """Where the white space before an element begins, its line's end included."""
    return text.space_before(element.start)


def _appended(text: XmpText, bag: Element, keywords: Sequence[str]) -> Edit:
    """Keywords after those of a list, indented as they are."""
    rdf = bag.tag.rpartition(":")[0]
    tag = f"{rdf}:li" if rdf else "li"
    items = [f"<{tag}>{escape(each)}</{tag}>".encode() for each in keywords]
    if bag.children:
        last = bag.children[-1]
        space = text.text[text.space_before(last.start) : last.start]
        return Edit(last.end, last.end, b"".join(space + each for each in items))
    if bag.empty:
        opened = text.text[bag.start : bag.end].rstrip(b"/> \t\r\n")
        closed = f"</{bag.tag}>".encode()
        return Edit(bag.start, bag.end, opened + b">" + b"".join(items) + closed)
    return Edit(bag.inside, bag.inside, b"".join(items))


def _prefix(space: str, spaces: dict[str, str]) -> tuple[str, bytes]:
    """A prefix for the namespace, and its declaration where it isn't in scope yet.

    `spaces`, the prefixes in scope, gets what is declared.
    """
    for prefix, known in spaces.items():
        if known == space and prefix:  # attributes have no default namespace
            return prefix, b""
    wanted = _PREFIXES[space]
    prefix, number = wanted, 2
    while prefix in spaces:
        prefix, number = f"{wanted}{number}", number + 1
    spaces[prefix] = space
    return prefix, attribute_text(f"xmlns:{prefix}", space)
