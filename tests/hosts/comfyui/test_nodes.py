"""The nodes as ComfyUI lists them: each step is one, with all that its declaration says."""

from __future__ import annotations

from typing import Any

import pytest

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.step import Input, Kind, Step

from .server import Server

TYPES = {Kind.CHOICE: "COMBO", Kind.CHOICES: "COMBO"}


@pytest.fixture(scope="module")
def listed(server: Server) -> dict[str, Any]:
    """What ComfyUI tells its front end of every node."""
    return server.get("/object_info")


def test_no_node_is_there_that_is_no_step(listed: dict[str, Any]) -> None:
    ours = {name for name, node in listed.items() if node["python_module"].endswith(".headshots")}
    assert ours == {step.id for step in NODES}
    assert all(step.id.startswith("Headshots") for step in NODES)


@pytest.mark.parametrize("step", NODES, ids=lambda step: step.id)
def test_a_step_is_a_node(step: Step, listed: dict[str, Any]) -> None:
    node = listed[step.id]
    assert (node["display_name"], node["description"]) == (step.title, step.summary)
    assert node["category"] == step.category and node["category"].startswith("Headshots/")
    assert node["output_node"] == step.ends

    assert node["output"] == [output.kind.value for output in step.outputs]
    assert node["output_tooltips"] == [output.tooltip for output in step.outputs]
    assert node["output_name"] == [output.name.replace("_", " ") for output in step.outputs]
    assert node["output_is_list"] == [
        output.kind in (Kind.IMAGE, Kind.MASK) for output in step.outputs
    ]

    inputs = {**node["input"]["required"], **node["input"].get("optional", {})}
    assert set(inputs) == {declared.name for declared in step.inputs}
    for declared in step.inputs:
        kind, options = inputs[declared.name]
        assert kind == TYPES.get(declared.kind, ",".join(filter(declared.kind.takes, Kind)))
        assert options["tooltip"] == declared.tooltip
        assert _told(options) == _declared(declared)
        wanted = declared.optional or declared.default is not None
        assert (declared.name in node["input"].get("optional", {})) == wanted


def _told(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "default": options.get("default"),
        "low": options.get("min"),
        "high": options.get("max"),
        "choices": tuple(options.get("options", ())),
        "multiline": options.get("multiline", False),
    }


def _declared(declared: Input) -> dict[str, Any]:
    default = declared.default
    return {
        "default": [*default] if isinstance(default, tuple) else default,
        "low": declared.low,
        "high": declared.high,
        "choices": declared.options(),
        "multiline": declared.multiline,
    }
