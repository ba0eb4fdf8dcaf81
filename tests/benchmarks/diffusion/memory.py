"""What the parts of each family keep in memory while they run, traced with the published shapes.

    .venv/bin/python tests/benchmarks/diffusion/memory.py           # the table
    .venv/bin/python tests/benchmarks/diffusion/memory.py --write   # and stores it

Networks lie on the meta device: they have shapes and no weights, so a case takes seconds. What is
counted is the most bytes of tensors that live at once, without weights and inputs. Attention is
counted as one kernel, which keeps no matrix of scores. Not counted is what libraries take for
themselves: kernels, the workspaces of cuDNN and cuBLAS, what the allocator leaves between tensors.
"""

from __future__ import annotations

import argparse
import json
import sys
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.models.activations import TABLE
from headshots.core.generation.diffusion.models.libraries import diffusers, quiet, transformers
from headshots.core.generation.diffusion.models.placement import decode_in_tiles

CONFIGS = TABLE.parent
META = torch.device("meta")
MEGAPIXEL = 1024 * 1024
# Side of the window of a head that identity guidance decodes with a gradient, pixels.
WINDOW = 768
KLEIN_TOKENS, CLIP_TOKENS = 512, 77


class _Live(TorchDispatchMode):
    """Counts the bytes of storages that operations make, while they live."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        inputs = {
            each.untyped_storage()._cdata
            for each in pytree.tree_leaves((args, kwargs))
            if isinstance(each, torch.Tensor)
        }
        result = func(*args, **(kwargs or {}))
        for each in pytree.tree_leaves(result):
            if not isinstance(each, torch.Tensor):
                continue
            storage = each.untyped_storage()
            key = storage._cdata
            if key in self._known or key in inputs:
                continue
            self._known.add(key)
            self.now += storage.nbytes()
            weakref.finalize(storage, self._freed, key, storage.nbytes())
        self.most = max(self.most, self.now)
        return result

    def _freed(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


class _Fused(TorchFunctionMode):
    """Attention as a fused kernel, of which only the output is kept."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.scaled_dot_product_attention:
            query, _, value = (
                args if len(args) == 3 else (kwargs[n] for n in ("query", "key", "value"))
            )
            return query.new_empty((*query.shape[:-1], value.shape[-1]))
        return func(*args, **(kwargs or {}))


def most(run: Callable[[], Any]) -> int:
    """The most bytes that tensors made by `run` take at once."""
    with torch.no_grad(), _Fused(), _Live() as live:
        run()
    return live.most


def saved(run: Callable[[], torch.Tensor]) -> int:
    """The bytes that `run` keeps for its gradient."""
    sizes: dict[int, int] = {}
    kept: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if not isinstance(tensor, torch.nn.Parameter):
            kept.append(tensor)
            sizes[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
        return tensor

    with _Fused(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run()
        del result
    return sum(sizes.values())


def half(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.bfloat16, device=META)


@cache
def network(family: str, part: str) -> Any:
    """A network of the published configuration, in 16 bits but for a VAE that needs 32."""
    folder = CONFIGS / family
    index: dict[str, list[str]] = json.loads((folder / "model_index.json").read_text("utf-8"))
    name = index[part][1]
    if part.startswith("text_encoder"):
        config = transformers("AutoConfig").from_pretrained(folder / part)
        with META:
            made = transformers(name)(config)
    else:
        kind = diffusers(name)
        with META:
            made = kind.from_config(json.loads((folder / part / "config.json").read_text("utf-8")))
    wide = part == "vae" and FAMILIES[family].vae_in_32_bits
    return made.to(torch.float32 if wide else torch.bfloat16).eval().requires_grad_(False)


def text(family: str, part: str) -> int:
    encoder = network(family, part)
    count = KLEIN_TOKENS if family == "klein" else CLIP_TOKENS
    ids = torch.zeros((1, count), dtype=torch.long, device=META)
    if family == "klein":  # as Flux2KleinPipeline asks; a mask of two dimensions would be read
        mask = torch.ones((1, 1, count, count), dtype=torch.bool, device=META)
        return most(
            lambda: encoder(ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
        )
    return most(lambda: encoder(ids, output_hidden_states=True))


def unet(family: str, side: int, controlnet: bool = False) -> int:
    """For one row; with a ControlNet its residuals live beside it."""
    model = network(family, "unet")
    added = None
    if family == "sdxl":
        added = {"text_embeds": half(1, 1280), "time_ids": half(1, 6)}
    noisy, time = half(1, 4, side // 8, side // 8), torch.ones((), device=META)
    words = half(1, CLIP_TOKENS, model.config.cross_attention_dim)
    beside = _controlnet(family) if controlnet else None

    def run() -> Any:
        extra = {}
        if beside is not None:
            down, middle = beside(
                noisy,
                time,
                encoder_hidden_states=words[:, :16],
                controlnet_cond=half(1, 3, side, side),
                added_cond_kwargs=added,
                return_dict=False,
            )
            extra = {
                "down_block_additional_residuals": down,
                "mid_block_additional_residual": middle,
            }
        return model(noisy, time, encoder_hidden_states=words, added_cond_kwargs=added, **extra)

    return most(run)


@cache
def _controlnet(family: str) -> Any:
    with META:
        made = diffusers("ControlNetModel").from_unet(
            network(family, "unet"), load_weights_from_unet=False
        )
    return made.to(torch.bfloat16).eval()


def transformer(side: int, references: int) -> int:
    """Klein for one row, with references of a megapixel."""
    model = network("klein", "transformer")
    tokens = side * side // 256 + references * MEGAPIXEL // 256
    places = torch.zeros((1, tokens, 4), device=META)
    words = torch.zeros((1, KLEIN_TOKENS, 4), device=META)
    return most(
        lambda: model(
            hidden_states=half(1, tokens, model.config.in_channels),
            timestep=half(1),
            guidance=None,
            encoder_hidden_states=half(1, KLEIN_TOKENS, model.config.joint_attention_dim),
            txt_ids=words,
            img_ids=places,
        )
    )


def vae(family: str, side: int, how: str) -> int:
    """encode, decode, tiles (of decoding) or gradient (of a head's window)."""
    model = network(family, "vae")
    latent = torch.empty(
        (1, model.config.latent_channels, side // 8, side // 8), dtype=model.dtype, device=META
    )
    if how == "encode":
        pixels = torch.empty((1, 3, side, side), dtype=model.dtype, device=META)
        return most(lambda: model.encode(pixels))
    if how == "gradient":
        window = latent[..., : WINDOW // 8, : WINDOW // 8].detach().requires_grad_()
        return saved(lambda: model.decode(window).sample)
    if how == "tiles":
        decode_in_tiles(model)
    try:
        return most(lambda: model.decode(latent))
    finally:
        model.disable_tiling()


def traced(family: str) -> dict[str, int]:
    """Bytes for one row at the family's side; `reference` for a megapixel more of pictures."""
    side = FAMILIES[family].side
    row: dict[str, int] = {}
    encoders = ["text_encoder", "text_encoder_2"] if family == "sdxl" else ["text_encoder"]
    row["text"] = max(text(family, part) for part in encoders)
    if family == "klein":
        row["network"] = transformer(side, 0)
        row["reference"] = (transformer(side, 4) - transformer(side, 0)) // 4
    else:
        row["network"] = unet(family, side)
        row["reference"] = 0
    row["controlnet"] = (
        unet(family, side, controlnet=True) - row["network"] if family == "sdxl" else 0
    )
    for how in ("encode", "decode", "tiles", "gradient"):
        row[how] = vae(family, side, how)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="store the table")
    asked = parser.parse_args()
    with quiet():
        table = {family: traced(family) for family in FAMILIES}
    if asked.write:
        TABLE.write_text(json.dumps(table, indent=2) + "\n", "utf-8")
    names = list(next(iter(table.values())))
    write = sys.stdout.write
    write(f"| GB | {' | '.join(names)} |\n|---|{'---:|' * len(names)}\n")
    for family, row in table.items():
        figures = " | ".join(f"{row[name] / 1e9:.2f}" for name in names)
        write(f"| {FAMILIES[family].title} | {figures} |\n")


if __name__ == "__main__":
    main()
