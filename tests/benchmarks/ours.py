"""headshots itself, by the steps that recipes, command line and hosts run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import cv2
from worker import Prepare, Run

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, LOOKS, Candidate, Request, find_look
from headshots.core.generation.studio.candidate import Shot, shoot
from headshots.core.generation.studio.compose.composite import Prepared
from headshots.core.generation.studio.plate.plate import Reach
from headshots.core.generation.studio.plate.plate_cache import prepare
from headshots.core.generation.studio.transfer.feature_transfer import Source
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.picture import Picture, numbers
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes import steps
from headshots.core.recipes.step import Step
from headshots.core.settings import settings

LOOK, SCENE = "studio-grey", "office"
WIDTH, LARGE = 1024, 4096
BATCH, HUNDRED = 20, 100  # pictures that are made, and scored together
MANY = 500  # more than any benchmark asks of one generation


def tasks(folder: Path) -> dict[str, Prepare]:
    sitter, large = folder / "sitter.png", sorted((folder / "large").iterdir())

    def enrol() -> tuple[Run, int]:
        return lambda: _enrolled(*large), len(large)

    def analyse() -> tuple[Run, int]:
        images = [read_photo(path).image for path in sorted((folder / "photos").iterdir())]
        analyser = ANALYSERS.get(settings().analyser)
        return lambda: [analyser.analyse(image) for image in images], len(images)

    def first() -> tuple[Run, int]:
        request = _request(_enrolled(sitter), 1)
        return lambda: next(GENERATORS.get("studio").generate(request)), 1

    def following() -> tuple[Run, int]:
        # Not by a generator, which makes the next one ready while this one is looked at.
        ready, shot, index = _prepared(_enrolled(sitter)), Shot(0, find_look(LOOK)), count(1)
        given = {"seed": 1, "width": WIDTH, "keep_stages": False}
        return lambda: shoot(ready, shot, index=next(index), **given), 1

    def prepared() -> tuple[Run, int]:
        identity = _enrolled(sitter)
        return lambda: _prepared(identity), 1

    def large_first() -> tuple[Run, int]:
        request = replace(_request(_enrolled(large[0]), 1), width=LARGE)
        return lambda: next(GENERATORS.get("studio").generate(request)), 1

    def large_following() -> tuple[Run, int]:
        request = replace(_request(_enrolled(large[0]), MANY), width=LARGE)
        request = replace(request, looks=tuple(find_look(name) for name in (LOOK, SCENE)))
        candidates = GENERATORS.get("studio").generate(request)
        next(candidates)
        return lambda: next(candidates), 1

    def eight() -> tuple[Run, int]:
        cv2.setNumThreads(settings().threads)  # which it has a number of its own of
        looks = tuple(LOOKS.values())[:8]
        request = Request(_enrolled(*large), looks, len(looks), seed=1, width=WIDTH)
        return lambda: [None for _ in GENERATORS.get("studio").generate(request)], len(looks)

    def score() -> tuple[Run, int]:
        identity = _enrolled(sitter)
        made = next(GENERATORS.get("studio").generate(_request(identity, 1)))
        return lambda: _scored(identity, [made]), 1

    def score_many() -> tuple[Run, int]:
        identity = _enrolled(*large)
        looks = tuple(LOOKS.values())[:BATCH]
        made = list(
            GENERATORS.get("studio").generate(Request(identity, looks, BATCH, seed=1, width=WIDTH))
        )
        times = -(-HUNDRED // BATCH)
        return lambda: _scored(identity, made * times), BATCH * times

    def whole() -> tuple[Run, int]:
        return lambda: _job(large), 1

    return {
        "whole": whole,
        "enrol": enrol,
        "analyse": analyse,
        "first": first,
        "next": following,
        "prepare": prepared,
        "large-first": large_first,
        "large-next": large_following,
        "eight": eight,
        "score": score,
        "score-many": score_many,
    }


def _prepared(identity: Identity) -> Prepared:
    look = find_look(LOOK)
    framing = look.framing
    head, reach = round(framing.head * WIDTH / framing.aspect), Reach.of([framing])
    return prepare(
        Source(identity.photos[0]), head, identity, reach, retouches=[look.finish.retouch]
    )


def _job(paths: Sequence[Path]) -> None:
    """What `headshots generate` does for a new sitter: enrol, make one of each look, score."""
    identity = _enrolled(*paths)
    looks = tuple(LOOKS.values())[:8]
    made = list(GENERATORS.get("studio").generate(Request(identity, looks, len(looks), seed=1)))
    _scored(identity, made)


def _scored(identity: Identity, made: Sequence[Candidate]) -> None:
    """Score pictures of which nothing is measured yet."""
    pictures = [
        Picture(name, Portrait(each.image, each.matte), each.provenance)
        for name, each in zip(numbers(len(made)), made, strict=True)
    ]
    _call(steps.SCORE, identity=identity, pictures=pictures)


def _enrolled(*paths: Path) -> Identity:
    (photos,) = _call(steps.READ_PHOTOS, paths="\n".join(map(str, paths)))
    return _call(steps.ENROL, photos=photos, name="Benchmark", consent="yes")[0]


def _request(identity: Identity, count: int) -> Request:
    return Request(identity, (find_look(LOOK),), count, seed=1, width=WIDTH)


def _call(step: Step, **given: Any) -> tuple[Any, ...]:
    """The step's outputs for the inputs `given`, the others at their defaults."""
    defaults = {each.name: each.default for each in step.inputs}
    return step.call({**defaults, **given, "progress": SILENT})
