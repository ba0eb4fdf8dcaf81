"""In ComfyUI every node that takes a sitter asks whether they agreed to what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headshots.comfy_nodes.nodes import NODES
from headshots.core.identity.identity import Identity
from headshots.core.recipes.step import Kind, Step
from headshots.core.vault.consent import USES, agreed

from ...stored import put
from .graphs import Graph
from .server import Server

NAME = "Of few words"
ASKING = {
    step: each.use for step in NODES for each in step.inputs if each.use in USES
}  # what "any" asks for, the node that loads a sitter asks already


def linked(graph: Graph, step: Step, sitter: str) -> str:
    """A node of `step` in `graph` with all that it needs, and the sitter."""
    pictures = graph.pictures("obama.jpg", size=256)
    sources = {
        Kind.IDENTITY: lambda: sitter,
        Kind.IMAGE: lambda: pictures,
        Kind.LOOK: lambda: graph.add("HeadshotsChooseLook"),
        Kind.MODEL: lambda: graph.add("ProbeNoModel"),
        Kind.PICTURES: lambda: graph.add(
            "HeadshotsScore", pictures=[pictures, 0], identity=[sitter, 0]
        ),
    }
    wanted = [
        each for each in step.inputs if not each.kind.constant and (each.use or not each.optional)
    ]
    return graph.add(step.id, **{each.name: [sources[each.kind](), 0] for each in wanted})


@pytest.mark.parametrize("step", ASKING, ids=lambda step: step.id)
def test_a_sitter_who_agreed_to_something_else(
    step: Step, server: Server, astronaut: Identity
) -> None:
    use = ASKING[step]
    other = "deliver" if use == "generate" else "generate"
    put(replace(astronaut, name=NAME, consent=agreed(NAME, f"yes to {other}", days=30)))
    graph = Graph()
    node = linked(graph, step, graph.load(NAME))
    match step.outputs[0].kind:
        case Kind.MODEL:
            graph.add("ProbeSample", model=[node, 0], levels="[1, 0]")
        case Kind.PICTURES if not step.keeps:
            graph.add("HeadshotsShowScores", pictures=[node, 0])
        case Kind.IMAGE if not step.keeps:
            graph.add("PreviewImage", images=[node, 0])
        case Kind.LOOK:
            pictures = graph.pictures("obama.jpg", size=256)
            edited = graph.add("HeadshotsReplaceBackdrop", pictures=[pictures, 0], looks=[node, 0])
            graph.add("PreviewImage", images=[edited, 1])
        case _:
            assert step.keeps
    run = server.run(graph.prompt)
    assert (run.end, run.detail["node_type"]) == ("execution_error", step.id)
    assert run.detail["exception_type"] == "headshots.consent.withheld"
    assert run.detail["exception_message"].strip() == (
        f"{NAME!r} consented to {other}, not to {use}. "
        "Ask them, and enrol them again with a consent that covers it."
    )


def test_a_sitter_without_consent_is_not_loaded(server: Server, astronaut: Identity) -> None:
    put(replace(astronaut, name=NAME, consent=None))
    graph = Graph()
    graph.add("HeadshotsSaveSitter", identity=[graph.load(NAME), 0])
    run = server.run(graph.prompt)
    assert run.detail["exception_type"] == "headshots.consent.missing"
