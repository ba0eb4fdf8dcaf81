"""What the parts of a model keep in memory while they run.

`tests/benchmarks/diffusion/memory.py` traced it with the published shapes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[1] / "configs" / "activations.json"


@dataclass(frozen=True)
class Activations:
    """Bytes for one row of a batch at the size that a family was trained on.

    The VAE's are in its own precision, all others in 16 bits.

    text: the text encoder that takes the most.
    network: the denoiser.
    reference: more of it for each reference picture of a megapixel.
    controlnet: more of it with a ControlNet, whose residuals live beside it.
    encode, decode: the VAE.
    tiles: the VAE decoding in tiles.
    gradient: the VAE decoding a head with a gradient, for identity guidance.
    """

    text: int
    network: int
    reference: int
    controlnet: int
    encode: int
    decode: int
    tiles: int
    gradient: int


@cache
def activations(family: str) -> Activations:
    """The figures of the family called `family`."""
    return Activations(**json.loads(TABLE.read_text("utf-8"))[family])
