"""The values that a form was last used with: numbers, switches and choices, and no text."""

import json
from pathlib import Path

from gi.repository import Gimp

_LARGEST = 100_000  # bytes


def last_values(action):
    """The values that the entry of that name was last used with, by input."""
    values = _read().get(action, {})
    return values if isinstance(values, dict) else {}


def remember_values(action, values, inputs):
    """Note the values for the next time.

    Text isn't noted, as it may name somebody.

    Args:
        inputs: of the step, as in `GET /v1/steps`.
    """
    kinds = {each["name"]: each["kind"] for each in inputs}
    kept = {name: value for name, value in values.items() if kinds.get(name, "STRING") != "STRING"}
    every = {**_read(), action: kept}
    file = _file()
    part = file.with_suffix(".part")
    try:
        part.write_text(json.dumps(every))
        part.replace(file)
    except OSError:
        pass  # the next form begins with what the step declares


def _read():
    try:
        data = _file().read_bytes()[:_LARGEST]
        every = json.loads(data)
    except (OSError, ValueError):
        return {}
    return every if isinstance(every, dict) else {}


def _file():
    return Path(Gimp.directory()) / "headshots-forms.json"
