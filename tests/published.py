"""Published model files of their real size without weights: names, shapes and types of tensors.

They are made from the published configurations on the meta device, in the names of those who
trained the models, and written as sparse files: a header, and a hole where the weights would be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headshots.core.generation.diffusion.models.activations import TABLE
from headshots.core.generation.diffusion.models.libraries import diffusers, quiet, transformers

from .tiny.checkpoints import original, original_vae
from .tiny.split import original_flux_vae, original_klein

CONFIGS = TABLE.parent
META = torch.device("meta")
KINDS = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.uint8: "U8",
    torch.float8_e4m3fn: "F8_E4M3",
}
Weights = Mapping[str, Tensor]


def write_sparse(tensors: Weights, file: Path) -> Path:
    """A .safetensors file of these names, shapes and types, that takes no room."""
    header: dict[str, Any] = {}
    end = 0
    for name, each in tensors.items():
        start, end = end, end + each.numel() * each.element_size()
        kind = KINDS[each.dtype]
        header[name] = {"dtype": kind, "shape": list(each.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        opened.write(len(text).to_bytes(8, "little") + text)
        opened.truncate(8 + len(text) + end)
    return file


@cache
def weights(family: str, part: str, dtype: torch.dtype) -> Weights:
    """A network's weights in diffusers' or transformers' names, without values."""
    folder = CONFIGS / family
    name = json.loads((folder / "model_index.json").read_text("utf-8"))[part][1]
    with quiet(), META:
        if part.startswith("text_encoder"):
            made = transformers(name)(transformers("AutoConfig").from_pretrained(folder / part))
        else:
            about = json.loads((folder / part / "config.json").read_text("utf-8"))
            made = diffusers(name).from_config(about)
    return {
        key: each.to(dtype) if each.is_floating_point() else each
        for key, each in made.state_dict().items()
    }


def klein(dtype: torch.dtype = torch.bfloat16) -> dict[str, Tensor]:
    """Black Forest Labs' `flux-2-klein-4b`."""
    return dict(original_klein(weights("klein", "transformer", dtype)))


def klein_in_eight_bits(rows: bool) -> dict[str, Tensor]:
    """`flux-2-klein-4b-fp8`: the blocks' matrices in 8 bits; a scale for each, or for each row."""
    tensors: dict[str, Tensor] = {}
    for name, each in klein().items():
        if "_blocks." not in name or each.ndim != 2:
            tensors[name] = each
            continue
        layer = name.removesuffix(".weight")
        tensors[name] = each.to(torch.float8_e4m3fn)
        tensors[f"{layer}.weight_scale"] = torch.empty([len(each)] if rows else [], device=META)
        if not rows:
            tensors[f"{layer}.input_scale"] = torch.empty([], device=META)
    return tensors


def klein_in_four_bits() -> dict[str, Tensor]:
    """`flux-2-klein-4b-nvfp4`: two numbers in a byte, a scale for every sixteen."""
    tensors: dict[str, Tensor] = {}
    for name, each in klein().items():
        if "_blocks." not in name or each.ndim != 2:
            tensors[name] = each
            continue
        layer, (rows, columns) = name.removesuffix(".weight"), each.shape
        tensors[name] = torch.empty((rows, columns // 2), dtype=torch.uint8, device=META)
        scales = torch.empty((rows, columns // 16), device=META).to(torch.float8_e4m3fn)
        tensors[f"{layer}.weight_scale"] = scales
        for kind in ("weight_scale_2", "input_scale"):
            tensors[f"{layer}.{kind}"] = torch.empty([], device=META)
    return tensors


def qwen3(**changes: int) -> dict[str, Tensor]:
    """`qwen_3_4b`, without its head, which is that of its words; changes: to its configuration."""
    about = transformers("AutoConfig").from_pretrained(CONFIGS / "klein" / "text_encoder")
    about.update(changes)
    with quiet(), META:
        made = transformers("Qwen3ForCausalLM")(about).to(torch.bfloat16)
    return {name: each for name, each in made.state_dict().items() if name != "lm_head.weight"}


def flux2_vae() -> dict[str, Tensor]:
    """`flux2-vae`, in 32 bits."""
    return dict(original_flux_vae(weights("klein", "vae", torch.float32)))


def stable_diffusion(family: str, dtype: torch.dtype, vae: bool = True) -> dict[str, Tensor]:
    """`sd_xl_base_1.0` or `v1-5-pruned-emaonly`, or a checkpoint that comes without its VAE."""
    parts = ["unet", "vae", "text_encoder"]
    parts += ["text_encoder_2"] if family == "sdxl" else []
    texts = [weights(family, part, dtype) for part in parts]
    texts[2:] = [
        {n if n.startswith("text_") else f"text_model.{n}": each for n, each in text.items()}
        for text in texts[2:]
    ]
    tensors = original(*texts)
    start = "conditioner.embedders.0." if family == "sdxl" else "cond_stage_model."
    places = torch.empty((1, 77), dtype=torch.int64, device=META)
    tensors[f"{start}transformer.text_model.embeddings.position_ids"] = places
    if family == "sdxl":
        scale = torch.empty([], dtype=dtype, device=META)
        tensors["conditioner.embedders.1.model.logit_scale"] = scale
    if not vae:
        return {n: each for n, each in tensors.items() if not n.startswith("first_stage_model.")}
    return tensors


def stable_diffusion_vae(family: str) -> dict[str, Tensor]:
    """`sdxl_vae` or `vae-ft-mse-840000-ema-pruned`, in 32 bits."""
    return dict(original_vae(weights(family, "vae", torch.float32)))
