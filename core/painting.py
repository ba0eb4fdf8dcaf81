"""How a diffusion model shall paint, wherever it is said: in a recipe, a host or a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .parameters import parameter


@dataclass(frozen=True)
class Painting:
    """The parameters of painting; generators that paint nothing don't ask."""

    model: str = parameter(
        "",
        "Name of the model, as `headshots models` lists it; empty: the first one whose licence "
        "allows commercial work.",
    )
    text: str = parameter(
        "", "Your own prompt, such as 'in a navy suit'. It is added to the prompt of the look."
    )
    region: Literal["surroundings", "everything"] = parameter(
        "surroundings",
        "'surroundings': backdrop, clothes and the outer hair are painted, and the head is the "
        "sitter's own pixels. 'everything': the face is painted too.",
    )
    strength: float = parameter(
        0.6,
        "Denoising strength: how far the result may differ from the studio's picture. 0 "
        "leaves the picture as it is.",
        low=0,
        high=1,
    )
    adapter: str = parameter(
        "auto",
        "What holds a Stable Diffusion model to the sitter: 'auto' takes the best one that is "
        "installed and whose licence is accepted.",
    )
    likeness: float = parameter(0.8, "Weight of the adapter. 0 turns it off.", low=0, high=1)
    guidance: float = parameter(
        0.0,
        "Identity guidance while sampling, where the region is 'everything': how strongly "
        "the face is pulled towards the sitter's. 0 turns it off. Another recogniser "
        "judges the result.",
        low=0,
        high=1,
    )
    steps: int = parameter(
        0,
        "Sampling steps. 0 takes the number that the model's makers recommend.",
        low=0,
        high=200,
    )
    accept_licence: bool = parameter(
        False,
        "On: you have read the licences of the model and the adapter and may use them as you "
        "mean to, also where they don't allow commercial work or don't say. Each scorecard "
        "names them.",
    )
    tuned: bool = parameter(
        True,
        "On: the sitter's trained LoRA is used, if there is one. Off: the model is used "
        "as it came.",
    )
