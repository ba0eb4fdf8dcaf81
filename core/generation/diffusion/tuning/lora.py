"""A LoRA on a loaded model, for training or painting, and its file.

Other programs can read the file: Stable Diffusion's uses kohya's names, FLUX.2's those of Black
Forest Labs, both with peft's values (Hu et al. 2021; alpha is the rank, so that the change is B A).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors.torch import load, load_file, save
from torch import Tensor

from ....errors import ModelUnreadable
from ....safetensors_header import in_order
from ..families.detect import Family
from ..models.libraries import quiet

_NAME = "sitter"
# Target layers: attention, which binds a word to an appearance.
_UNET = ("to_q", "to_k", "to_v", "to_out.0")
_FLUX = (*_UNET, "to_qkv_mlp_proj")

State: TypeAlias = dict[str, Tensor]
# A LoRA's name, its tensors or file, and its weight.
Wanted: TypeAlias = tuple[str, State | Path, float]


def put_on(network: Any, family: Family, rank: int, seed: int) -> None:
    """Add a LoRA that changes nothing yet, in 32 bits, for training."""
    from peft import LoraConfig

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network.add_adapter(
            LoraConfig(
                r=rank,
                lora_alpha=rank,
                init_lora_weights="gaussian",
                target_modules=_targets(network, family),
            ),
            adapter_name=_NAME,
        )
    for weight in trained(network).values():
        weight.data = weight.data.float()


def _targets(network: Any, family: Family) -> list[str]:
    if family.network == "unet":
        return list(_UNET)
    singles = range(len(network.single_transformer_blocks))
    return [*_FLUX, *(f"single_transformer_blocks.{n}.attn.to_out" for n in singles)]


def trained(network: Any) -> dict[str, Tensor]:
    """The trained weights by name, in the network's order."""
    return {
        name: weight
        for name, weight in network.named_parameters()
        if f".lora_A.{_NAME}." in name or f".lora_B.{_NAME}." in name
    }


def take_off(network: Any) -> None:
    """Remove the LoRA from the network."""
    if _NAME in getattr(network, "peft_config", {}):
        network.delete_adapters(_NAME)
        if not getattr(network, "peft_config", None):  # deleting the last one leaves its layers
            network.unload_lora()


@contextmanager
def without(network: Any) -> Generator[None]:
    """The network without the LoRA while the block runs."""
    network.disable_adapters()
    try:
        yield
    finally:
        network.enable_adapters()


def to_file(weights: Mapping[str, Tensor], family: Family, about: Mapping[str, str]) -> bytes:
    """A .safetensors file of `weights` (see `trained`); about: metadata."""
    plain = {name.replace(f".{_NAME}.", "."): each.detach() for name, each in weights.items()}
    written = _kohya(plain) if family.network == "unet" else _native(plain)
    held = {name: each.contiguous().cpu() for name, each in written.items()}
    return in_order(save(held, {**about, "format": "pt"}))


def sitter_lora(data: bytes) -> Wanted:
    """The LoRA of a sitter for `applied`; data: of its file."""
    return _NAME, load(data), 1.0


@contextmanager
def applied(pipeline: Any, family: Family, loras: Sequence[Wanted]) -> Generator[None]:
    """LoRAs on a loaded pipeline while the block runs.

    Raises:
        ModelUnreadable: one doesn't fit the model.
    """
    names: list[str] = []
    try:
        for number, (name, source, _) in enumerate(loras):
            names.append(_NAME if name == _NAME else f"lora_{number}")
            _load(pipeline, family, name, source, names[-1])
        pipeline.set_adapters(names, [weight for _, _, weight in loras])
        yield
    finally:
        pipeline.unload_lora_weights()


def _load(pipeline: Any, family: Family, name: str, source: State | Path, adapter: str) -> None:
    tensors = load_file(source) if isinstance(source, Path) else source
    try:
        with quiet():
            pipeline.load_lora_weights(tensors, adapter_name=adapter)
        on = adapter in getattr(getattr(pipeline, family.network), "peft_config", {})
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _unfit(name) from error
    if not on:  # files for other models are passed over with a warning
        raise _unfit(name)


def _unfit(name: str) -> ModelUnreadable:
    if name == _NAME:
        return ModelUnreadable(
            "The LoRA tuned to the sitter doesn't fit this model", "Tune it for this model."
        )
    return ModelUnreadable(
        f"The LoRA {name!r} doesn't fit this model", "Choose one that was made for its family."
    )


def _kohya(plain: State) -> State:
    convert = import_module("diffusers.utils.state_dict_utils").convert_state_dict_to_kohya
    return convert({f"unet.{name}": each for name, each in plain.items()})


def _native(plain: State) -> State:
    """Weights in the original names of FLUX.2, which has query, key and value in one matrix."""
    tensors: State = {}
    for name in plain:
        if not name.endswith(".lora_A.weight"):
            continue
        layer = name.removesuffix(".lora_A.weight")
        block, _, part = layer.partition(".attn.")
        kind, _, number = block.rpartition(".")
        if kind == "single_transformer_blocks":
            place = f"single_blocks.{number}.{'linear2' if part == 'to_out' else 'linear1'}"
            _add(tensors, place, [(plain, layer)])
        elif part == "to_out.0":
            _add(tensors, f"double_blocks.{number}.img_attn.proj", [(plain, layer)])
        elif part == "to_q":
            place = f"double_blocks.{number}.img_attn.qkv"
            _add(
                tensors,
                place,
                [(plain, f"{block}.attn.{each}") for each in ("to_q", "to_k", "to_v")],
            )
    return tensors


def _add(tensors: State, place: str, layers: list[tuple[State, str]]) -> None:
    """Add one or several layers, each of which gives its own part of the output."""
    down = [plain[f"{layer}.lora_A.weight"] for plain, layer in layers]
    up = [plain[f"{layer}.lora_B.weight"] for plain, layer in layers]
    tensors[f"diffusion_model.{place}.lora_A.weight"] = torch.cat(down)
    tensors[f"diffusion_model.{place}.lora_B.weight"] = torch.block_diag(*up)
