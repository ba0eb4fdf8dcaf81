"""docs/architecture.md names modules and values that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
MODULES = sorted(set(re.findall(r"`?(core/[\w/]+\.py)`?", PAGE)))
VALUES = re.findall(r"^\| `(\w+)` \| `(core/[\w/]+\.py)` \|", PAGE, re.MULTILINE)
ROOMS = sorted(set(re.findall(r"\b(core/[a-z]+)(?![\w/.])", PAGE)))


@pytest.mark.parametrize("module", MODULES)
def test_a_named_module_is_there(module: str) -> None:
    assert (ROOT / module).is_file()


@pytest.mark.parametrize(("value", "module"), VALUES)
def test_a_value_is_where_the_page_says(value: str, module: str) -> None:
    assert re.search(rf"^class {value}\b", (ROOT / module).read_text("utf-8"), re.MULTILINE)


def test_every_room_of_the_core_is_drawn() -> None:
    rooms = {
        f"core/{each.parent.name}"
        for each in (ROOT / "core").glob("*/__init__.py")
        if each.parent.name != "__pycache__"
    }
    assert rooms == set(ROOMS)
