"""The held-out photo: painted again, it shows how well the model has learnt the sitter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....errors import SetupError
from ....faces import ANALYSERS
from ....identity.identity import Identity
from ....images import Float
from ....settings import settings
from ..families.painter import Painter, PaintJob, SamplingParams
from ..families.prompts import NEGATIVE
from ..sampling.mobilefacenet import Recogniser
from ..sampling.sampler import paint
from .captions import WORD
from .examples import Examples

# How photos are painted again: strength of the noise, number of steps, seeds of each prompt.
_HIDDEN, _STEPS, _SEEDS = 0.9, 8, 2
# What the held-out photo is painted again as, beside its own caption, so that a LoRA that only
# repeats its captions is not taken for one that knows the sitter.
_OTHER = f"photograph of {WORD}, head and shoulders, studio headshot, soft light, grey background"


def again(guidance: float) -> SamplingParams:
    """How photos are painted again for judgements."""
    return SamplingParams(NEGATIVE, _STEPS, guidance, _HIDDEN)


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
        self._params = again(guidance)

    def likeness(self) -> float:
        """The mean cosine between the photo and itself painted by two prompts and two seeds."""
        jobs = [
            replace(self._job, prompt=prompt, seed=seed)
            for prompt in (self._job.prompt, _OTHER)
            for seed in range(_SEEDS)
        ]
        return float(np.mean([self._cosine(each) for each in jobs]))

    def _cosine(self, job: PaintJob) -> float:
        assert job.face is not None
        ((_, image),) = paint(self._painter, self._params, iter([job]), 1)
        return float(self._recogniser.embed(image, [job.face])[0] @ self._wanted)
