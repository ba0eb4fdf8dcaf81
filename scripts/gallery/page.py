"""The page: every picture with its verdict and a place for the eye's mark; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from headshots.core.errors import InputError

from .entry import Person
from .report import entries, reasons

HERE = Path(__file__).parent


def page(
    people: Sequence[Person],
    thumbnails: Mapping[str, str],
    *,
    title: str,
    seed: int,
    width: int,
    marks: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The page as HTML.

    thumbnails: data URLs of JPEGs, by the entries' files. title: tells galleries of other people
    apart, whose marks a browser keeps apart as well. marks: as `read_marks` gives them.
    """
    script = (HERE / "page.js").read_text("utf-8")
    every = list(entries(people))
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html").render(
        people=people,
        thumbnails=thumbnails,
        title=title,
        seed=seed,
        width=width,
        total=len(every),
        usable=sum(each.usable for each in people),
        reasons=reasons(every).most_common(),
        marks=Markup(json.dumps(list(marks)).replace("<", "\\u003c")),
        script=Markup(script),
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
    )


def read_marks(path: Path) -> list[dict[str, Any]]:
    """The marks of a file that the page saved.

    Raises:
        InputError: there is no such file, or it is another one.
    """
    remedy = "Give the marks.json that a gallery's page saved."
    try:
        saved = json.loads(path.read_text("utf-8"))
        marks = [_mark(each) for each in saved["marks"]]
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}", remedy) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no marks", remedy) from error
    return marks


def _mark(saved: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: saved[name] for name in ("person", "look", "sha256", "because")}
    if not all(isinstance(each, str) for each in words.values()):
        raise TypeError("a mark says what it is of, and why, in words")
    if not isinstance(saved["deliver"], bool):
        raise TypeError("a mark says whether the picture would be delivered")
    return {**words, "deliver": saved["deliver"]}
