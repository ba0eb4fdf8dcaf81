"""The photo that isn't trained on: painted again, it tells how far the sitter was learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....errors import SetupError
from ....faces import ANALYSERS
from ....identity.identity import Identity
from ....images import Float
from ....settings import settings
from ..families.painter import Painter, SamplingParams
from ..families.prompts import NEGATIVE
from ..sampling.mobilefacenet import Recogniser
from ..sampling.sampler import paint
from .examples import Examples

# How it is made to come again: out of so much noise, in so many steps, so often.
_HIDDEN, _STEPS, _TIMES = 0.6, 8, 2


class HeldOut:
    """The held-out photo, painted again out of noise and judged by the recogniser that judges."""

    def __init__(
        self, identity: Identity, shown: Examples, painter: Painter, guidance: float
    ) -> None:
        self._recogniser = ANALYSERS.get(settings().judge).recogniser
        name = self._recogniser.name
        if name == Recogniser.name:
            raise SetupError(
                f"The judge {settings().judge!r} is the recogniser that steers",
                "Set HEADSHOTS_JUDGE to another one.",
            )
        self._painter, self._begun = painter, shown.held_out
        known = shown.photo.embeddings if shown.photo else {}
        self._wanted: Float = known.get(name, identity.templates[name].vector)
        self._wish = SamplingParams(NEGATIVE, _STEPS, guidance, _HIDDEN)

    def likeness(self) -> float:
        """The mean cosine of what is painted to the photo itself."""
        begun = [replace(self._begun, seed=number) for number in range(_TIMES)]
        made = paint(self._painter, self._wish, iter(begun), len(begun))
        assert self._begun.face is not None
        seen = [self._recogniser.embed(image, [self._begun.face])[0] for _, image in made]
        return float(np.mean([each @ self._wanted for each in seen]))
