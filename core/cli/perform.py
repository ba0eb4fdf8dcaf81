"""Runs the recipes behind the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import NothingKept
from ..passphrase import PASSPHRASE
from ..recipes.builder import Added, add
from ..recipes.documents import literal
from ..recipes.foreign import visiting
from ..recipes.graph import build, with_inputs
from ..recipes.runner import Results
from ..recipes.runner import run as run_recipe
from ..recipes.step import Constant
from ..recipes.steps import (
    AUTHENTICITY_CARD,
    CHOOSE_LOOK,
    DELIVER_PICTURES,
    KEEP_BEST,
    PAINTING,
    SAVE_SITTER,
    SCORE,
    STEPS,
    STUDIO,
    TEAM_FRAMING,
)
from .output import Output

if TYPE_CHECKING:
    from ..scorecard import Scorecard


def perform(document: Mapping[str, Any], inputs: Mapping[str, Constant], output: Output) -> Results:
    """Run a recipe with some of its inputs set, and show its progress."""
    from ..settings import settings

    recipe = with_inputs(build(document, foreign=bool(settings().comfy)), inputs)
    if PASSPHRASE.asks:  # now, as a prompt would be lost in the progress output
        from ..vault import ask_early

        ask_early(storing=any(node.step is SAVE_SITTER for node in recipe.nodes.values()))
    with visiting(recipe), output.progress() as progress:
        return run_recipe(recipe, progress=progress)


def with_looks(document: dict[str, Any], looks: Sequence[str]) -> dict[str, Any]:
    """The recipe `document` with the looks of its one node that chooses some replaced."""
    from ..generation import find_look

    for look in looks:
        find_look(look)  # the error then names the look, and no node
    (node,) = (id for id, node in document.items() if node["class_type"] == CHOOSE_LOOK.id)
    chosen = document[node]["inputs"] | {"looks": literal(tuple(looks))}
    return document | {node: document[node] | {"inputs": chosen}}


def with_framing(document: dict[str, Any], head: float, eye_line: float) -> dict[str, Any]:
    """The recipe `document` with that head size and eye line for all its looks; 0: the look's."""
    return {
        id: {**node, "inputs": {**node["inputs"], "head": head, "eye_line": eye_line}}
        if node["class_type"] == CHOOSE_LOOK.id
        else node
        for id, node in document.items()
    }


def with_team(document: dict[str, Any], sitters: Sequence[str]) -> dict[str, Any]:
    """The recipe `document` with the looks of its Studio nodes framed for those stored sitters."""
    framed = {id: {**node, "inputs": {**node["inputs"]}} for id, node in document.items()}
    studios = [node for node in framed.values() if node["class_type"] == STUDIO.id]
    (looks,) = {tuple(node["inputs"]["looks"]) for node in studios}
    team = add(framed, TEAM_FRAMING, looks=list(looks), sitters="\n".join(sitters))
    for node in studios:
        node["inputs"]["looks"] = team["looks"]
    return framed


def with_painting(document: dict[str, Any]) -> dict[str, Any]:
    """The recipe `document` with a Painting node linked to its Studio nodes."""
    painted = {id: {**node, "inputs": {**node["inputs"]}} for id, node in document.items()}
    painting = add(painted, PAINTING)
    for node in painted.values():
        if node["class_type"] == STUDIO.id:
            node["inputs"]["painting"] = painting["painting"]
    return painted


def with_cards(document: dict[str, Any]) -> dict[str, Any]:
    """The recipe `document` with a node that writes an authenticity card for each delivered
    picture, or for each scored one where it delivers none.
    """
    of = {node["class_type"]: Added(id, STEPS[node["class_type"]]) for id, node in document.items()}
    scored = of[SCORE.id]
    inputs: dict[str, Any] = {
        "identity": document[scored.id]["inputs"]["identity"],
        "pictures": scored["pictures"],
    }
    if (delivered := of.get(DELIVER_PICTURES.id)) is not None:
        inputs["pictures"] = document[delivered.id]["inputs"]["pictures"]
        inputs["files"] = delivered["paths"]
    carded = dict(document)
    add(carded, AUTHENTICITY_CARD, "", **inputs)
    return carded


def require_keepers(results: Results) -> None:
    """Raise NothingKept if the recipe chooses pictures and kept none."""
    chosen = list(results.of(KEEP_BEST.id))
    if chosen and not any(results.get(id, "kept") for id in chosen):
        from ..scoring.selection import what_to_add  # late: --help must not wait for NumPy

        judged = [each.card for id in chosen for each in results.get(id, "judged")]
        add = next(iter(what_to_add(judged)), "Enrol more and sharper photos.")
        raise NothingKept(
            "No picture was good enough to keep",
            f"{add} The scores and the contact sheet give the reason for each picture. Other "
            "looks, another seed or a lower --least-percentile may help, too.",
        )


def show_files(output: Output, notes: Sequence[str], files: Sequence[str]) -> None:
    """Print what a command has to say, and the files that it wrote."""
    output.result({"notes": notes, "files": files})
    for line in (*notes, *files):
        output.line(line)


def show_scores(output: Output, scorecards: Sequence[Scorecard]) -> None:
    """Print a row for each scorecard."""
    output.table(
        ("Picture", "Verdict", "Likeness", "Percentile", "Why"),
        [
            (
                card.picture,
                card.verdict,
                f"{card.likeness:.3f}",
                f"{card.percentile:.0f}",
                "; ".join(card.reasons),
            )
            for card in scorecards
        ],
    )
