"""Steps for other packs' nodes, derived from the recipe that uses them."""

from __future__ import annotations

from collections.abc import Mapping

from .documents import RawNode
from .step import Kind, Output, Step

MOST_OUTPUTS = 100  # of another pack's node
_OURS = "Headshots"  # what the ids of our steps begin with


def foreign_steps(raw: Mapping[str, RawNode], steps: Mapping[str, Step]) -> dict[str, Step]:
    """Steps for the other packs' nodes, by id; outputs linked to our steps get those kinds."""
    used: dict[str, dict[int, Kind]] = {}
    for node in raw.values():
        for declared in steps[node.step].inputs if node.step in steps else ():
            match node.inputs.get(declared.name):
                case [str(source), int(slot)] if 0 <= slot <= MOST_OUTPUTS:
                    kind = Kind.IMAGE if declared.kind is Kind.PICTURES else declared.kind
                    used.setdefault(source, {})[slot] = kind
                case _:
                    pass
    foreign: dict[str, Step] = {}
    for id, node in raw.items():
        if node.step in foreign or node.step.startswith(_OURS):
            continue
        kinds = used.get(id, {})
        outputs = tuple(
            Output(str(slot), kinds.get(slot, Kind.STRING), "")
            for slot in range(max(kinds, default=-1) + 1)
        )
        title = category = node.step
        foreign[id] = Step(node.step, title, category, "", (), outputs, "", effort=10, foreign=True)
    return foreign
