"""Ways in which a VAE could decode sooner, each beside the way diffusers does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor

BATCH = 4
_LEVELS = 127.5  # 8-bit levels in a unit of the decoder's pixels, which are -1..1

Best = Callable[[Callable[[], Any]], float]


@torch.no_grad()
def decoding(
    painter: Any, latents: torch.Tensor, stock: float, best: Best, compiled: bool
) -> Iterator[tuple[str, str]]:
    """A row a way: time of one, of four each, and how far the pixels are from those in 32 bits.

    latents: (4, ...). stock: seconds that one takes as diffusers does it.
    """
    pipeline, before = painter.pipeline, painter.pipeline.vae
    try:
        pipeline.vae = deepcopy(before).float()
        exact = painter.pixels(latents[:1]).double()
        for name, vae in _ways(before, compiled):
            pipeline.vae = vae
            one = best(lambda: painter.decode(latents[:1]))
            each = best(lambda: painter.decode(latents)) / BATCH
            off = float((painter.pixels(latents[:1]) - exact).abs().mean()) * _LEVELS
            yield (
                f"decoding one, {name}",
                f"{one * 1000:.0f} ms, {one / stock:.2f} of that; {BATCH} together, each "
                f"{each * 1000:.0f} ms, {each / stock:.2f}; off by {off:.3f} levels of 256",
            )
    finally:
        pipeline.vae = before


def _ways(vae: Any, compiled: bool) -> Iterator[tuple[str, Any]]:
    yield "as it is", vae
    yield "channels last", deepcopy(vae).to(memory_format=torch.channels_last)
    products = deepcopy(vae)
    # One head of 512: no fast attention takes it.
    products.set_attn_processor(AttnProcessor())
    yield "attention as products", products
    if vae.dtype == torch.float32:
        yield "in 16 bits", deepcopy(vae).to(torch.bfloat16)
    if compiled:
        products.to(memory_format=torch.channels_last)
        products.decoder = torch.compile(products.decoder, dynamic=False, backend=backend())
        yield "compiled, with both", products


def backend() -> str:
    """Of the compiler; off a card nothing is generated, only traced."""
    return "inductor" if torch.cuda.is_available() else "eager"
