"""The node Apply Sitter: conditions a model that ComfyUI has loaded on the sitter.

It uses IP-Adapter FaceID, and the sitter's LoRA for a model of the same family.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import comfy.lora
import comfy.utils
import torch
from comfy.ldm.modules.attention import SpatialTransformer, optimized_attention
from comfy.model_base import SDXL
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional

from ..core.errors import HeadshotsError, ModelUnreadable
from ..core.generation.diffusion.adapters.identity_conditioning import identity_conditioning
from ..core.generation.diffusion.adapters.installed import AdapterKind, adapter_for
from ..core.generation.diffusion.families.detect import FAMILIES
from ..core.generation.diffusion.models.installed import require_licence
from ..core.generation.diffusion.tuning.stored import tuned_to
from ..core.identity.identity import Identity
from ..core.progress import Progress
from ..core.vault import open_vault

Weights = Mapping[str, Tensor]
_PARTS = ("to_q", "to_k", "to_v", "to_out")
# Families that FaceID is for.
_HELD = ("sd15", "sdxl")
_UNCONDITIONED = 1  # as ComfyUI numbers the halves of a batch


def apply_sitter(
    progress: Progress,
    model: Any,
    identity: Identity,
    strength: float,
    accept_licence: bool,
    tuned: bool,
) -> tuple[Any]:
    """HeadshotsApplySitter. A tuned model needs no FaceID, whose licence few can accept.

    Raises:
        ModelMissing: FaceID for this family is not installed.
        LicenceNotAccepted: `accept_licence` is off.
        ModelUnreadable: it doesn't fit this model.
    """
    if strength == 0:
        return (model,)
    family = FAMILIES[_family(model.model)]
    patched = model.clone()
    tuning = tuned_to(identity, family, open_vault()) if tuned else None
    if tuning is not None:
        _tune(patched, tuning.lora, strength)
        if not (accept_licence and family.name in _HELD):
            return (patched,)
    adapter = adapter_for(family, AdapterKind.FACEID)
    assert adapter is not None
    require_licence(adapter.licence, f"The adapter {adapter.path.name}", accept_licence)
    weights = _read(adapter.path)
    embeddings, _ = identity_conditioning(identity, AdapterKind.FACEID)
    try:
        with torch.no_grad():
            tokens = _tokens(weights, torch.from_numpy(embeddings))
            without = _tokens(weights, torch.zeros(len(embeddings), embeddings.shape[1]))
            _hold(patched, weights, tokens, without, strength)
    except (KeyError, RuntimeError) as error:
        raise _unfit(adapter.path) from error
    return (patched,)


def _family(network: Any) -> str:
    if isinstance(network, SDXL):
        return "sdxl"
    return "klein" if type(network).__name__ == "Flux2" else "sd15"  # older ComfyUIs have no Flux2


def _tune(model: Any, lora: bytes, strength: float) -> None:
    """Patch `model` with the LoRA, as ComfyUI's own loader does with one in a file."""
    keys = comfy.lora.model_lora_keys_unet(model.model, {})
    patches = comfy.lora.load_lora(load(lora), keys)
    if len(model.add_patches(patches, strength)) != len(patches) or not patches:
        raise ModelUnreadable(
            "The LoRA tuned to the sitter doesn't fit this model", "Tune a model like this one."
        )


def _read(path: Path) -> Weights:
    """The adapter's weights by flat names, float32."""
    try:
        read: Any = comfy.utils.load_torch_file(str(path), safe_load=True)
        flat: dict[str, Tensor] = {}
        for name, value in read.items():
            halves = value.items() if isinstance(value, Mapping) else [("", value)]
            flat |= {f"{name}.{inner}".rstrip("."): each.float() for inner, each in halves}
        return flat
    except HeadshotsError:
        raise
    except Exception as error:  # the file's reader can raise anything
        raise _unfit(path) from error


def _unfit(path: Path) -> ModelUnreadable:
    return ModelUnreadable(
        f"The adapter {path} doesn't fit this model", "Fetch it again, for this family."
    )


def _tokens(weights: Weights, embeddings: Tensor) -> Tensor:
    """The adapter's tokens (n x 4, width) for face embeddings (n, 512)."""

    def part(name: str) -> tuple[Tensor, Tensor]:
        start = f"image_proj.{name}"
        return weights[f"{start}.weight"], weights[f"{start}.bias"]

    hidden = functional.gelu(functional.linear(embeddings, *part("proj.0")))
    scale, shift = part("norm")
    width = len(scale)
    tokens = functional.linear(hidden, *part("proj.2")).reshape(-1, width)
    return functional.layer_norm(tokens, (width,), scale, shift)


@dataclass(frozen=True)
class _Place:
    """A transformer block of the UNet.

    name: of its weights.
    block: its place as patches name it, such as ("input", 4).
    number: of the transformer block there.
    """

    name: str
    block: tuple[str, int]
    number: int


def _places(network: Any) -> Iterator[_Place]:
    """The transformer blocks in the order in which adapters number them: down, up, middle."""
    sides = {"input_blocks": "input", "output_blocks": "output", "middle_block": "middle"}
    modules = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, SpatialTransformer)
    ]
    for start, side in sides.items():
        for name, module in modules:
            if not name.startswith(f"{start}."):
                continue
            place = 0 if side == "middle" else int(name.split(".")[1])
            for number in range(len(module.transformer_blocks)):
                yield _Place(f"{name}.transformer_blocks.{number}", (side, place), number)


def _hold(model: Any, weights: Weights, tokens: Tensor, without: Tensor, strength: float) -> None:
    """Patch `model`: the adapter's LoRA, and its keys and values in addition to the text's.

    The LoRA always has full weight, as its authors trained it with the rest; `strength` scales only
    the attention to the face.
    """
    lora: dict[str, Tensor] = {}
    keys: dict[str, str] = {}
    replaced = (
        model.model_options["transformer_options"].get("patches_replace", {}).get("attn2", {})
    )
    places = list(_places(model.model.diffusion_model))
    for index, place in enumerate(places):
        for own, attention in enumerate(("attn1", "attn2")):
            for part in _PARTS:
                prefix = f"ip_adapter.{2 * index + own}.{part}_lora"
                if f"{prefix}.up.weight" in weights:
                    within = f"{part}.0" if part == "to_out" else part
                    keys[prefix] = f"diffusion_model.{place.name}.{attention}.{within}.weight"
                    lora[f"{prefix}.lora_up.weight"] = weights[f"{prefix}.up.weight"]
                    lora[f"{prefix}.lora_down.weight"] = weights[f"{prefix}.down.weight"]
        to_key, to_value = (
            weights[f"ip_adapter.{2 * index + 1}.{part}_ip.weight"] for part in ("to_k", "to_v")
        )
        patch = _Beside(
            tuple((each @ to_key.T, each @ to_value.T) for each in (tokens, without)),
            strength,
            replaced.get((*place.block, place.number), replaced.get(place.block)),
        )
        model.set_model_attn2_replace(patch, *place.block, place.number)
    if not places or f"ip_adapter.{2 * len(places) + 1}.to_k_ip.weight" in weights:
        raise KeyError("blocks")
    patches = comfy.lora.load_lora(lora, keys)
    if len(model.add_patches(patches, 1.0)) != len(keys):
        raise KeyError("LoRA")


class _Beside:
    """Attention to the sitter, added to the attention to the text.

    condition: keys and values (tokens, channels) for the sitter, and for nobody.
    before: another node's patch in the same place; None for the network's own attention.
    """

    def __init__(
        self, condition: tuple[tuple[Tensor, Tensor], ...], strength: float, before: Any
    ) -> None:
        self._condition, self._strength, self._before = condition, strength, before

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, extra: dict[str, Any]) -> Tensor:
        heads = extra["n_heads"]
        if self._before is None:
            text = optimized_attention(q, k, v, heads)
        else:
            text = self._before(q, k, v, extra)
        halves = extra["cond_or_uncond"]
        each = q.shape[0] // len(halves)
        key, value = (
            torch.cat(
                [
                    self._condition[half == _UNCONDITIONED][kind].to(q).expand(each, -1, -1)
                    for half in halves
                ]
            )
            for kind in (0, 1)
        )
        return text + self._strength * optimized_attention(q, key, value, heads)
