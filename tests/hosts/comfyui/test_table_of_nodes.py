"""docs/comfyui.md names for every node the tests that run it, and they are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from headshots.comfy_nodes.nodes import NODES

from .prepare import ROOT

ROW = re.compile(r"^\| `(Headshots\w+)` \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+\.py)::(\w+)`")
RECIPE = re.compile(r"`(\w+)`")

TABLE = dict(ROW.findall((ROOT / "docs" / "comfyui.md").read_text("utf-8")))


def test_every_node_has_a_row() -> None:
    assert set(TABLE) == {step.id for step in NODES}


@pytest.mark.parametrize("id", TABLE)
def test_its_tests_run_it(id: str) -> None:
    tests = TEST.findall(TABLE[id])
    recipes = RECIPE.findall(TEST.sub("", TABLE[id]))
    assert tests or recipes
    for file, name in tests:
        assert name in functions(Path(__file__).with_name(file)), f"{file} has no {name}"
    ran = "".join(
        [Path(__file__).with_name(file).read_text("utf-8") for file, _ in tests]
        + [(ROOT / "workflows" / "api" / f"{each}.json").read_text("utf-8") for each in recipes]
    )
    ran += Path(__file__).with_name("graphs.py").read_text("utf-8")
    # The edits are put together from the second half of their names.
    assert id in ran or f'"{id.removeprefix("Headshots")}"' in ran


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
