"""The loop and the painters beside diffusers' own pipelines: the same noise, the same pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler
from PIL import Image

from headshots.core.generation.diffusion.families.detect import FAMILIES as KNOWN
from headshots.core.generation.diffusion.families.painter import Painter, PaintJob, SamplingParams
from headshots.core.generation.diffusion.models.installed import find_model
from headshots.core.generation.diffusion.models.load import load
from headshots.core.generation.diffusion.models.memory_plan import machine, plan
from headshots.core.generation.diffusion.sampling.sampler import MOST_TRIES, paint
from headshots.core.registry import resolve

from .conftest import FAMILIES

pytestmark = pytest.mark.slow

SIDE, STEPS, GUIDANCE = 64, 4, 4.0
PROMPT, NEGATIVE = "a photo portrait", "blue"


@pytest.fixture
def painter(request: pytest.FixtureRequest, models: Path) -> Painter:
    return painter_of(request.param)


def painter_of(family: str) -> Any:
    model = find_model(family)
    return resolve(model.family.painter)(load(model, plan(model, machine())))


def beginning(seed: int = 0, shown: int = 0, **more: Any) -> PaintJob:
    rng = np.random.default_rng(seed)
    start = rng.random((SIDE, SIDE, 3), np.float32)
    references = tuple(rng.random((SIDE, SIDE, 3), np.float32) for _ in range(shown))
    return PaintJob(start, None, None, PROMPT, seed, references, **more)


def guidance_of(painter: Any) -> float:
    """Klein's distilled model is guided by none, as its pipeline has it."""
    return getattr(painter, "guidance", GUIDANCE)


def walked(
    painter: Any, wish: SamplingParams, begun: list[PaintJob], latents: torch.Tensor
) -> list[Any]:
    """From pure noise all the way, by Euler's rule."""
    with torch.no_grad():
        levels = painter.levels(wish, (SIDE, SIDE))
        condition = painter.condition(wish, begun)
        for step in range(STEPS):
            clean = painter.predict(latents, levels, step, condition)
            slope = (latents - clean) / levels[step]
            latents = latents + slope * (levels[step + 1] - levels[step])
        return painter.decode(latents)


def stock(painter: Any, begun: PaintJob, noise: torch.Tensor) -> np.ndarray:
    """What diffusers' own pipeline makes of that noise."""
    pipeline = painter.pipeline
    common: dict[str, Any] = {
        "prompt": PROMPT,
        "num_inference_steps": STEPS,
        "height": SIDE,
        "width": SIDE,
        "output_type": "np",
    }
    shown = [Image.fromarray((each * 255).round().astype(np.uint8)) for each in begun.references]
    if type(painter).__name__ == "Unet":
        pipeline.scheduler = EulerDiscreteScheduler.from_config(
            pipeline.scheduler.config, timestep_spacing="trailing"
        )
        common |= {"guidance_scale": GUIDANCE, "negative_prompt": NEGATIVE, "latents": noise}
    else:
        common |= {"latents": noise, "image": shown}
    return pipeline(**common).images[0]


@pytest.mark.parametrize("painter", FAMILIES, indirect=True)
def test_a_painter_paints_what_the_pipeline_of_its_family_does(painter: Any) -> None:
    family = next(each for each in KNOWN.values() if each.painter.endswith(type(painter).__name__))
    begun = beginning(shown=2 if family.references else 0)
    # Pictures as 8 bits hold them, as the pipeline gets them.
    shown = tuple(np.float32(np.round(each * 255) / 255) for each in begun.references)
    begun = PaintJob(begun.start, None, None, PROMPT, 0, shown)
    wish = SamplingParams(NEGATIVE, STEPS, guidance_of(painter), 1.0)
    noise = painter.noise(5, painter.encode([begun.start]))
    levels = painter.levels(wish, (SIDE, SIDE))
    # With this spacing the pipeline begins with noise of the level alone.
    first = noise * levels[0] if family.network == "unet" else noise
    (ours,) = walked(painter, wish, [begun], first)
    theirs = stock(painter, begun, noise)
    assert np.abs(ours - theirs).max() < 1e-3
    assert ours.std() > 0.01


@pytest.mark.parametrize("painter", FAMILIES, indirect=True)
def test_together_or_alone_is_the_same_picture(painter: Any) -> None:
    shown = 1 if type(painter).__name__ == "Klein" else 0
    begun = [beginning(seed, shown) for seed in range(2)]
    wish = SamplingParams(NEGATIVE, 2, GUIDANCE, 0.9)
    together = [image for _, image in paint(painter, wish, iter(begun), 2)]
    for each, image in zip(begun, together, strict=True):
        ((_, alone),) = paint(painter, wish, iter([each]), 1)
        assert np.abs(image - alone).max() < 1e-3
    assert np.abs(together[0] - together[1]).mean() > 0.01


@pytest.mark.parametrize("painter", FAMILIES, indirect=True)
def test_strength_nought_leaves_the_picture_as_it_is(painter: Any) -> None:
    begun = beginning()
    ((_, image),) = paint(painter, SamplingParams(NEGATIVE, 2, GUIDANCE, 0.0), iter([begun]), 1)
    assert np.array_equal(image, begun.start)


@pytest.mark.parametrize("painter", ["sd15"], indirect=True)
def test_the_hopeless_are_dropped_early_and_others_tried(painter: Any) -> None:
    """A judge that likes every other one; those that are kept are those it likes."""
    asked: list[int] = []

    def judge(glimpses: Any) -> list[float]:
        asked.append(len(glimpses))
        return [float(number % 2) for number in range(len(glimpses))]

    tries = (beginning(seed) for seed in range(100))
    wish = SamplingParams(NEGATIVE, 3, GUIDANCE, 1.0)
    kept = [each.seed for each, _ in paint(painter, wish, tries, 2, judge=judge, least=0.5)]
    assert kept == [1, 3] and asked == [2, 2]
    alone = paint(painter, wish, iter([beginning(1)]), 1)
    tries = (beginning(seed) for seed in range(100))
    first = next(iter(paint(painter, wish, tries, 2, judge=judge, least=0.5)))[1]
    assert np.abs(next(iter(alone))[1] - first).max() < 1e-4, "and painted as if alone"


@pytest.mark.parametrize("painter", ["sd15"], indirect=True)
def test_where_none_is_like_enough_the_likest_of_so_many_is_taken(painter: Any) -> None:
    seen: list[int] = []

    def judge(glimpses: Any) -> list[float]:
        seen.extend(range(len(seen), len(seen) + len(glimpses)))
        return [-abs(place - 2.0) for place in seen[-len(glimpses) :]]

    tries = (beginning(seed) for seed in range(100))
    wish = SamplingParams(NEGATIVE, 3, GUIDANCE, 1.0)
    ((kept, _),) = paint(painter, wish, tries, 1, judge=judge, least=0.5)
    assert kept.seed == 2 and len(seen) == MOST_TRIES


@pytest.mark.parametrize("painter", ["sd15"], indirect=True)
def test_what_the_mask_keeps_is_kept(painter: Any) -> None:
    start = beginning().start
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:, : SIDE // 2] = 1
    seen = painter.decode(painter.encode([start]))[0]
    changed: list[np.ndarray] = []
    for each in (None, mask):
        begun = PaintJob(start, each, None, PROMPT, 0)
        ((_, image),) = paint(painter, SamplingParams(NEGATIVE, 3, GUIDANCE, 1.0), iter([begun]), 1)
        changed.append(np.abs(image - seen).mean(axis=(0, 2)))
    free, kept = (each[-SIDE // 8 :].mean() for each in changed)
    # Not quite, as the networks that read and make latents look at the whole picture.
    assert kept < 0.6 * free and changed[1][: SIDE // 4].mean() > 0.1
