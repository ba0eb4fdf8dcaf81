"""Seconds for a painted candidate, beside diffusers' own pipeline one seed at a time, in one run.

    .venv/bin/python tests/benchmarks/diffusion/painting.py [--size tiny|full] [--family sdxl|klein]

Networks are random: what they paint means nothing, what they cost does. `tiny` runs anywhere in
seconds; `full` has the published shapes and needs a card with 24 GB. The sitter is known to both:
SDXL by FaceID, klein by reference pictures. Prints a table as Markdown.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import full_size
import numpy as np
import torch
from PIL import Image as Pillow
from torch.utils.flop_counter import FlopCounterMode

from headshots.core.generation.diffusion.adapters import Adapter, Kind
from headshots.core.generation.diffusion.attaching import attached
from headshots.core.generation.diffusion.capturing import Captured
from headshots.core.generation.diffusion.families import FAMILIES
from headshots.core.generation.diffusion.klein import Klein
from headshots.core.generation.diffusion.licences import UNKNOWN
from headshots.core.generation.diffusion.painter import Beginning, Wish
from headshots.core.generation.diffusion.sampling import paint
from headshots.core.generation.diffusion.unet import Unet

BATCH = 4
ACCEPTED = 0.5  # share of candidates that turn out like the sitter, as a judge would say
PROMPT, NEGATIVE = "a photo portrait", "blue"
STEPS = {"tiny": {"sdxl": 6, "klein": 4}, "full": {"sdxl": 30, "klein": 4}}

Best = Callable[[Callable[[], Any]], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--family", choices=("sdxl", "klein"), default="sdxl")
    parser.add_argument("--tries", type=int, default=5, help="the fastest of so many counts")
    asked = parser.parse_args()
    best = partial(fastest, asked.tries)
    with tempfile.TemporaryDirectory() as folder:
        pipeline, adapter = full_size.built(asked.family, asked.size, Path(folder))
        for name, value in measured(asked.family, asked.size, pipeline, adapter, best):
            sys.stdout.write(f"| {name} | {value} |\n")


def measured(
    family: str, size: str, pipeline: Any, adapter: Path | None, best: Best
) -> Iterator[tuple[str, str]]:
    """Rows of the table, each when it is known."""
    side = 1024 if size == "full" else 128
    steps, guidance = STEPS[size][family], FAMILIES[family].guidance
    shown = [np.random.default_rng(n).random((side, side, 3), np.float32) for n in range(2)]
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    yield "What", f"{family}, {size}, {side} x {side}, {steps} steps, {device}"
    yield "---", "---"

    embedding = np.float32(np.random.default_rng(0).normal(size=(1, 512)))
    embedding /= np.linalg.norm(embedding)
    held = Adapter(Kind.FACEID, family, adapter, UNKNOWN) if adapter else None
    with attached(pipeline, held, embedding, [], 0.8) if held else nullcontext() as on:

        def stock() -> None:
            """Diffusers' own pipeline, one seed."""
            pictures = [Pillow.fromarray(np.uint8(each * 255)) for each in shown]
            given: dict[str, Any] = {"image": pictures}
            if family == "sdxl":
                unet = pipeline.unet
                told = [each.to(unet.device, unet.dtype) for each in on.embeddings([0], True)]
                given = {"ip_adapter_image_embeds": told, "negative_prompt": NEGATIVE}
                given["guidance_scale"] = guidance
            pipeline(prompt=PROMPT, num_inference_steps=steps, height=side, width=side, **given)

        whole = best(stock)
        yield "diffusers, one seed at a time", f"{whole:.3f} s"
        network = pipeline.unet if family == "sdxl" else pipeline.transformer
        painter: Any = (Unet if family == "sdxl" else Klein)(pipeline, Captured(network))
        wish = Wish(NEGATIVE, steps, guidance, 1.0, on)

        def begun(seed: int) -> Beginning:
            return Beginning(
                shown[0], None, None, PROMPT, seed, tuple(shown) if family == "klein" else ()
            )

        def ours(count: int) -> Callable[[], None]:
            return lambda: list(paint(painter, wish, map(begun, range(count)), count)) and None

        for count in (1, BATCH):
            each = best(ours(count)) / count
            yield f"ours, {count} at a time, each", f"{each:.3f} s, {each / whole:.2f} of that"
        plain: Any = type(painter)(pipeline)
        yield from computing(painter, plain, wish, begun, best)
        yield from decoding(painter, begun(0), best)
        yield from keeping(painter, wish, begun, best)
    yield "peak memory", f"{peak() / 1e9:.1f} GB"


def peak() -> int:
    """Bytes: of the card where there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held * (1 if sys.platform == "darwin" else 1024)


@torch.no_grad()
def computing(
    painter: Any, plain: Any, wish: Wish, begun: Callable[[int], Beginning], best: Best
) -> Iterator[tuple[str, str]]:
    """The network alone: what share of the fastest product of matrices here it reaches.

    plain: the same without recording, whose operations can be counted.
    """
    most = ceiling(plain.device, best)
    yield "the fastest product of matrices here", f"{most / 1e12:.2f} TFLOP/s"
    for count in (1, BATCH):
        beginnings = [begun(seed) for seed in range(count)]
        noisy = plain.encode([each.start for each in beginnings])
        size = beginnings[0].start.shape[:2]
        counter = FlopCounterMode(display=False)
        for each in (plain, painter):  # a painter's levels are its own
            levels, told = each.levels(wish, size), each.condition(wish, beginnings)
            if each is plain:
                with counter:
                    plain.predict(noisy, levels, 0, told)
        took = best(lambda: painter.predict(noisy, levels, 0, told))  # noqa: B023 (called at once)
        share = counter.get_total_flops() / took / most
        yield (
            f"the network, {count} at a time",
            f"{took * 1000:.0f} ms, {share:.0%} of that product",
        )


def ceiling(device: torch.device, best: Best) -> float:
    """FLOP a second of the fastest product of two matrices, in what the networks compute in."""
    on_card = device.type == "cuda"
    side, kind = (8192, torch.bfloat16) if on_card else (1024, torch.float32)
    one, other = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    return 2 * side**3 / best(lambda: one @ other)


@torch.no_grad()
def decoding(painter: Any, begun: Beginning, best: Best) -> Iterator[tuple[str, str]]:
    """The decoder alone, beside what diffusers' own pipeline does after its last step."""
    pipeline = painter.pipeline
    latents = painter.encode([begun.start])
    ours = best(lambda: painter.decode(latents))

    def stock() -> None:
        vae = pipeline.vae
        if vae.dtype == torch.float16 and vae.config.force_upcast:
            pipeline.upcast_vae()
        pixels = painter.pixels(latents)  # the same call: scaled back, then the decoder
        pipeline.image_processor.postprocess(pixels.float(), output_type="pil")

    theirs = best(stock)
    yield "decoding one, diffusers", f"{theirs * 1000:.0f} ms"
    yield "decoding one, ours", f"{ours * 1000:.0f} ms, {ours / theirs:.2f} of that"


def keeping(
    painter: Any, wish: Wish, begun: Callable[[int], Beginning], best: Best
) -> Iterator[tuple[str, str]]:
    """Seconds for a keeper where a judge accepts `ACCEPTED` of the candidates at first sight."""
    rng = np.random.default_rng(1)

    def judge(glimpses: Any) -> list[float]:
        return [float(rng.random() < ACCEPTED) for _ in glimpses]

    def early() -> None:
        tries = (begun(seed) for seed in range(1000))
        list(paint(painter, wish, tries, BATCH, judge=judge, least=0.5))

    def late() -> None:
        list(paint(painter, wish, map(begun, range(BATCH)), BATCH))

    kept, every = best(early) / BATCH, best(late) / BATCH / ACCEPTED
    yield f"a keeper, of which {ACCEPTED:.0%} are, all painted to the end", f"{every:.3f} s"
    yield "a keeper, the hopeless dropped early", f"{kept:.3f} s, {kept / every:.2f} of that"


def fastest(tries: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of some runs, after one that warms up."""
    times: list[float] = []
    for _ in range(tries + 1):
        began = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return min(times[1:])


if __name__ == "__main__":
    main()
