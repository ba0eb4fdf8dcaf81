"""Runs the recipes that the commands are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import NothingKept
from ..recipes.graph import build, with_inputs
from ..recipes.runner import Results
from ..recipes.runner import run as run_recipe
from ..recipes.step import Constant
from ..recipes.steps import CHOOSE_LOOK, KEEP_BEST
from .output import Output

if TYPE_CHECKING:
    from ..scoring.scorecard import Scorecard


def perform(document: Mapping[str, Any], inputs: Mapping[str, Constant], output: Output) -> Results:
    """Run a recipe with some of its inputs set, and show how it goes."""
    recipe = with_inputs(build(document), inputs)
    with output.progress() as progress:
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


def require_keepers(results: Results) -> None:
    """Raise NothingKept if the recipe chose and found nothing good enough."""
    chosen = list(results.of(KEEP_BEST.id))
    if chosen and not any(results.get(id, "kept") for id in chosen):
        raise NothingKept(
            "No picture was good enough to keep",
            "The scores and the contact sheet say why. Enrol more and sharper photos, try other "
            "looks or another seed, or lower --least-percentile.",
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
