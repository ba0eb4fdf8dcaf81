"""The dresses that sitters may be put into, and the words that ask a model for them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from ..errors import InputError
from ..registry import unknown

_Words: TypeAlias = Annotated[str, Field(min_length=1)]
_BETWEEN = re.compile("[ -]")  # the words of a colour, which are of letters in any script
_LONGEST = 40


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Model(_Table):
    """How a family of models is asked; texts with {words} or {colour} to be filled in.

    dress: for one of the dresses.
    garment: for the garment of a second picture; empty where the family looks at one alone.
    tinted: for that garment in another colour.
    references: for further photos of the person, with {images} to be filled in; empty as `garment`.
    """

    dress: _Words
    garment: str = ""
    tinted: str = ""
    references: str = ""


class Dress(_Table):
    """One dress.

    title: for people.
    colour: its usual one.
    words: by family of models, with {colour} to be filled in.
    """

    title: _Words
    colour: _Words
    words: Mapping[str, _Words]


@lru_cache(maxsize=1)
def models() -> Mapping[str, Model]:
    """The families of models by name."""
    return {name: Model.model_validate(table) for name, table in _tables()["models"].items()}


@lru_cache(maxsize=1)
def dresses() -> Mapping[str, Dress]:
    """The dresses by name."""
    every: dict[str, Dress] = {}
    for name, table in _tables()["dresses"].items():
        facts = {key: table[key] for key in ("title", "colour")}
        words = {key: table[key] for key in table if key not in facts}
        every[name] = Dress.model_validate({**facts, "words": words})
    return every


def instruction(
    dress: str, colour: str, model: str, *, garment: bool = False, references: int = 0
) -> str:
    """The words that ask `model`, a family, for `dress`: what to paint and what stays.

    colour: in words, such as "dark green"; empty for the dress's or the garment's own.
    garment: a second picture shows what to put on; it takes the place of the dress.
    references: the number of further photos of the person, the last of the model's pictures.

    Raises:
        UnknownName: there is no such dress or family.
        InputError: the colour is none, or the family looks at no second picture.
    """
    if model not in models():
        raise unknown("model", model, tuple(models()))
    family, tone = models()[model], checked_colour(colour)
    first = 3 if garment else 2
    shown = _shown(family, range(first, first + references))
    if not garment:
        usual = dresses()[checked_dress(dress)]
        words = usual.words[model].format(colour=tone or usual.colour)
        return family.dress.format(words=words) + shown
    if not family.garment:
        able = [name for name, each in models().items() if each.garment]
        raise InputError(
            f"{model} looks at no picture of a garment",
            f"Choose {' or '.join(able)} as the model, or link no garment and choose a dress.",
        )
    return (family.tinted.format(colour=tone) if tone else family.garment) + shown


def _shown(family: Model, images: range) -> str:
    """What the pictures of these numbers show; empty for a family that looks at one alone."""
    if not images or not family.references:
        return ""
    names = " and ".join(f"image {number}" for number in images)
    verb = "shows" if len(images) == 1 else "show"
    return " " + family.references.format(images=f"I{names[1:]} {verb}")


def checked_dress(name: str) -> str:
    """The dress called `name`, or by its title, such as "navy-suit" for "Navy suit".

    Raises:
        UnknownName: there is none.
    """
    plain = "-".join(name.lower().split())
    if plain not in dresses():
        raise unknown("dress", name, tuple(dresses()))
    return plain


def checked_colour(text: str) -> str:
    """`text` without blanks around it, if it is empty or may be a colour in words.

    Raises:
        InputError: it is neither.
    """
    plain = " ".join(text.split())
    if plain and (len(plain) > _LONGEST or not all(map(str.isalpha, _BETWEEN.split(plain)))):
        raise InputError(
            f"The colour is {plain[:60]!r}",
            f"Write it in words of letters, such as 'dark green', with {_LONGEST} at most.",
        )
    return plain


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("dresses.toml").read_text("utf-8"))
