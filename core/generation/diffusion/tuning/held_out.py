"""The held-out photo: painted again, it shows how well the model has learnt the sitter."""

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

# How it is painted again: strength of the noise, number of steps, number of pictures.
_HIDDEN, _STEPS, _TIMES = 0.6, 8, 2


class HeldOut:
    """The held-out photo, painted again from noise and compared by the recogniser that judges."""

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
        self._painter, self._job = painter, shown.held_out
        embeddings = shown.photo.embeddings if shown.photo else {}
        self._wanted: Float = embeddings.get(name, identity.templates[name].vector)
        self._params = SamplingParams(NEGATIVE, _STEPS, guidance, _HIDDEN)

    def likeness(self) -> float:
        """The mean cosine between the painted pictures and the photo."""
        jobs = [replace(self._job, seed=number) for number in range(_TIMES)]
        pictures = paint(self._painter, self._params, iter(jobs), len(jobs))
        assert self._job.face is not None
        embeddings = [self._recogniser.embed(image, [self._job.face])[0] for _, image in pictures]
        return float(np.mean([each @ self._wanted for each in embeddings]))
