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
from .compressed import ASIDE, compressed, header_of, scaled, shapes_of
from .installed import INDEX, Model
from .libraries import diffusers, transformers
from .split_files import PREFIX

_Weights = dict[str, Any]
# Base models, which are not distilled, have the same tensors as the others, so the name decides.
_BASE = re.compile(r"(^|[-_ .])base([-_ .]|$)", re.IGNORECASE)


def assembled(model: Model, config: Path, precision: Any, resident: bool) -> Any:
    """The pipeline of `model`.

    config: a folder of configurations in diffusers' layout.
    resident: whether a denoiser in fewer than 16 bits stays so.

    Raises:
        ModelUnreadable: weights have an unknown quantisation.
        RuntimeError: a file doesn't hold the network of `config`.
    """
    index: dict[str, Any] = json.loads((config / INDEX).read_text("utf-8"))
    return diffusers(index["_class_name"])(
        transformer=_transformer(model, config, index, precision, resident),
        vae=_vae(model.others["vae"], config, index, precision),
        text_encoder=_text(model.others["text_encoder"], config, index, precision),
        tokenizer=tokenizer_of(model.path),
        scheduler=diffusers(index["scheduler"][1]).from_config(
            _read_json(config / "scheduler" / "scheduler_config.json")
        ),
        is_distilled=not _BASE.search(model.path.stem),
    )


def _transformer(
    model: Model, config: Path, index: dict[str, Any], precision: Any, resident: bool
) -> Any:
    kind, part, file = diffusers(index["transformer"][1]), "transformer", model.path
    about = _read_json(config / part / "config.json")
    if not (model.compressed and resident):
        weights = _renamed(_weights(file, precision))
        return _filled(lambda: kind.from_config(about), weights)
    import torch

    names = shapes_of(header_of(file), PREFIX)
    shapes = _renamed({n: torch.empty(shape, device="meta") for n, shape in names.items()})
    _filled(lambda: kind.from_config(about), shapes)  # whether they are all, and of these shapes
    return compressed(kind, file, config, part, precision, PREFIX).eval()


def _renamed(weights: _Weights) -> _Weights:
    """A denoiser's weights in diffusers' names."""
    return _converted("convert_flux2_transformer_checkpoint_to_diffusers", weights)


def _converted(how: str, *arguments: Any) -> _Weights:
    """Weights converted from the original checkpoint's names by a function of diffusers."""
    return getattr(import_module("diffusers.loaders.single_file_utils"), how)(*arguments)


def _vae(file: Path, config: Path, index: dict[str, Any], precision: Any) -> Any:
    about = _read_json(config / "vae" / "config.json")
    weights = _weights(file, precision)
    if not any(".up_blocks." in name for name in weights):  # not under diffusers' own names
        for place in ("encoder.quant_conv", "decoder.post_quant_conv"):
            for kind in ("weight", "bias"):
                if (name := f"{place}.{kind}") in weights:
                    weights[name.partition(".")[2]] = weights.pop(name)
        norm = {name: each for name, each in weights.items() if name.startswith("bn.")}
        weights = _converted("convert_ldm_vae_checkpoint", weights, about) | norm
    return _filled(lambda: diffusers(index["vae"][1]).from_config(about), weights)


def _text(file: Path, config: Path, index: dict[str, Any], precision: Any) -> Any:
    about = transformers("AutoConfig").from_pretrained(
        config / "text_encoder", local_files_only=True
    )
    weights = _weights(file, precision)
    # The output head is unused, and some files leave it out.
    weights.setdefault("lm_head.weight", weights.get("model.embed_tokens.weight"))
    return _filled(lambda: transformers(index["text_encoder"][1])(about), weights)


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
            if name.rpartition(".")[2] in ASIDE:
                continue
            tensor = opened.get_tensor(name)
            if tensor.dtype in (torch.uint8, torch.int8):
                raise ModelUnreadable(
                    f"The weights of {file} are rounded to less than 8 bits, or to whole numbers",
                    "Choose the file in 16 bits, or in 8 as fp8.",
                )
            tensor = scaled(opened, names, name, tensor)
            floating = tensor.is_floating_point()
            read[name.removeprefix(PREFIX)] = tensor.to(precision) if floating else tensor
    return read


def _read_json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8"))
