"""The families of diffusion models that paint headshots, and how a file tells which it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """What holds for every model of one architecture.

    pipelines: diffusers' class, and others whose folders hold the same networks.
    network: the folder of the network that denoises, in a diffusers folder.
    side: the square root of the pixels it was trained on. multiple: which width and height must
        be multiples of. steps, guidance: what its makers recommend. strength: what share of the
        noise a starting picture gets, by default.
    references: how many pictures it looks at beside the text; 0 for models that take none.
    working: gigabytes beside the weights, in 16 bits, for one picture at `side` with guidance.
    painter: "module:class", relative to the core package.
    """

    name: str
    title: str
    pipelines: tuple[str, ...]
    network: str
    side: int
    multiple: int
    steps: int
    guidance: float
    references: int
    working: float
    painter: str


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="klein",
            title="FLUX.2 klein",
            pipelines=("Flux2KleinPipeline",),
            network="transformer",
            side=1024,
            multiple=16,
            steps=4,
            guidance=4.0,
            references=4,
            working=4.0,
            painter="generation.diffusion.families.klein:Klein",
        ),
        Family(
            name="qwen-edit",
            title="Qwen-Image-Edit-Plus",
            pipelines=("QwenImageEditPlusPipeline",),
            network="transformer",
            side=1024,
            multiple=16,
            steps=40,
            guidance=4.0,
            references=3,
            working=6.0,
            painter="generation.diffusion.families.qwen:Qwen",
        ),
        Family(
            name="sdxl",
            title="Stable Diffusion XL",
            pipelines=("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline"),
            network="unet",
            side=1024,
            multiple=8,
            steps=30,
            guidance=5.0,
            references=0,
            working=3.0,
            painter="generation.diffusion.families.stable_diffusion:Unet",
        ),
        Family(
            name="sd15",
            title="Stable Diffusion 1.5",
            pipelines=("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline"),
            network="unet",
            side=512,
            multiple=8,
            steps=30,
            guidance=7.0,
            references=0,
            working=1.5,
            painter="generation.diffusion.families.stable_diffusion:Unet",
        ),
    )
}

# Tensors that only one architecture has, in checkpoints of one file as ComfyUI keeps them.
_SDXL = "conditioner.embedders.1.model."
_SDXL_FIRST = "conditioner.embedders.0.transformer."
_SD15 = "cond_stage_model.transformer."


def family_of_pipeline(name: str) -> Family | None:
    """The family of a diffusers folder by its `_class_name`; None if it is none of ours."""
    return next((each for each in FAMILIES.values() if name in each.pipelines), None)


def family_of_tensors(names: frozenset[str]) -> Family | None:
    """The family of a checkpoint of one file by its tensors' names; None if it is none of ours.

    SDXL's refiner, SD2, and files without text encoders (see `models/split_files.py`) are none.
    """

    def any_of(start: str) -> bool:
        return any(name.startswith(start) for name in names)

    if any_of(_SDXL) and any_of(_SDXL_FIRST):
        return FAMILIES["sdxl"]
    if any_of(_SD15):
        return FAMILIES["sd15"]
    return None
