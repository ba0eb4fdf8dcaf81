"""How a diffusion model shall paint, wherever it is said: in a recipe, a host or a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .parameters import parameter

Sampler: TypeAlias = Literal["euler", "euler-ancestral", "dpmpp-2m", "lcm"]


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
        0.7,
        "Denoising strength: the share of noise with which painting on the studio's picture "
        "begins, the same with every model. 0 leaves the picture as it is.",
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
    cfg: float = parameter(
        0.0,
        "Classifier-free guidance scale (CFG): how strictly the prompt is followed. 0 takes what "
        "the model's makers recommend. LoRAs for few steps, such as Lightning, Turbo, Hyper or "
        "DMD2, need 1.",
        low=0,
        high=30,
    )
    sampler: Sampler = parameter(  # noqa: RUF009 - a plain string
        "euler",
        "Sampler. 'lcm' is for LoRAs such as LCM and DMD2, 'euler' for Lightning, Turbo and Hyper.",
    )
    shift: float = parameter(
        0.0,
        "Timestep shift of a flow model such as FLUX.2: higher values spend more steps on the "
        "composition. 0 takes the model's own. Stable Diffusion has none.",
        low=0,
        high=20,
    )
    loras: str = parameter(
        "",
        "LoRAs to load, with weights: 'film-grain: 0.6, lightning-8-steps: 1'. They are looked for "
        "in the folder loras of your models and of ComfyUI. One whose file doesn't state a licence "
        "for commercial work needs 'accept_licence'.",
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
