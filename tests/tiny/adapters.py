"""Random adapters for the tiny models, in the layouts in which the real ones are published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

DIMENSIONS = 512
_SEEN = 160  # CLIP's width, two heads of 80 as ViT-H has sixteen


def faceid(unet: UNet2DConditionModel, file: Path, seed: int = 0) -> Path:
    """IP-Adapter FaceID with its LoRA."""
    torch.manual_seed(seed)
    width = unet.config.cross_attention_dim
    return _saved({**_face(width), **_attention(unet, lora=True)}, file)


def faceid_plus(unet: UNet2DConditionModel, file: Path, seed: int = 0) -> Path:
    """IP-Adapter FaceID Plus v2, with CLIP's encoder in `image_encoder` beside it."""
    torch.manual_seed(seed)
    width = unet.config.cross_attention_dim
    start = "image_proj.perceiver_resampler."
    tensors = {**_face(width), **_linear(f"{start}proj_in", width, _SEEN)}
    tensors |= {**_linear(f"{start}proj_out", width, width), **_norm(f"{start}norm_out", width)}
    tensors |= dict(_layers(start, width, width))
    config = CLIPVisionConfig(
        hidden_size=_SEEN,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        hidden_act="gelu",
        image_size=32,
        patch_size=8,
        projection_dim=16,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(file.parent / "image_encoder")
    return _saved({**tensors, **_attention(unet, lora=True)}, file)


def instantid(unet: UNet2DConditionModel, file: Path, seed: int = 0) -> Path:
    """InstantID, with its ControlNet in `ControlNetModel` beside it."""
    torch.manual_seed(seed)
    width, inner = unet.config.cross_attention_dim, 64
    start = "image_proj."
    tensors = {f"{start}latents": torch.randn(1, 16, inner) * inner**-0.5}
    tensors |= {**_linear(f"{start}proj_in", inner, DIMENSIONS)}
    tensors |= {**_linear(f"{start}proj_out", width, inner), **_norm(f"{start}norm_out", width)}
    tensors |= dict(_layers(start, inner, inner))
    network = ControlNetModel.from_unet(unet, conditioning_channels=3)
    with torch.no_grad():  # they are made as zeros, which would add nothing
        for weight in network.controlnet_down_blocks.parameters():
            torch.nn.init.normal_(weight, std=0.05)
    network.save_pretrained(file.parent / "ControlNetModel")
    return _saved({**tensors, **_attention(unet, lora=False)}, file)


def _face(width: int, tokens: int = 4) -> dict[str, Tensor]:
    """What makes tokens of an embedding."""
    return {
        **_linear("image_proj.proj.0", 2 * DIMENSIONS, DIMENSIONS),
        **_linear("image_proj.proj.2", width * tokens, 2 * DIMENSIONS),
        **_norm("image_proj.norm", width),
    }


def _layers(start: str, width: int, given: int) -> Iterator[tuple[str, Tensor]]:
    """Four layers that let tokens attend to what is given."""
    inner = 64 * max(1, width // 64)
    for layer in range(4):
        first, second = f"{start}layers.{layer}.0.", f"{start}layers.{layer}.1."
        yield from _norm(f"{first}norm1", given).items()
        yield from _norm(f"{first}norm2", width).items()
        yield f"{first}to_q.weight", _random(inner, width)
        yield f"{first}to_kv.weight", _random(2 * inner, given)
        yield f"{first}to_out.weight", _random(width, inner)
        yield from _norm(f"{second}0", width).items()
        yield f"{second}1.weight", _random(4 * width, width)
        yield f"{second}3.weight", _random(width, 4 * width)


def _attention(unet: UNet2DConditionModel, *, lora: bool, rank: int = 4) -> dict[str, Tensor]:
    """Keys and values for each of the UNet's attentions, and LoRA for all of them."""
    tensors: dict[str, Tensor] = {}
    width, channels = unet.config.cross_attention_dim, unet.config.block_out_channels
    for place, name in enumerate(unet.attn_processors):
        side, _, rest = name.partition(".")
        number = rest.partition(".")[0]
        if side == "mid_block":
            size = channels[-1]
        else:
            size = (channels if side == "down_blocks" else channels[::-1])[int(number)]
        own = name.endswith("attn1.processor")
        if lora:
            for part in ("to_q", "to_k", "to_v", "to_out"):
                given = width if part in ("to_k", "to_v") and not own else size
                start = f"ip_adapter.{place}.{part}_lora"
                tensors[f"{start}.down.weight"] = torch.randn(rank, given) / rank
                tensors[f"{start}.up.weight"] = 0.05 * torch.randn(size, rank)
        if not own:
            tensors[f"ip_adapter.{place}.to_k_ip.weight"] = _random(size, width)
            tensors[f"ip_adapter.{place}.to_v_ip.weight"] = _random(size, width)
    return tensors


def _random(rows: int, columns: int) -> Tensor:
    return torch.randn(rows, columns) * columns**-0.5


def _linear(name: str, rows: int, columns: int) -> dict[str, Tensor]:
    return {f"{name}.weight": _random(rows, columns), f"{name}.bias": 0.1 * torch.randn(rows)}


def _norm(name: str, size: int) -> dict[str, Tensor]:
    weight, bias = 0.1 * torch.randn(2, size)
    return {f"{name}.weight": 1 + weight, f"{name}.bias": bias}


def _saved(tensors: dict[str, Tensor], file: Path) -> Path:
    """`tensors` in `file`: as .bin in two halves, or flat as .safetensors."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".safetensors":
        save_file({name: each.contiguous() for name, each in tensors.items()}, file)
        return file
    halves: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, each in tensors.items():
        half, _, rest = name.partition(".")
        halves[half][rest] = each
    torch.save(halves, file)
    return file
