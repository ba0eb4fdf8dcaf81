"""Seconds for a painted candidate, beside diffusers' own pipeline one seed at a time, in one run.

    .venv/bin/python tests/benchmarks/diffusion/painting.py [--size full] [--family sdxl klein]

Networks are random: what they paint means nothing, what they cost does. `tiny` runs anywhere in
seconds; `full` has the published shapes and needs a card with 24 GB. The sitter is known to both
sides: SDXL by FaceID, klein by two pictures, of which the second, a photo, is shown to diffusers as
large as the first and by us in half the size, as we do. `--compile` adds compiled networks, for
which one waits minutes. Prints a table as Markdown, each row when it is known.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import full_size
import numpy as np
import torch
from decoding import BATCH, Best, backend, decoding, fastest, stock_decoding
from PIL import Image as Pillow
from torch.utils.flop_counter import FlopCounterMode

from headshots.core.faces import Face
from headshots.core.faces.analyser import Pose
from headshots.core.generation.diffusion.adapters.attach import attached
from headshots.core.generation.diffusion.adapters.installed import Adapter, AdapterKind
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.klein import Klein
from headshots.core.generation.diffusion.families.painter import PaintJob, SamplingParams
from headshots.core.generation.diffusion.families.stable_diffusion import Unet
from headshots.core.generation.diffusion.models.cuda_graph import Captured
from headshots.core.generation.diffusion.models.licences import UNKNOWN
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.images import Box, resize

EVERY = 4  # one candidate in so many turns out like the sitter, as a judge would say
PROMPT, NEGATIVE = "a photo portrait", "blue"
STEPS = {"tiny": {"sdxl": 6, "klein": 4}, "full": {"sdxl": 30, "klein": 4}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--family", choices=("sdxl", "klein"), nargs="+", default=["sdxl"])
    parser.add_argument("--tries", type=int, default=3, help="the fastest of so many counts")
    parser.add_argument("--compile", action="store_true", help="compiled networks, too")
    asked = parser.parse_args()
    best = partial(fastest, asked.tries)
    for family in asked.family:
        with tempfile.TemporaryDirectory() as folder:
            pipeline, adapter = full_size.built(family, asked.size, Path(folder))
            for name, value in measured(family, asked.size, pipeline, adapter, best, asked.compile):
                sys.stdout.write(f"| {name} | {value} |\n")
                sys.stdout.flush()
        sys.stdout.write("\n")
        del pipeline
        emptied()


def measured(
    family: str, size: str, pipeline: Any, adapter: Path | None, best: Best, compiled: bool
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
    held = Adapter(AdapterKind.FACEID, family, adapter, UNKNOWN) if adapter else None
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

        emptied()
        whole = best(stock)
        yield "diffusers, one seed at a time", f"{whole:.3f} s, peak memory {peak() / 1e9:.1f} GB"
        emptied()
        network = pipeline.unet if family == "sdxl" else pipeline.transformer
        kind: Any = Unet if family == "sdxl" else Klein
        painter, plain = kind(pipeline, Captured(network)), kind(pipeline)
        wish = SamplingParams(NEGATIVE, steps, guidance, 1.0, on)
        references = (shown[0], resize(shown[1], side // 2, side // 2)) if family == "klein" else ()
        face = head(side)

        def begun(seed: int) -> PaintJob:
            return PaintJob(shown[0], None, face, PROMPT, seed, references)

        def ours(painter: Any, count: int) -> float:
            """Seconds for each of so many."""
            work = lambda: list(paint(painter, wish, map(begun, range(count)), count))  # noqa: E731
            return best(work) / count

        for count in (1, BATCH):
            each = ours(painter, count)
            yield f"ours, {count} at a time, each", f"{each:.3f} s, {each / whole:.2f} of that"
        yield "the network", told_of(painter.network)
        yield from keeping(painter, wish, begun, best)
        yield "peak memory, ours", f"{peak() / 1e9:.1f} GB"
        most = ceiling(plain.device, best)
        yield "the fastest product of matrices here", f"{most / 1e12:.2f} TFLOP/s"
        for count in (1, BATCH):
            yield computing(painter, plain, wish, [begun(n) for n in range(count)], most, best)
        noisy = plain.encode([shown[0]] * BATCH)
        theirs = best(lambda: stock_decoding(painter, noisy[:1]))
        share = theirs / whole
        yield "decoding one, diffusers", f"{theirs * 1000:.0f} ms, {share:.0%} of all it does"
        yield from decoding(painter, noisy, theirs, best, compiled)
        if compiled:
            faster = torch.compile(network, dynamic=False, backend=backend())
            painter = kind(pipeline, Captured(faster))
            for count in (1, BATCH):
                each = ours(painter, count)
                name = f"ours, compiled, {count} at a time, each"
                yield name, f"{each:.3f} s, {each / whole:.2f} of diffusers'"
                name, row = computing(
                    painter, plain, wish, [begun(n) for n in range(count)], most, best
                )
                yield f"{name}, compiled", row
            yield "the compiled network", told_of(painter.network)


def head(side: int) -> Face:
    """A face as headshots frame it; nobody's."""
    box = Box(0.32 * side, 0.22 * side, 0.68 * side, 0.66 * side)
    nothing = np.zeros(0, np.float32)
    flat = np.zeros((478, 3), np.float32)
    return Face(box, 1.0, flat, flat[:5, :2], Pose(0, 0, 0), nothing, nothing, 1.0)


def told_of(network: Captured) -> str:
    """How it was run."""
    if not torch.cuda.is_available():
        return "run as it is: there is no card"
    if network.refused:
        return f"not recorded: {network.refused.splitlines()[0]}"
    return f"{network.recorded} recordings played back"


def emptied() -> None:
    """Give a card's memory back, and measure its peak anew."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak() -> int:
    """Bytes: of the card since `emptied`, graphs' own included; without one of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved()
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held * (1 if sys.platform == "darwin" else 1024)


@torch.no_grad()
def computing(
    painter: Any, plain: Any, wish: SamplingParams, begun: list[PaintJob], most: float, best: Best
) -> tuple[str, str]:
    """The network alone: what share of the fastest product of matrices here it reaches.

    plain: the same without recording, whose operations can be counted.
    """
    noisy = plain.encode([each.start for each in begun])
    size = begun[0].start.shape[:2]
    counter = FlopCounterMode(display=False)
    for each in (plain, painter):  # a painter's levels are its own
        levels, told = each.levels(wish, size), each.condition(wish, begun)
        if each is plain:
            with counter:
                plain.predict(noisy, levels, 0, told)
    took = best(lambda: painter.predict(noisy, levels, 0, told))
    share = counter.get_total_flops() / took / most
    return (
        f"the network, {len(begun)} at a time",
        f"{took * 1000:.0f} ms, {share:.0%} of that product",
    )


def ceiling(device: torch.device, best: Best) -> float:
    """FLOP a second of the fastest product of two matrices, in what the networks compute in."""
    on_card = device.type == "cuda"
    side, kind = (8192, torch.bfloat16) if on_card else (1024, torch.float32)
    one, other = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    return 2 * side**3 / best(lambda: one @ other)


def keeping(
    painter: Any, wish: SamplingParams, begun: Callable[[int], PaintJob], best: Best
) -> Iterator[tuple[str, str]]:
    """Seconds for a keeper where a judge accepts one in `EVERY`, seen early or at the end."""

    def early() -> None:
        said = cycle([1.0, *[0.0] * (EVERY - 1)])
        tries = (begun(seed) for seed in range(1000))
        judged = paint(
            painter, wish, tries, BATCH, judge=lambda seen: [next(said) for _ in seen], least=0.5
        )
        list(judged)

    def late() -> None:
        list(paint(painter, wish, map(begun, range(BATCH)), BATCH))

    kept, every = best(early) / BATCH, best(late) / BATCH * EVERY
    yield f"a keeper, of which one in {EVERY} is, all painted to the end", f"{every:.3f} s"
    yield "a keeper, the hopeless dropped early", f"{kept:.3f} s, {kept / every:.2f} of that"


if __name__ == "__main__":
    main()
