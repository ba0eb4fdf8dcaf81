"""Reads and edits the text of an XMP sidecar in place: what is not edited keeps its every byte.

A sidecar holds hundreds of settings of other programs. So it is never written anew from a tree:
expat says where each element begins and ends, and an edit replaces only the bytes between.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr, unescape

from ..errors import SidecarUnreadable

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_XML = "http://www.w3.org/XML/1998/namespace"
_MOST_BYTES = 16_000_000  # painted masks of RAW developers take megabytes
_ATTRIBUTE = re.compile(rb"""(\s+)([^\s=/>'"]+)\s*=\s*("[^"]*"|'[^']*')""")
# Of UTF-32 no program writes sidecars.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
          (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip

Name = tuple[str, str]  # namespace and local name


@dataclass(frozen=True)
class Attribute:
    """An attribute of an element.

    start, end: its bytes, with the white space before it.
    value_start, value_end: the bytes between its quotes.
    """

    start: int
    end: int
    value_start: int
    value_end: int
    value: str


@dataclass
class Element:
    """An element, by the bytes it takes.

    tag: its qualified name as written.
    start: of its start tag. inside: first byte after the start tag; end: first after the element.
    close: first byte of its end tag; equal to `inside` where it is empty (`<a/>`).
    """

    name: Name
    tag: str
    spaces: dict[str, str]
    attributes: dict[Name, Attribute]
    start: int
    inside: int
    close: int = 0
    end: int = 0
    empty: bool = False
    children: list[Element] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]

    def child(self, name: Name) -> Element | None:
        """The first child called `name`."""
        return next((each for each in self.children if each.name == name), None)


@dataclass(frozen=True)
class Edit:
    """Bytes `start` to `end` replaced by `text`."""

    start: int
    end: int
    text: bytes


class XmpText:
    """The text of a sidecar.

    Attributes:
        text: UTF-8, as `encode` turns it back.
        descriptions: the resources' descriptions, in their order.
    """

    def __init__(self, data: bytes, name: str) -> None:
        """Take the sidecar `data`, called `name` in errors.

        Raises:
            SidecarUnreadable: it is no XMP, is damaged, or declares entities.
        """
        self._mark, self._encoding = next(
            ((mark, code) for mark, code in _MARKS if data.startswith(mark)), (b"", "utf-8")
        )
        try:
            if len(data) > _MOST_BYTES:
                raise ValueError("it is larger than any sidecar")
            text = data[len(self._mark) :].decode(self._encoding)
            if re.search("<!(DOCTYPE|ENTITY)", text):
                raise ValueError("it declares entities")
            self.text = text.encode()
            root = _parsed(self.text)
        except (ValueError, expat.ExpatError, RecursionError) as error:
            raise SidecarUnreadable(
                f"{name} can't be read as XMP: {error}",
                "Move it away, or have the program that wrote it write it anew.",
            ) from None
        rdf = next((each for each in _all(root) if each.name == (RDF, "RDF")), None)
        described = [] if rdf is None else rdf.children
        self.descriptions = [each for each in described if each.name == (RDF, "Description")]
        if not self.descriptions:
            raise SidecarUnreadable(
                f"{name} holds no XMP description",
                "Move it away, or have the program that wrote it write it anew.",
            )

    def encode(self) -> bytes:
        """The sidecar's bytes, in the encoding that it came in."""
        return self._mark + self.text.decode().encode(self._encoding)

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The sidecar's bytes after `edits`, which don't overlap."""
        text = self.text
        for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return self._mark + text.decode().encode(self._encoding)

    def value(self, name: Name) -> str | None:
        """The text of a simple property, in either of its forms; None where it isn't there."""
        for each in self.descriptions:
            if attribute := each.attributes.get(name):
                return attribute.value
            if (child := each.child(name)) and not child.children:
                return unescape(self.text[child.inside : child.close].decode(), _QUOTES)
        return None

    def set(self, name: Name, prefix: str, value: str) -> list[Edit]:
        """The edits that give a simple property that value."""
        for each in self.descriptions:
            if attribute := each.attributes.get(name):
                return [Edit(attribute.value_start, attribute.value_end, _quoted(value))]
            if child := each.child(name):
                text = escape(value).encode()
                if child.empty:
                    tag = child.tag.encode()
                    opened = self.text[child.start : child.end].rstrip(b"/> \t\r\n")
                    return [Edit(child.start, child.end, opened + b">" + text + b"</" + tag + b">")]
                return [Edit(child.inside, child.close, text)]
        return []

    def items(self, name: Name) -> list[tuple[Element, str]]:
        """The elements and texts of an array property."""
        bag = self.bag(name)
        items = [] if bag is None else [each for each in bag.children if each.name == (RDF, "li")]
        return [
            (each, unescape(self.text[each.inside : each.close].decode(), _QUOTES).strip())
            for each in items
        ]

    def bag(self, name: Name) -> Element | None:
        """The rdf:Bag, Seq or Alt of an array property."""
        for each in self.descriptions:
            if child := each.child(name):
                return next(iter(child.children), None)
        return None

    def has(self, name: Name) -> bool:
        """Whether the property is there in any form."""
        return any(name in each.attributes or each.child(name) for each in self.descriptions)

    def space_before(self, place: int) -> int:
        """Where the white space before `place` begins."""
        return len(self.text[:place].rstrip(b" \t\r\n"))


_QUOTES = {"&quot;": '"', "&apos;": "'"}


def attribute_text(name: str, value: str) -> bytes:
    """An attribute as it is written, with a space before it."""
    return f" {name}={quoteattr(value)}".encode()


def _quoted(value: str) -> bytes:
    return escape(value, {'"': "&quot;", "'": "&apos;"}).encode()


def _all(element: Element) -> Iterator[Element]:
    yield element
    for each in element.children:
        yield from _all(each)


def _parsed(text: bytes) -> Element:
    """The root element of the XML in `text`."""
    parser = expat.ParserCreate("utf-8")
    stack: list[Element] = []
    roots: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > 100:
            raise ValueError("it is nested too deeply")
        place = parser.CurrentByteIndex
        inside = _end_of_tag(text, place)
        spaces = dict(stack[-1].spaces) if stack else {"xml": _XML}
        spaces |= {
            "" if key == "xmlns" else key.removeprefix("xmlns:"): value
            for key, value in attributes.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        raw = _ATTRIBUTE.finditer(text, place + 1 + len(tag.encode()), inside)
        found = {
            _resolved(each[2].decode(), spaces, element=False): Attribute(
                each.start(),
                each.end(),
                each.start(3) + 1,
                each.end(3) - 1,
                attributes[each[2].decode()],
            )
            for each in raw
        }
        name = _resolved(tag, spaces, element=True)
        empty = text[inside - 2 : inside] == b"/>"
        element = Element(name, tag, spaces, found, place, inside, empty=empty)
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)

    def end(tag: str) -> None:
        element = stack.pop()
        if element.empty:
            element.close = element.end = element.inside
        else:
            element.close = parser.CurrentByteIndex
            element.end = text.index(b">", element.close) + 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    return roots[0]


def _end_of_tag(text: bytes, place: int) -> int:
    """The first byte after the start tag at `place`: a value may hold a `>`."""
    quote = b""
    while True:
        mark = text[place : place + 1]
        if quote:
            quote = b"" if mark == quote else quote
        elif mark in (b'"', b"'"):
            quote = mark
        elif mark == b">":
            return place + 1
        place += 1


def _resolved(name: str, spaces: dict[str, str], *, element: bool) -> Name:
    prefix, colon, local = name.rpartition(":")
    if name == "xmlns" or prefix == "xmlns":
        return _XMLNS, local
    if not colon:
        return (spaces.get("", "") if element else ""), local
    if prefix not in spaces:
        raise ValueError(f"the prefix {prefix} is declared nowhere")
    return spaces[prefix], local
