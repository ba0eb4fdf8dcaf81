"""Builds recipes in code, with outputs by name instead of number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .documents import literal
from .step import Step


@dataclass(frozen=True)
class Added:
    """A node that was added to a document."""

    id: str
    step: Step

    def __getitem__(self, output: str) -> list[Any]:
        """The link from the output of that name; KeyError if there is none."""
        for slot, declared in enumerate(self.step.outputs):
            if declared.name == output:
                return [self.id, slot]
        raise KeyError(output)


def add(document: dict[str, Any], step: Step, id: str = "", **inputs: Any) -> Added:
    """Add a node of `step` to `document`, which is in ComfyUI's API format.

    Args:
        id: of the node, and its title; default: the step's title.
        inputs: constants, and links as `Added` gives them.
    """
    id = id or step.title
    entries = {name: literal(value) for name, value in inputs.items()}
    document[id] = {"class_type": step.id, "inputs": entries, "_meta": {"title": id}}
    return Added(id, step)
