"""What each candidate is begun from: the studio's composite, words for its look, and photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ....images import Image, resize
from ...generator import Candidate, Request
from ...looks import Look
from ..adapters.identity_conditioning import references
from ..families.detect import Family
from ..families.painter import PaintJob
from ..families.prompts import prompt_of
from ..models.encoding_cache import Kept
from .regions import surroundings

_REFERENCE = 512  # pixels along a side of a reference photo; a head has no more detail to tell


class PaintJobs:
    """The beginnings of a request's candidates, for a model of `family` trained on `side`.

    word: the sitter's own, to a model that is tuned to them.
    """

    def __init__(self, request: Request, family: Family, side: int, word: str = "") -> None:
        self._request, self._family, self._side = request, family, side
        self._word = word
        self._shown = Kept()

    def of(self, composite: Candidate, index: int) -> PaintJob:
        """The beginning of candidate `index`, in a size that the model was trained on."""
        painting, family = self._request.painting, self._family
        look = next(each for each in self._request.looks if each.name == composite.provenance.look)
        height, width = composite.image.shape[:2]
        factor = self._side / (height * width) ** 0.5
        rows, columns = (
            max(1, round(side * factor / family.multiple)) * family.multiple
            for side in (height, width)
        )
        start = np.clip(resize(composite.image, columns, rows), 0, 1)
        matte = np.clip(resize(composite.portrait.cutout, columns, rows), 0, 1)
        faces = composite.portrait.faces
        face = faces[0].scaled(columns / width) if faces else None
        mask = surroundings(matte, face) if painting.region == "surroundings" and face else None
        # The composite says how, the photos say who.
        shown = (start, *self._photos(look)) if family.references else ()
        prompt = prompt_of(look, self._request.identity, painting.text, self._word)
        seed = _seed(self._request.seed, index, 0)
        return PaintJob(start, mask, face, prompt, seed, shown)

    def _photos(self, look: Look) -> tuple[Image, ...]:
        count = self._family.references - 1
        return self._shown.once(
            look.name, lambda: references(self._request.identity, look, count, _REFERENCE)
        )

    def tries(self, begun: Sequence[PaintJob], first: int) -> Iterator[PaintJob]:
        """`begun`, whose first is candidate `first`, then the same with other noise, endlessly."""
        turn = 0
        yield from begun
        while True:
            turn += 1
            for place, each in enumerate(begun):
                yield replace(each, seed=_seed(self._request.seed, first + place, turn))


def _seed(seed: int, index: int, turn: int) -> int:
    return int(np.random.SeedSequence([seed, index, turn]).generate_state(1)[0])
