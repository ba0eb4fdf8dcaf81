"""Builds a pipeline from separate files of its networks, as in ComfyUI.

A file is refused if it has an unknown weight or lacks one.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from ....errors import ModelUnreadable
from ..families.qwen_vocabulary import tokenizer_of
from .installed import INDEX, Model
from .libraries import diffusers, transformers
from .split_files import PREFIX

_Weights = dict[str, Any]
# Tensors beside weights in 8 bits: the scale of each weight, and of its input.
_SCALES = ("scale_weight", "weight_scale")
_ASIDE = (*_SCALES, "scale_input", "input_scale", "comfy_quant", "scaled_fp8")
# Base models, which are not distilled, have the same tensors as the others, so the name decides.
_BASE = re.compile(r"(^|[-_ .])base([-_ .]|$)", re.IGNORECASE)


def assembled(model: Model, config: Path, precision: Any) -> Any:
    """The pipeline of `model`.

    config: a folder of configurations in diffusers' layout.

    Raises:
        ModelUnreadable: weights have an unknown quantisation.
        RuntimeError: a file doesn't hold the network of `config`.
    """
    index: dict[str, Any] = json.loads((config / INDEX).read_text("utf-8"))
    parts: dict[str, Any] = {
        "transformer": _network("transformer", config, index, model.path, precision),
        "vae": _network("vae", config, index, model.others["vae"], precision),
        "text_encoder": _text(config, index, model.others["text_encoder"], precision),
        "tokenizer": tokenizer_of(model.path),
        "scheduler": diffusers(index["scheduler"][1]).from_config(
            _read_json(config / "scheduler" / "scheduler_config.json")
        ),
    }
    if "is_distilled" in index:
        parts["is_distilled"] = not _BASE.search(model.path.stem)
    return diffusers(index["_class_name"])(**parts)


def _network(part: str, config: Path, index: dict[str, Any], file: Path, precision: Any) -> Any:
    kind = diffusers(index[part][1])
    about = _read_json(config / part / "config.json")
    weights = _weights(file, precision)
    if part == "transformer":
        weights = _converted("convert_flux2_transformer_checkpoint_to_diffusers", weights)
    else:
        weights = _flux_vae(weights, about)
    return _filled(lambda: kind.from_config(about), weights)


def _converted(how: str, *arguments: Any) -> _Weights:
    """Weights converted from the original checkpoint's names by a function of diffusers."""
    return getattr(import_module("diffusers.loaders.single_file_utils"), how)(*arguments)


def _flux_vae(weights: _Weights, about: dict[str, Any]) -> _Weights:
    if any(".up_blocks." in name for name in weights):  # under diffusers' own names
        return weights
    for place in ("encoder.quant_conv", "decoder.post_quant_conv"):
        for kind in ("weight", "bias"):
            if (name := f"{place}.{kind}") in weights:
                weights[name.partition(".")[2]] = weights.pop(name)
    norm = {name: each for name, each in weights.items() if name.startswith("bn.")}
    return _converted("convert_ldm_vae_checkpoint", weights, about) | norm


def _text(config: Path, index: dict[str, Any], file: Path, precision: Any) -> Any:
    kind = transformers(index["text_encoder"][1])
    about = transformers("AutoConfig").from_pretrained(
        config / "text_encoder", local_files_only=True
    )
    weights = _weights(file, precision)
    # The output head is unused, and some files leave it out.
    weights.setdefault("lm_head.weight", weights.get("model.embed_tokens.weight"))
    return _filled(lambda: kind(about), weights)


def _filled(make: Any, weights: _Weights) -> Any:
    with import_module("accelerate").init_empty_weights():
        network = make()
    network.load_state_dict(weights, strict=True, assign=True)
    return network.eval()


def _weights(file: Path, precision: Any) -> _Weights:
    """The tensors of `file` in `precision`; those in 8 bits are multiplied by their scales."""
    import torch
    from safetensors import safe_open

    read: _Weights = {}
    with safe_open(file, "pt") as opened:  # pyright: ignore
        names = set(opened.keys())
        for name in sorted(names):
            whole, _, kind = name.rpartition(".")
            if kind in _ASIDE:
                continue
            tensor = opened.get_tensor(name)
            if tensor.dtype in (torch.uint8, torch.int8):
                raise ModelUnreadable(
                    f"The weights of {file} are rounded to less than 8 bits, or to whole numbers",
                    "Choose the file in 16 bits, or in 8 as fp8.",
                )
            scale = next((f"{whole}.{each}" for each in _SCALES if f"{whole}.{each}" in names), "")
            if scale and kind == "weight":
                scales = opened.get_tensor(scale).float()
                if scales.ndim == 1 and scales.numel() == len(tensor):  # one for each row
                    scales = scales.reshape(-1, *[1] * (tensor.ndim - 1))
                tensor = tensor.float() * scales
            floating = tensor.is_floating_point()
            read[name.removeprefix(PREFIX)] = tensor.to(precision) if floating else tensor
    return read


def _read_json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8"))
