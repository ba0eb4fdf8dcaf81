"""A LoRA on a loaded model: put on to be trained or to paint, taken off, as a file of others.

The file holds it as other programs read it: Stable Diffusion's in kohya's names, FLUX.2's in those
of Black Forest Labs, both with peft's own numbers (Hu et al. 2021; alpha is the rank, so that the
change is B A).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from ....errors import ModelUnreadable
from ....safetensors_header import in_order
from ..families.detect import Family

_NAME = "sitter"
# Where it is put: attention, which binds a word to what it looks like.
_UNET = ("to_q", "to_k", "to_v", "to_out.0")
_FLUX = (*_UNET, "to_qkv_mlp_proj")

State = dict[str, Tensor]


def put_on(network: Any, family: Family, rank: int, seed: int) -> None:
    """A LoRA that changes nothing yet, in 32 bits, ready to be trained."""
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
    """The weights that are trained, by name, in the network's order."""
    return {
        name: weight
        for name, weight in network.named_parameters()
        if f".lora_A.{_NAME}." in name or f".lora_B.{_NAME}." in name
    }


def take_off(network: Any) -> None:
    """Leave the network as it was before."""
    if _NAME in getattr(network, "peft_config", {}):
        network.delete_adapters(_NAME)
        if not getattr(network, "peft_config", None):  # the last one leaves its layers behind
            network.unload_lora()


@contextmanager
def without(network: Any) -> Generator[None]:
    """The network as it was before it was tuned, while the block runs."""
    network.disable_adapters()
    try:
        yield
    finally:
        network.enable_adapters()


def to_file(weights: Mapping[str, Tensor], family: Family, about: Mapping[str, str]) -> bytes:
    """A .safetensors file of `weights` (see `trained`); about: what its header says."""
    plain = {name.replace(f".{_NAME}.", "."): each.detach() for name, each in weights.items()}
    written = _kohya(plain) if family.network == "unet" else _native(plain)
    held = {name: each.contiguous().cpu() for name, each in written.items()}
    return in_order(save(held, {**about, "format": "pt"}))


def from_file(data: bytes) -> State:
    """What is in such a file."""
    return load(data)


@contextmanager
def applied_lora(
    pipeline: Any, family: Family, data: bytes, weight: float = 1.0
) -> Generator[None]:
    """The LoRA of a file on a loaded pipeline while the block runs.

    Raises:
        ModelUnreadable: it doesn't fit the model.
    """
    network = getattr(pipeline, family.network)
    try:
        pipeline.load_lora_weights(from_file(data), adapter_name=_NAME)
        pipeline.set_adapters([_NAME], [weight])
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        take_off(network)
        raise ModelUnreadable(
            "The LoRA tuned to the sitter doesn't fit this model", "Tune it for this model."
        ) from error
    try:
        yield
    finally:
        take_off(network)


def _kohya(plain: State) -> State:
    convert = import_module("diffusers.utils.state_dict_utils").convert_state_dict_to_kohya
    return convert({f"unet.{name}": each for name, each in plain.items()})


def _native(plain: State) -> State:
    """FLUX.2's makers keep query, key and value in one matrix; what is one is a block of it."""
    made: State = {}
    for name in plain:
        if not name.endswith(".lora_A.weight"):
            continue
        layer = name.removesuffix(".lora_A.weight")
        block, _, part = layer.partition(".attn.")
        kind, _, number = block.rpartition(".")
        if kind == "single_transformer_blocks":
            place = f"single_blocks.{number}.{'linear2' if part == 'to_out' else 'linear1'}"
            _add(made, place, [(plain, layer)])
        elif part == "to_out.0":
            _add(made, f"double_blocks.{number}.img_attn.proj", [(plain, layer)])
        elif part == "to_q":
            place = f"double_blocks.{number}.img_attn.qkv"
            _add(
                made, place, [(plain, f"{block}.attn.{each}") for each in ("to_q", "to_k", "to_v")]
            )
    return made


def _add(made: State, place: str, layers: list[tuple[State, str]]) -> None:
    """One or several layers, of which each has its own part of what comes out."""
    down = [plain[f"{layer}.lora_A.weight"] for plain, layer in layers]
    up = [plain[f"{layer}.lora_B.weight"] for plain, layer in layers]
    made[f"diffusion_model.{place}.lora_A.weight"] = torch.cat(down)
    made[f"diffusion_model.{place}.lora_B.weight"] = torch.block_diag(*up)
