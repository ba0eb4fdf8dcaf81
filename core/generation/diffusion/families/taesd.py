"""TAESD: a decoder of latents far cheaper than the VAE's, good enough to recognise a face.

Its optional files are its author's (`taesd_decoder`, `taesdxl_decoder`), which ComfyUI uses for
previews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ....errors import ModelUnreadable
from ..models.comfyui_folders import comfyui_folders
from ..models.installed import models_folder
from .detect import Family

Decode: TypeAlias = Callable[[Tensor], Tensor]

_FOLDER = "vae_approx"
_NAMES: Mapping[str, str] = {"sd15": "taesd_decoder", "sdxl": "taesdxl_decoder"}
_WIDE = 64


def taesd(family: Family) -> Path | None:
    """The decoder's file for models of `family`; None where none is installed."""
    if family.name not in _NAMES:
        return None
    files = (
        folder / f"{_NAMES[family.name]}.{kind}"
        for folder in (models_folder() / _FOLDER, *comfyui_folders(_FOLDER))
        for kind in ("safetensors", "pth")
    )
    return next((file for file in files if file.is_file()), None)


def quick_decoder(file: Path) -> Decode:
    """The decoder, differentiable and in 32 bits.

    It turns latents (batch, 4, H, W), scaled as the denoiser takes them, into pixels
    (batch, 3, 8H, 8W), about -1..1.

    Raises:
        ModelUnreadable: the file doesn't hold that decoder.
    """
    from diffusers.models.autoencoders.vae import DecoderTiny  # pyright: ignore

    decoder: Any = DecoderTiny(
        in_channels=4,
        out_channels=3,
        num_blocks=(3, 3, 3, 1),
        block_out_channels=(_WIDE,) * 4,
        upsampling_scaling_factor=2,
        act_fn="relu",
        upsample_fn="nearest",
    )
    try:
        decoder.load_state_dict(dict(_renamed(_read(file))))
    except Exception as error:  # readers raise anything for a file of another kind
        raise ModelUnreadable(
            f"{file} doesn't hold TAESD's decoder", "Fetch it again, or take it away."
        ) from error
    decoder.eval().requires_grad_(False)
    return lambda latents: decoder.to(latents.device)(latents.float())


def _read(file: Path) -> Mapping[str, Tensor]:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return torch.load(file, map_location="cpu", weights_only=True)  # no pickled code


def _renamed(weights: Mapping[str, Tensor]) -> Any:
    """Diffusers' names: its layers are numbered after the one that clamps the latents."""
    for name, weight in weights.items():
        number, _, rest = name.partition(".")
        yield f"layers.{int(number) - 1}.{rest}", weight
