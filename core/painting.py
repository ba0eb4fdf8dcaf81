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
        "", "Your own words, such as 'in a navy suit'; they join those for the look."
    )
    region: Literal["surroundings", "everything"] = parameter(
        "surroundings",
        "'surroundings': backdrop, clothes and the outer hair are painted, and the head is the "
        "sitter's own pixels. 'everything': the face is painted too.",
    )
    strength: float = parameter(
        0.6,
        "How far the studio's picture is left behind; 0 leaves it as it is.",
        low=0,
        high=1,
    )
    adapter: str = parameter(
        "auto",
        "What holds a Stable Diffusion model to the sitter: 'auto' takes the best one that is "
        "installed and whose licence is accepted.",
    )
    likeness: float = parameter(0.8, "How much the adapter counts; 0 is not at all.", low=0, high=1)
    guidance: float = parameter(
        0.0,
        "How much the picture is drawn towards the sitter on the way, where everything is "
        "painted; 0 is not at all. Another recogniser judges the result.",
        low=0,
        high=1,
    )
    steps: int = parameter(
        0,
        "Steps that the model takes; 0: as many as its makers recommend.",
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
        "On: what the model was tuned to the sitter by is used, where there is such. Off: the "
        "model paints as it came.",
    )
