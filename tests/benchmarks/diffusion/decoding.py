"""Ways in which a VAE could decode sooner, each beside the way diffusers does it, in one run.

    .venv/bin/python tests/benchmarks/diffusion/decoding.py [--side 128]

Prints a table for SDXL's VAE in full size, of random weights; `painting.py` prints the same rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import full_size
import torch
from diffusers.models.attention_processor import AttnProcessor

from headshots.core.generation.diffusion.families.stable_diffusion import Unet

BATCH = 4
_LEVELS = 127.5  # 8-bit levels in a unit of the decoder's pixels, which are -1..1

Best = Callable[[Callable[[], Any]], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=128, help="of the picture, in pixels")
    parser.add_argument("--tries", type=int, default=2, help="the fastest of so many counts")
    parser.add_argument("--compile", action="store_true", help="a compiled decoder, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pipeline, _ = full_size.built("sdxl", "tiny", Path(folder))
    pipeline.vae = full_size.decoder()
    painter, best = Unet(pipeline), partial(fastest, asked.tries)
    side = asked.side // painter.scale
    latents = torch.randn(BATCH, 4, side, side, generator=torch.Generator().manual_seed(0))
    latents = latents.to(painter.device)
    stock = best(lambda: stock_decoding(painter, latents[:1]))
    sys.stdout.write(f"| decoding one, diffusers | {stock * 1000:.0f} ms |\n| --- | --- |\n")
    for name, value in decoding(painter, latents, stock, best, asked.compile):
        sys.stdout.write(f"| {name} | {value} |\n")
        sys.stdout.flush()


@torch.no_grad()
def stock_decoding(painter: Any, latents: torch.Tensor) -> None:
    """What diffusers' own pipeline does after its last step."""
    pipeline = painter.pipeline
    if pipeline.vae.dtype == torch.float16 and pipeline.vae.config.force_upcast:
        pipeline.upcast_vae()
    pixels = painter.pixels(latents)  # the same call: scaled back, then the decoder
    pipeline.image_processor.postprocess(pixels.float(), output_type="pil")


def fastest(tries: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of some runs, after one that warms up.

    On a processor those in which it works for us: what else it does counts less then.
    """
    on_card = torch.cuda.is_available()
    clock = time.perf_counter if on_card else time.process_time
    times: list[float] = []
    for _ in range(tries + 1):
        began = clock()
        work()
        if on_card:
            torch.cuda.synchronize()
        times.append(clock() - began)
    return min(times[1:])


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


if __name__ == "__main__":
    main()
