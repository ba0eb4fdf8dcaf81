"""Tiny Stable Diffusion models as one file in the layout of those who trained the real ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

Weights = Mapping[str, torch.Tensor]


def checkpoint(folder: Path, file: Path, metadata: Mapping[str, str] | None = None) -> Path:
    """The SD1.5 or SDXL folder as one file in the original layout, its configuration beside it."""
    parts = [load_file(folder / f"{name}/diffusion_pytorch_model.safetensors") for name in _NETS]
    texts = [folder / name / "model.safetensors" for name in ("text_encoder", "text_encoder_2")]
    tensors = original(*parts, *(load_file(text) for text in texts if text.exists()))
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file, metadata=dict(metadata or {}))
    weights = shutil.ignore_patterns("*.safetensors", "*.bin", "README.md")
    shutil.copytree(folder, file.with_suffix(""), ignore=weights)
    return file


_NETS = ("unet", "vae")


def original(
    unet: Weights, vae: Weights, first: Weights, second: Weights | None = None
) -> dict[str, torch.Tensor]:
    """The tensors of diffusers' networks in the original layout of SD1.5, or of SDXL."""
    tensors = {
        f"model.diffusion_model.{_unet_name(name, unet)}": each for name, each in unet.items()
    }
    tensors |= {f"first_stage_model.{name}": each for name, each in original_vae(vae)}
    if second is not None:
        tensors |= {f"conditioner.embedders.0.transformer.{k}": v for k, v in first.items()}
        tensors |= {f"conditioner.embedders.1.model.{k}": v for k, v in _open_clip(second)}
    else:
        tensors |= {f"cond_stage_model.transformer.{k}": v for k, v in first.items()}
    return tensors


def original_vae(weights: Weights) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of diffusers' VAE in the original layout."""
    for name, weight in weights.items():
        linear = "attentions" in name and weight.ndim == 2
        yield vae_name(name), weight[:, :, None, None].contiguous() if linear else weight


def _renamed(name: str, pairs: Mapping[str, str]) -> str:
    for ours, theirs in pairs.items():
        name = name.replace(ours, theirs)
    return name


_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}


def _unet_name(name: str, weights: Mapping[str, Any]) -> str:
    """CompVis's name for one of the weights of diffusers' UNet with two layers in each block."""
    fixed = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2",
        "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
    }
    for ours, theirs in fixed.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    part, _, rest = name.partition(".")
    if part == "mid_block":
        kind, place, rest = rest.split(".", 2)
        number = 1 if kind == "attentions" else 2 * int(place)
        return f"middle_block.{number}.{_inside(kind, rest)}"
    block, kind, place, rest = rest.split(".", 3)
    first, down = int(block), part == "down_blocks"
    if kind == "downsamplers":
        return f"input_blocks.{3 * (first + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        attends = any(each.startswith(f"up_blocks.{block}.attentions.") for each in weights)
        return f"output_blocks.{3 * first + 2}.{2 if attends else 1}.{rest}"
    number = 3 * first + int(place) + (1 if down else 0)
    side = "input_blocks" if down else "output_blocks"
    return f"{side}.{number}.{int(kind == 'attentions')}.{_inside(kind, rest)}"


def _inside(kind: str, rest: str) -> str:
    return _renamed(rest, _RESNET) if kind == "resnets" else rest


def vae_name(name: str) -> str:
    """CompVis's name for a weight of diffusers' VAE with four blocks."""
    for block in range(4):
        name = name.replace(f"decoder.up_blocks.{block}.", f"decoder.up.{3 - block}.")
        name = name.replace(f"encoder.down_blocks.{block}.", f"encoder.down.{block}.")
    name = name.replace("mid_block.resnets.0", "mid.block_1").replace(
        "mid_block.resnets.1", "mid.block_2"
    )
    return _renamed(
        name,
        {
            "mid_block.attentions.0.group_norm": "mid.attn_1.norm",
            "mid_block.attentions.0.to_q": "mid.attn_1.q",
            "mid_block.attentions.0.to_k": "mid.attn_1.k",
            "mid_block.attentions.0.to_v": "mid.attn_1.v",
            "mid_block.attentions.0.to_out.0": "mid.attn_1.proj_out",
            ".resnets.": ".block.",
            "downsamplers.0": "downsample",
            "upsamplers.0": "upsample",
            "conv_shortcut": "nin_shortcut",
            "conv_norm_out": "norm_out",
        },
    )


def _open_clip(weights: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """OpenCLIP's names for the weights of a CLIP text encoder; q, k and v are one there."""
    for name, weight in weights.items():
        short = name.removeprefix("text_model.")
        if short == "text_projection.weight":
            yield "text_projection", weight.T.contiguous()
        elif ".self_attn.q_proj." in short:
            both = [
                weights[name.replace("q_proj", each)] for each in ("q_proj", "k_proj", "v_proj")
            ]
            layer, kind = short.split(".")[2], short.rpartition(".")[2]
            yield f"transformer.resblocks.{layer}.attn.in_proj_{kind}", torch.cat(both)
        elif ".k_proj." not in short and ".v_proj." not in short:
            yield (
                _renamed(
                    short,
                    {
                        "embeddings.position_embedding.weight": "positional_embedding",
                        "embeddings.token_embedding.weight": "token_embedding.weight",
                        "final_layer_norm": "ln_final",
                        "encoder.layers.": "transformer.resblocks.",
                        "layer_norm1": "ln_1",
                        "layer_norm2": "ln_2",
                        "self_attn.out_proj": "attn.out_proj",
                        "mlp.fc1": "mlp.c_fc",
                        "mlp.fc2": "mlp.c_proj",
                    },
                ),
                weight.contiguous(),
            )
