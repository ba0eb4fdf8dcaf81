"""Runs the recipes that the commands are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import NothingKept
from ..passphrase import PASSPHRASE
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
    READ_PICTURES,
    SAVE_SITTER,
    SCORE,
    STUDIO,
)
from .output import Output

if TYPE_CHECKING:
    from ..scorecard import Scorecard

_MATTES = [each.name for each in READ_PICTURES.outputs].index("mattes")


def perform(document: Mapping[str, Any], inputs: Mapping[str, Constant], output: Output) -> Results:
    """Run a recipe with some of its inputs set, and show how it goes."""
    from ..settings import settings

    recipe = with_inputs(build(document, foreign=bool(settings().comfy)), inputs)
    if PASSPHRASE.asks:  # as a question would be lost amid the progress
        from ..vault import ask_early

        ask_early(storing=any(node.step is SAVE_SITTER for node in recipe.nodes.values()))
    with visiting(recipe), output.progress() as progress:
        return run_recipe(recipe, progress=progress)


def with_looks(document: dict[str, Any], looks: Sequence[str]) -> dict[str, Any]:
    """The recipe `document` with its one look, or chain of looks, replaced by `looks`."""
    from ..generation import find_look

    for look in looks:
        find_look(look)  # an unknown look is named before any node is
    replaced = {id for id, node in document.items() if node["class_type"] == CHOOSE_LOOK.id}
    kept = {id: node for id, node in document.items() if id not in replaced}
    # The chain's end keeps its id, as the nodes that are kept are linked to it.
    (end,) = {
        value[0]
        for node in kept.values()
        for value in node["inputs"].values()
        if isinstance(value, list) and value[0] in replaced
    }
    ids = [*(f"{end}.{number}" for number in range(1, len(looks))), end]
    for index, (id, look) in enumerate(zip(ids, looks, strict=True)):
        before = {"and_also": [ids[index - 1], 0]} if index else {}
        kept[id] = {"class_type": CHOOSE_LOOK.id, "inputs": {"look": look, **before}}
    return kept


def with_painting(document: dict[str, Any]) -> dict[str, Any]:
    """The recipe `document` with a node that says how to paint, linked to its studio."""
    painting = {
        "class_type": PAINTING.id,
        "inputs": {},
        "_meta": {"title": PAINTING.title},
    }
    painted = {
        id: {**node, "inputs": {**node["inputs"], "painting": [PAINTING.id, 0]}}
        if node["class_type"] == STUDIO.id
        else node
        for id, node in document.items()
    }
    return {**painted, PAINTING.id: painting}


def with_cards(document: dict[str, Any]) -> dict[str, Any]:
    """The recipe `document` with a node that writes a card for each picture that it delivers, or
    reads where it delivers none; linked to the node that scores them.
    """
    of = {node["class_type"]: id for id, node in document.items()}
    scored = document[of[SCORE.id]]["inputs"]
    inputs: dict[str, Any] = {"identity": scored["identity"]}
    if DELIVER_PICTURES.id in of:
        given = document[of[DELIVER_PICTURES.id]]["inputs"]
        inputs |= {name: given[name] for name in ("images", "scorecards", "mattes")}
        inputs["files"] = [of[DELIVER_PICTURES.id], 0]
    else:
        inputs |= {"images": scored["images"], "scorecards": [of[SCORE.id], 0]}
        inputs["mattes"] = [of[READ_PICTURES.id], _MATTES]
    title = AUTHENTICITY_CARD.title
    card = {"class_type": AUTHENTICITY_CARD.id, "inputs": inputs, "_meta": {"title": title}}
    return {**document, AUTHENTICITY_CARD.id: card}


def require_keepers(results: Results) -> None:
    """Raise NothingKept if the recipe chose and found nothing good enough."""
    chosen = list(results.of(KEEP_BEST.id))
    if chosen and not any(results.get(id, "kept") for id in chosen):
        from ..scoring.selection import what_to_add  # here, as --help must not wait for NumPy

        judged = [card for id in chosen for card in results.get(id, "scorecards")]
        add = next(iter(what_to_add(judged)), "Enrol more and sharper photos.")
        raise NothingKept(
            "No picture was good enough to keep",
            f"{add} The scores and the contact sheet say why of each; other looks, another seed "
            "or a lower --least-percentile may do, too.",
        )


def show_scores(output: Output, scorecards: Sequence[Scorecard]) -> None:
    """A row for each picture."""
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
