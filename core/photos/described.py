"""What a photographer wrote about a picture: stars, keywords, caption, creator and copyright.

It is read from XMP, in the file or beside it, and creator and copyright from EXIF too, where
cameras write them. It may name people, so it goes into no file unless that is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from xml.etree import ElementTree

import PIL.Image

from ..errors import PhotoDamaged
from .xmp_packet import packet, parsed

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ARTIST, _COPYRIGHT = 0x013B, 0x8298  # EXIF 2.32
_HEADERS = ("JPEG", "TIFF", "PNG")  # formats whose headers are read by Python, not by a C library
_MOST = 2000  # characters of a text
_MOST_KEYWORDS = 200


@dataclass(frozen=True)
class Description:
    """Empty texts, and no stars, where nothing was written.

    rating: stars, 1 to 5; -1 is rejected; 0 is none.
    keywords: in the order of the file.
    caption, creator, rights: texts; several creators with "; " between them.
    """

    rating: int = 0
    keywords: tuple[str, ...] = ()
    caption: str = ""
    creator: str = ""
    rights: str = ""

    def over(self, other: Description) -> Description:
        """The description, completed by `other` where it says nothing."""
        lacking = {each.name: getattr(other, each.name) for each in fields(self)
                   if not getattr(self, each.name)}  # fmt: skip
        return replace(self, **lacking)

    @property
    def copyright(self) -> Description:
        """Only whose the picture is."""
        return Description(creator=self.creator, rights=self.rights)


NOTHING = Description()


def description_of(data: bytes) -> Description:
    """What was written into the file `data`; what is damaged counts as not written."""
    found = NOTHING
    if (text := packet(data)) is not None:
        found = from_xmp(text)
    return found.over(_from_exif(data))


def beside(path: Path) -> Description:
    """What was written into the sidecar of the photo at `path`: photo.xmp or photo.nef.xmp."""
    for sidecar in (path.with_suffix(".xmp"), path.with_name(f"{path.name}.xmp")):
        with suppress(OSError, ValueError):
            return from_xmp(sidecar.read_bytes())
    return NOTHING


def from_xmp(packet: bytes) -> Description:
    """What an XMP packet says; nothing if it is damaged."""
    try:
        about = list(parsed(packet).iter(f"{_RDF}Description"))
    except PhotoDamaged:
        return NOTHING
    return Description(
        rating=_rating(next(_plain(about, f"{_XMP}Rating"), "")),
        keywords=tuple(_listed(about, f"{_DC}subject"))[:_MOST_KEYWORDS],
        caption=next(_listed(about, f"{_DC}description"), ""),
        creator="; ".join(_listed(about, f"{_DC}creator"))[:_MOST],
        rights=next(_listed(about, f"{_DC}rights"), ""),
    )


def _plain(about: list[ElementTree.Element], name: str) -> Iterator[str]:
    """The values of a property, written as an attribute or as an element."""
    for each in about:
        if (value := each.get(name) or each.findtext(name)) is not None:
            yield value


def _listed(about: list[ElementTree.Element], name: str) -> Iterator[str]:
    """The entries of a list (XMP part 1, 7.7), that of the default language first."""
    for each in about:
        entries = each.findall(f"{name}/*/{_RDF}li")
        entries.sort(key=lambda entry: entry.get(_LANGUAGE, "x-default") != "x-default")
        for entry in entries:
            if text := (entry.text or "").strip()[:_MOST]:
                yield text


def _rating(text: str) -> int:
    try:
        return max(-1, min(5, round(float(text))))
    except (ValueError, OverflowError):
        return 0


def _from_exif(data: bytes) -> Description:
    try:
        with PIL.Image.open(io.BytesIO(data), formats=_HEADERS) as picture:
            exif = picture.getexif()
        creator, rights = (_text(exif.get(tag)) for tag in (_ARTIST, _COPYRIGHT))
    except Exception:  # no format of Pillow's, or damaged metadata: a photo all the same
        return NOTHING
    return Description(creator=creator, rights=rights)


def _text(value: object) -> str:
    return value.replace("\0", " ").strip()[:_MOST] if isinstance(value, str) else ""
