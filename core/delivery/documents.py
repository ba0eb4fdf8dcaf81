"""Formats of photos for official documents, by country.

Size and background are those of the data set passport-photo-specs (MIT), which states where its
figures come from. It says little of the head; where it is silent, ICAO Doc 9303's 70 to 80 % of the
height count; for the 2 x 2 inches of the United States, which India takes too, the US Department of
State's 25 to 35 mm, with the eyes 28 to 35 mm above the lower edge; and for the United Kingdom HM
Passport Office's 29 to 34 mm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .sizes import Size

_SUFFIX = "-photo"
_ICAO, _UK = 0.75, 0.70
_TWO_INCHES, _TWO_INCHES_HEAD, _TWO_INCHES_EYES = (51, 51), 0.60, 0.39
_TWO_INCHES_SAYS = "Head 25 to 35 mm from chin to crown, eyes 28 to 35 mm above the lower edge"
_ABOVE = 0.35  # share of the room around the head that lies above it
_IN_MM = re.compile(r"(?:face|head) height\D*(\d+)\s*-\s*(\d+)\s*mm", re.IGNORECASE)
_IN_PERCENT = re.compile(r"(?:face|head)\D*(\d+)\s*-\s*(\d+)\s*%", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """What one country asks of the photo for one document.

    name: such as "germany-passport". title: for people.
    width_mm, height_mm: of the print.
    background: in words.
    requirements: further ones in words, as the data set has them.
    size: what `deliver` makes; for photographs only.
    """

    name: str
    title: str
    country: str
    width_mm: float
    height_mm: float
    background: str
    requirements: tuple[str, ...]
    size: Size


@lru_cache(maxsize=1)
def documents() -> Mapping[str, Document]:
    """All of them by name."""
    import passport_photo_specs as specs  # only those who ask for one wait for its table

    made = [
        _document(country["name"], each)
        for country in specs.countries()
        for each in country["documents"]
    ]
    return {document.name: document for document in made}


def _document(country: str, facts: Mapping[str, Any]) -> Document:
    name = str(facts["slug"]).removesuffix(_SUFFIX)
    width, height = float(facts["widthMm"]), float(facts["heightMm"])
    requirements = tuple(map(str, facts["requirements"]))
    if (width, height) == _TWO_INCHES:  # of which the data set says another share
        others = (each for each in requirements if not _IN_PERCENT.search(each))
        requirements = (*others, _TWO_INCHES_SAYS)
        head, eyes = _TWO_INCHES_HEAD, _TWO_INCHES_EYES
    else:
        head = _UK if name.startswith("uk-") else _stated_head(height, requirements)
        eyes = (1 - head) * _ABOVE + head / 2
    title = f"{country}: {facts['name']}"
    size = Size(
        name,
        title,
        int(facts["widthPx"]),
        int(facts["heightPx"]),
        float(facts["dpi"]),
        round(head, 3),
        round(eyes, 3),
        photograph=True,
    )
    return Document(
        name, title, country, width, height, str(facts["background"]), requirements, size
    )


def _stated_head(height: float, requirements: tuple[str, ...]) -> float:
    """Chin to crown as a share of the height."""
    for text in requirements:
        if found := _IN_MM.search(text):
            return (float(found[1]) + float(found[2])) / 2 / height
        if found := _IN_PERCENT.search(text):
            return (float(found[1]) + float(found[2])) / 200
    return _ICAO
