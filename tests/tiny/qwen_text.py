"""A tiny Qwen2.5-VL text encoder for ComfyUI: its code has the size of heads and vocabulary fixed.

So it is told by its tensors' names, as `split.py`'s are, but is no network of transformers'.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

# What ComfyUI has fixed: numbers of a head, of heads of keys and values, of tokens.
_HEAD, _KEYS, _TOKENS = 128, 4, 151_936
# Free ones, and those of the vision tower as `probe_qwen.py` makes it.
WIDTH, INNER, LAYERS, HEADS = 32, 64, 2, 4
SEEN, SEEN_INNER, SEEN_LAYERS, SEEN_HEADS = 32, 64, 2, 2


def qwen_text(file: Path, seed: int = 0) -> Path:
    """The encoder in `file`, in 16 bits, random."""
    torch.manual_seed(seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: each.half() for name, each in (*_text(), *_vision())}, file)
    return file


def _text() -> Iterator[tuple[str, Tensor]]:
    yield "model.embed_tokens.weight", torch.randn(_TOKENS, WIDTH)
    yield "model.norm.weight", torch.ones(WIDTH)
    for layer in range(LAYERS):
        start = f"model.layers.{layer}"
        for name, heads in (("q_proj", HEADS), ("k_proj", _KEYS), ("v_proj", _KEYS)):
            yield f"{start}.self_attn.{name}.weight", _random(heads * _HEAD, WIDTH)
            yield f"{start}.self_attn.{name}.bias", torch.zeros(heads * _HEAD)
        yield f"{start}.self_attn.o_proj.weight", _random(WIDTH, HEADS * _HEAD)
        for name in ("gate_proj", "up_proj"):
            yield f"{start}.mlp.{name}.weight", _random(INNER, WIDTH)
        yield f"{start}.mlp.down_proj.weight", _random(WIDTH, INNER)
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"{start}.{name}.weight", torch.ones(WIDTH)


def _vision() -> Iterator[tuple[str, Tensor]]:
    yield "visual.patch_embed.proj.weight", _random(SEEN, 3 * 2 * 14 * 14).view(SEEN, 3, 2, 14, 14)
    for layer in range(SEEN_LAYERS):
        start = f"visual.blocks.{layer}"
        yield from ((f"{start}.{name}.weight", torch.ones(SEEN)) for name in ("norm1", "norm2"))
        for name, rows, columns in (
            ("attn.qkv", 3 * SEEN, SEEN),
            ("attn.proj", SEEN, SEEN),
            ("mlp.gate_proj", SEEN_INNER, SEEN),
            ("mlp.up_proj", SEEN_INNER, SEEN),
            ("mlp.down_proj", SEEN, SEEN_INNER),
        ):
            yield from _linear(f"{start}.{name}", rows, columns)
    yield "visual.merger.ln_q.weight", torch.ones(SEEN)
    yield from _linear("visual.merger.mlp.0", 4 * SEEN, 4 * SEEN)
    yield from _linear("visual.merger.mlp.2", WIDTH, 4 * SEEN)


def _linear(name: str, rows: int, columns: int) -> Iterator[tuple[str, Tensor]]:
    yield f"{name}.weight", _random(rows, columns)
    yield f"{name}.bias", torch.zeros(rows)


def _random(rows: int, columns: int) -> Tensor:
    return torch.randn(rows, columns) * columns**-0.5
