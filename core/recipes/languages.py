"""What steps are called in a person's language, from the texts that ComfyUI shows (locales/)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .step import Input, Output, Step

_LOCALES = Path(__file__).parents[2] / "locales"
# Four characters have a meaning in ComfyUI's translations, and are written so there: {'@'}.
_ESCAPED = re.compile(r"\{'([{}|@])'\}")


@dataclass(frozen=True)
class Words:
    """What a step, an input or an output is called, and what it is."""

    label: str
    text: str


@dataclass(frozen=True)
class StepWords:
    """The words for a step, for its inputs by name, and for its outputs in their order."""

    step: Words
    inputs: Mapping[str, Words]
    outputs: tuple[Words, ...]


def step_words(step: Step, language: str) -> StepWords:
    """A step in a language: BCP 47 or POSIX, such as "de", "de-AT" or "de_DE.UTF-8".

    In a language without texts it is in English, as declared.
    """
    said = _texts(_known(language)).get(step.id, {})
    inputs, outputs = said.get("inputs", {}), said.get("outputs", {})
    return StepWords(
        Words(
            _plain(said.get("display_name", step.title)),
            _plain(said.get("description", step.summary)),
        ),
        {each.name: _words(each, inputs.get(each.name, {})) for each in step.inputs},
        tuple(
            _words(each, outputs.get(str(number), {})) for number, each in enumerate(step.outputs)
        ),
    )


def _words(declared: Input | Output, said: Mapping[str, str]) -> Words:
    label = said.get("name", declared.name.replace("_", " "))
    return Words(_plain(label), _plain(said.get("tooltip", declared.tooltip)))


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _known(language: str) -> str:
    """The language as its folder is called; empty where there is none, and for English."""
    code = re.split(r"[-_.@]", language, maxsplit=1)[0].lower()
    there = code != "en" and any(each.name == code for each in _LOCALES.iterdir())
    return code if there else ""


@cache
def _texts(code: str) -> Mapping[str, Any]:
    return json.loads((_LOCALES / code / "nodeDefs.json").read_text("utf-8")) if code else {}
