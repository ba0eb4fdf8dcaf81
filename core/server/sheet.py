"""The contact sheet of a job: its pictures with their scorecards."""

from __future__ import annotations

from dataclasses import dataclass

from ..delivery.xmp import build_xmp
from ..errors import NothingHere
from ..photos.writing import encode
from ..picture import Picture
from ..recipes.step import Kind
from .jobs import Job
from .uploads import Upload


@dataclass(frozen=True, eq=False)
class Place:
    """A picture's place among the results: number `index` of `output` of the node `node`."""

    node: str
    output: str
    index: int
    picture: Picture


def places(job: Job) -> list[Place]:
    """The pictures of the last node that scored or judged some, in their order.

    Raises:
        NothingHere: the job has no results, or nothing in it was scored.
    """
    results = job.results
    if results is None:
        raise NothingHere(f"The job {job.id!r} has no results", f"It is {job.state}.")
    for node in reversed(list(results.recipe.nodes.values())):
        outputs = results.outputs.get(node.id, ())
        # Backwards: the step that chooses gives the kept pictures before all pictures.
        for declared, value in reversed(list(zip(node.step.outputs, outputs, strict=False))):
            if declared.kind is Kind.PICTURES and any(each.scorecard for each in value):
                return [
                    Place(node.id, declared.name, index, picture)
                    for index, picture in enumerate(value)
                ]
    raise NothingHere(f"Nothing in the job {job.id!r} was scored", "Add the step Score to it.")


def upload_of(job: Job, name: str) -> Upload:
    """The picture called `name` on the sheet as a file, with its scorecard in its metadata.

    Raises:
        NothingHere: there is none.
    """
    for each in places(job):
        picture = each.picture
        if picture.name == name:
            xmp = build_xmp(picture.scorecard, provenance=picture.provenance, title=name)
            return Upload(f"{name}.png", encode(picture.image, "png", xmp=xmp))
    raise NothingHere(f"No picture of the job {job.id!r} is called {name!r}", "See its sheet.")
