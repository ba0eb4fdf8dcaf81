"""Networks that adapters need beside their own weights: CLIP's vision encoder, a ControlNet.

Each is a folder as its makers publish it, or one `.safetensors` file without a configuration as in
ComfyUI; the configuration is then derived from the tensors and the UNet.
"""

from __future__ import annotations

from math import isqrt
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from ..models.libraries import diffusers, transformers

# LAION's CLIP ViT-H/14, with which FaceID Plus was trained: width of an attention head.
_HEAD, _ACTIVATION = 80, "gelu"


def vision(where: Path, dtype: Any) -> Any:
    """CLIP's vision encoder with its projection."""
    network = transformers("CLIPVisionModelWithProjection")
    if where.is_dir():
        return network.from_pretrained(
            where, dtype=dtype, local_files_only=True, use_safetensors=True
        ).requires_grad_(False)
    weights = load_file(where)
    config = _vision_config(weights)
    return network.from_pretrained(
        None, config=config, state_dict=weights, dtype=dtype
    ).requires_grad_(False)


def _vision_config(weights: dict[str, Tensor]) -> Any:
    start = "vision_model."
    patches = weights[f"{start}embeddings.patch_embedding.weight"]
    places = len(weights[f"{start}embeddings.position_embedding.weight"])
    projection = weights["visual_projection.weight"]
    layers = f"{start}encoder.layers."
    width, patch = len(patches), patches.shape[-1]
    return transformers("CLIPVisionConfig")(
        hidden_size=width,
        intermediate_size=len(weights[f"{layers}0.mlp.fc1.weight"]),
        num_hidden_layers=1 + max(int(n.split(".")[3]) for n in weights if n.startswith(layers)),
        num_attention_heads=width // _HEAD,
        image_size=patch * isqrt(places - 1),
        patch_size=patch,
        projection_dim=len(projection),
        hidden_act=_ACTIVATION,
    )


def controlnet(where: Path, unet: Any) -> Any:
    """InstantID's ControlNet in the precision of `unet`, which must have no adapter on it."""
    kind = diffusers("ControlNetModel")
    if where.is_dir():
        network = kind.from_pretrained(
            where, dtype=unet.dtype, local_files_only=True, use_safetensors=True
        )
    else:
        from accelerate import init_empty_weights

        with init_empty_weights():  # random ones would take time
            network = kind.from_unet(unet, load_weights_from_unet=False)
        network.load_state_dict(load_file(where), strict=True, assign=True)
        network = network.to(unet.dtype).eval()
    return network.requires_grad_(False)
