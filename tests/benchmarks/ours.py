"""headshots itself, by the steps that recipes, command line and hosts run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker import Prepare, Run

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, LOOKS, Request, find_look
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.progress import SILENT
from headshots.core.recipes import steps
from headshots.core.recipes.step import Step
from headshots.core.settings import settings

LOOK = "studio-grey"
MANY = 500  # more than any benchmark asks of one generation


def tasks(folder: Path) -> dict[str, Prepare]:
    sitter = folder / "sitter.png"

    def enrol() -> tuple[Run, int]:
        paths = sorted((folder / "large").iterdir())
        return lambda: _enrolled(*paths), len(paths)

    def analyse() -> tuple[Run, int]:
        images = [read_photo(path).image for path in sorted((folder / "photos").iterdir())]
        analyser = ANALYSERS.get(settings().analyser)
        return lambda: [analyser.analyse(image) for image in images], len(images)

    def first() -> tuple[Run, int]:
        request = _request(_enrolled(sitter), 1)
        return lambda: next(GENERATORS.get("studio").generate(request)), 1

    def following() -> tuple[Run, int]:
        candidates = GENERATORS.get("studio").generate(_request(_enrolled(sitter), MANY))
        next(candidates)
        return lambda: next(candidates), 1

    def score() -> tuple[Run, int]:
        identity = _enrolled(sitter)
        made = next(GENERATORS.get("studio").generate(_request(identity, 1)))
        given = {"images": [made.image], "mattes": [made.matte], "origins": [made.origin]}
        return lambda: _call(steps.SCORE, identity=identity, **given), 1

    def whole() -> tuple[Run, int]:
        paths = sorted((folder / "large").iterdir())
        return lambda: _job(paths), 1

    return {
        "whole": whole,
        "enrol": enrol,
        "analyse": analyse,
        "first": first,
        "next": following,
        "score": score,
    }


def _job(paths: Sequence[Path]) -> None:
    """What `headshots generate` does for a new sitter: enrol, make one of each look, score."""
    identity = _enrolled(*paths)
    looks = tuple(LOOKS.values())[:8]
    made = list(GENERATORS.get("studio").generate(Request(identity, looks, len(looks), seed=1)))
    _call(
        steps.SCORE,
        identity=identity,
        images=[each.image for each in made],
        mattes=[each.matte for each in made],
        origins=[each.origin for each in made],
    )


def _enrolled(*paths: Path) -> Identity:
    (photos,) = _call(steps.READ_PHOTOS, paths="\n".join(map(str, paths)))
    return _call(steps.ENROL, photos=photos, name="Benchmark")[0]


def _request(identity: Identity, count: int) -> Request:
    return Request(identity, (find_look(LOOK),), count, seed=1, width=1024)


def _call(step: Step, **given: Any) -> tuple[Any, ...]:
    """The step's outputs for the inputs `given`, the others at their defaults."""
    defaults = {each.name: each.default for each in step.inputs}
    return step.call({**defaults, **given, "progress": SILENT})
