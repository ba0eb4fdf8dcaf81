"""Makes the page: one HTML file that loads nothing, with or without a passphrase."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from jinja2 import Template

from ...errors import InputError
from ...faces import ANALYSERS
from ...picture import Picture
from ...settings import settings
from ..formats import render
from ..report import clean, environment
from ..sizes import FULL, SIZES
from .sealing import sealed
from .words import WORDS

Language: TypeAlias = Literal["en", "de"]
DEFAULT_SIZES = (FULL, "web", "linkedin")
_JPEG = b"\xff\xd8\xff"
_SHOWN = ("web", "team", FULL)  # of the sizes, which one the page shows: the first that is there
_MOST = 150_000_000  # bytes of a page, beyond which browsers and mail programs give up


@dataclass(frozen=True, eq=False)
class Chosen:
    """A picture for the page, and the bytes of its file, which are handed on as they are."""

    picture: Picture
    data: bytes


def gallery_html(
    chosen: Sequence[Chosen],
    *,
    title: str,
    sizes: Sequence[str] = DEFAULT_SIZES,
    language: Language = "en",
    passphrase: str | None = None,
) -> str:
    """The page with the pictures of one person.

    Names of files and people don't go into it, but for what `title` says. With a passphrase all
    of it, the title too, is encrypted (see `sealing`).

    Args:
        sizes: of `size_names()`; "full" is the file as it is, if it is a JPEG.

    Raises:
        InputError: no pictures, pictures of several people, or a passphrase that is too short.
        UnknownName: no such size.
        NoFace, SeveralFaces: a picture doesn't show one person.
        PhotographNeeded: a size for official documents.
    """
    if not chosen:
        raise InputError("No picture was chosen", "Give at least one.")
    check_one_person([each.picture for each in chosen])
    words = WORDS[language]
    content = {
        "title": clean(title) or words["title"],
        "pictures": [_entry(number, each, sizes, words) for number, each in enumerate(chosen, 1)],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _MOST:
        raise InputError(
            f"The page would have {len(text) / 1e6:.0f} MB", "Choose fewer pictures or sizes."
        )
    payload: dict[str, Any] = {"open": content}
    if passphrase is not None:
        payload = sealed(text, passphrase)
    return _template().render(
        language=language,
        words=words,
        heading=content["title"] if passphrase is None else "",
        # A "<" could end the element that holds it.
        payload=json.dumps(payload, ensure_ascii=False).replace("<", "\\u003c"),
        script_words=json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"),
    )


def check_one_person(pictures: Sequence[Picture]) -> None:
    """Raise InputError if a picture shows somebody else than the first; nothing is kept of it."""
    analyser = ANALYSERS.get(settings().analyser)
    recogniser, first = analyser.recogniser, None
    for picture in pictures:
        face = picture.portrait.sitter(picture.name)
        (vector,) = recogniser.embed(picture.image, [face])
        first = vector if first is None else first
        if float(np.dot(first, vector)) < recogniser.different_person:
            raise InputError(
                f"{picture.name} shows somebody else than {pictures[0].name}",
                "Make a page for each person.",
            )


def _entry(
    number: int, chosen: Chosen, sizes: Sequence[str], words: dict[str, str]
) -> dict[str, Any]:
    files = [_file(number, chosen, size, words) for size in dict.fromkeys(sizes)]
    names = [each["size"] for each in files]
    shown = next((names.index(each) for each in _SHOWN if each in names), 0)
    return {"files": files, "shown": shown}


def _file(number: int, chosen: Chosen, size: str, words: dict[str, str]) -> dict[str, Any]:
    picture = chosen.picture.renamed(f"headshot-{number}")
    if size == FULL and chosen.data.startswith(_JPEG):
        data = chosen.data
        height, width = picture.image.shape[:2]
    else:
        made = render(picture, size=size)
        data, width, height = made.data, made.width, made.height
    return {
        "size": size,
        "label": words.get(f"size-{size}") or SIZES[size].title,
        "name": f"headshot-{number}-{size}.jpg",
        "width": width,
        "height": height,
        "data": base64.b64encode(data).decode(),
    }


@lru_cache(maxsize=1)
def _template() -> Template:
    return environment().from_string(Path(__file__).with_name("gallery.html").read_text("utf-8"))
