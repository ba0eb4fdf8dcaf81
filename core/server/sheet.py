"""The contact sheet of a job: its pictures beside what was said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..delivery.xmp import build_xmp
from ..errors import NothingHere
from ..images import Image
from ..photos.writing import encode
from ..recipes.graph import Link
from ..recipes.step import Kind
from ..scoring.scorecard import Scorecard
from .jobs import Job
from .pictures import Picture


@dataclass(frozen=True, eq=False)
class Entry:
    """One picture: output number `index` of `output` of the node `node`."""

    node: str
    output: str
    index: int
    image: Image
    card: Scorecard


def entries(job: Job) -> list[Entry]:
    """The pictures of the last node that scorecards were made or judged for, in their order.

    Raises:
        NothingHere: the job has no results, or nothing in it was scored.
    """
    results = job.results
    if results is None:
        raise NothingHere(f"The job {job.id!r} has no results", f"It is {job.state}.")
    for node in reversed(list(results.recipe.nodes.values())):
        source = node.inputs.get("images")
        given = results.outputs.get(node.id)
        if given is None or not isinstance(source, Link):
            continue
        images: Sequence[Image] = results.outputs[source.node][source.slot]
        output = results.recipe.nodes[source.node].step.outputs[source.slot]
        # Backwards: a choice gives the cards of those that it kept before those of all.
        for declared, value in reversed(list(zip(node.step.outputs, given, strict=True))):
            if declared.kind is Kind.SCORECARD and len(value) == len(images) > 0:
                pairs = zip(images, value, strict=True)
                return [
                    Entry(source.node, output.name, index, image, card)
                    for index, (image, card) in enumerate(pairs)
                ]
    raise NothingHere(f"Nothing in the job {job.id!r} was scored", "Add the step Score to it.")


def picture_of(job: Job, name: str) -> Picture:
    """The picture called `name` on the sheet, with its scorecard in its metadata.

    Raises:
        NothingHere: there is none.
    """
    for entry in entries(job):
        if entry.card.picture == name:
            xmp = build_xmp(entry.card, provenance=entry.card.provenance, title=name)
            return Picture(f"{name}.png", encode(entry.image, "png", xmp=xmp))
    raise NothingHere(f"No picture of the job {job.id!r} is called {name!r}", "See its sheet.")
