"""The supported families of diffusion models, and how to detect the family of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """An architecture of diffusion models.

    name: short, for recipes and files.
    title: for people.
    pipelines: diffusers' class, and others whose folders hold the same networks.
    network: folder of the denoising network in a diffusers folder.
    side: square root of the number of pixels it was trained on.
    multiple: width and height must be multiples of it.
    steps, guidance: as its makers recommend.
    references: most reference pictures; 0 for models without them.
    half: 16-bit precisions in which none of its networks but the VAE overflows, best first.
    vae_in_32_bits: whether its VAE overflows in float16 and shows steps in bfloat16.
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
    half: tuple[str, ...]
    vae_in_32_bits: bool
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
            half=("bfloat16",),
            vae_in_32_bits=False,
            painter="generation.diffusion.families.klein:Klein",
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
            half=("float16", "bfloat16"),
            vae_in_32_bits=True,
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
            half=("float16", "bfloat16"),
            vae_in_32_bits=False,
            painter="generation.diffusion.families.stable_diffusion:Unet",
        ),
    )
}

# Tensors of only one architecture, in checkpoints of one file as in ComfyUI.
_SDXL = "conditioner.embedders.1.model."
_SDXL_FIRST = "conditioner.embedders.0.transformer."
_SD15 = "cond_stage_model.transformer."


def family_of_pipeline(name: str) -> Family | None:
    """The family of a diffusers folder by its `_class_name`; None if it isn't supported."""
    return next((each for each in FAMILIES.values() if name in each.pipelines), None)


def family_of_tensors(names: frozenset[str]) -> Family | None:
    """The family of a checkpoint of one file by its tensors' names; None if it isn't supported.

    Not supported here are SDXL's refiner, SD2, and files without text encoders (for which see
    `models/split_files.py`).
    """

    def any_of(start: str) -> bool:
        return any(name.startswith(start) for name in names)

    if any_of(_SDXL) and any_of(_SDXL_FIRST):
        return FAMILIES["sdxl"]
    if any_of(_SD15):
        return FAMILIES["sd15"]
    return None
