"""What our sampling, guidance and tuning do on a little generator that was really trained.

    .venv/bin/python -m tests.benchmarks.diffusion.little FOLDER... [--people ID ...]

FOLDER holds a folder of photos for each person; give people whom `train` didn't show it. Prints a
table. Likeness is dlib's cosine, which had no part in training or guidance, of heads of 48 pixels.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from headshots.core.faces import ANALYSERS
from headshots.core.generation.diffusion.families.detect import FAMILIES
from headshots.core.generation.diffusion.families.painter import (
    FacePreview,
    PaintJob,
    SamplingParams,
)
from headshots.core.generation.diffusion.sampling.guidance import guide_of
from headshots.core.generation.diffusion.sampling.mobilefacenet import Recogniser
from headshots.core.generation.diffusion.sampling.sampler import paint
from headshots.core.generation.diffusion.sampling.steering import Steering
from headshots.core.generation.diffusion.tuning.discriminator import Critic, face_of
from headshots.core.generation.diffusion.tuning.lora import put_on, take_off
from headshots.core.generation.diffusion.tuning.training import Material, Training
from headshots.core.images import Float, Image, resize

from .network import WEIGHTS, Little, load, painter
from .people import SIDE, Head, heads

Row = tuple[str, str]
STEPS, SEEDS, CANDIDATES = 12, 2, 12
STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
_GREY = np.full((SIDE, SIDE, 3), 0.5, np.float32)
_TUNED_FOR, _RATE, _RANK = 150, 3e-4, 16
_CRITICS_STEPS = 150


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--people", nargs="*", help="only these")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    shown = heads(*chosen.folders)
    if chosen.people:
        shown = [each for each in shown if each.person in chosen.people]
    sys.stdout.write("| What | Value |\n|---|---|\n")
    for name, value in table(painter(load(chosen.weights)), shown):
        sys.stdout.write(f"| {name} | {value} |\n")
        sys.stdout.flush()


def table(little: Little, shown: Sequence[Head]) -> Iterator[Row]:
    """The rows for people whom the generator wasn't trained on."""
    people: dict[str, list[Head]] = {}
    for each in shown:
        people.setdefault(each.person, []).append(each)
    several = [own for own in people.values() if len(own) > 1]
    yield "people, of them with several photos", f"{len(people)}, {len(several)}"
    yield from by_reference(little, several)
    yield from by_strength(little, shown)
    yield "rank correlation of early and final likeness", early(little, several)
    yield from guided(little, several)
    yield from tuned(little, max(several, key=len))
    yield from discriminated(little, shown)


def painted(
    little: Little,
    like: Head,
    *references: Image,
    seed: int = 0,
    strength: float = 1.0,
    **more: Any,
) -> Image:
    """A picture with the face where it is in `like`; with strength below 1, on its picture."""
    start = _GREY if strength == 1.0 else like.image
    job = PaintJob(start, None, like.face, "", seed, references)
    params = SamplingParams("", STEPS, 1.0, strength)
    ((_, image),) = paint(little, params, iter([job]), 1, **more)
    return image


def embedding(image: Image, like: Head, analyser: str = "dlib") -> Float:
    return ANALYSERS.get(analyser).recogniser.embed(image, [like.face])[0]


def template(shown: Sequence[Head], analyser: str = "dlib") -> Float:
    mean = np.mean([embedding(each.image, each, analyser) for each in shown], axis=0)
    return np.float32(mean / np.linalg.norm(mean))


def by_reference(little: Little, several: Sequence[Sequence[Head]]) -> Iterator[Row]:
    """From noise alone, by a photo of the person, of another, and by none."""
    own, other, none, real = ([] for _ in range(4))
    for number, photos in enumerate(several):
        first, rest = photos[0], photos[1:]
        wanted, stranger = template(rest), several[(number + 1) % len(several)][0]
        for seed in range(SEEDS):
            for scores, shown in ((own, (first,)), (other, (stranger,)), (none, ())):
                image = painted(little, first, *(each.image for each in shown), seed=seed)
                scores.append(float(embedding(image, first) @ wanted))
        real.append(float(embedding(first.image, first) @ wanted))
    yield "likeness by own reference, another's, none", _means(own, other, none)
    yield "pictures in which own beats another's", _share(np.array(own) > np.array(other))
    yield "pictures in which another's beats none", _share(np.array(other) > np.array(none))
    yield "likeness of the real photo shown", _means(real)


def by_strength(little: Little, shown: Sequence[Head]) -> Iterator[Row]:
    """Painting on a photo without a reference."""
    means: list[float] = []
    for strength in STRENGTHS:
        scores = [
            float(
                embedding(painted(little, each, strength=strength), each)
                @ embedding(each.image, each)
            )
            for each in shown
        ]
        means.append(float(np.mean(scores)))
    falls = all(one > two for one, two in pairwise(means))
    names = ", ".join(f"{each:g}" for each in STRENGTHS)
    yield f"likeness to the photo at strength {names}", ", ".join(f"{each:.3f}" for each in means)
    yield "falls at each", "yes" if falls else "no"


def early(little: Little, several: Sequence[Sequence[Head]]) -> str:
    """Spearman's correlation of what steers early and what judges in the end, by person."""
    correlations: list[float] = []
    for photos in several:
        first, judging = photos[0], template(photos[1:])
        seen: list[float] = []
        judge = partial(_noted, seen, template(photos[1:], "embedded"))
        final: list[float] = []
        for seed in range(CANDIDATES):
            image = painted(little, first, first.image, seed=seed, judge=judge)
            final.append(float(embedding(image, first) @ judging))
        ranks = [np.argsort(np.argsort(each)) for each in (seen, final)]
        correlations.append(float(np.corrcoef(*ranks)[0, 1]))
    return f"{np.mean(correlations):.2f} on average of {len(correlations)} people"


def _noted(seen: list[float], wanted: Float, previews: Sequence[FacePreview]) -> list[float]:
    """A judge that only notes the likeness of one preview, by the recogniser that steers."""
    recogniser, (preview,) = ANALYSERS.get("embedded").recogniser, previews
    seen.append(float(recogniser.embed(preview.image, [preview.face])[0] @ wanted))
    return [1.0]


def guided(little: Little, several: Sequence[Sequence[Head]]) -> Iterator[Row]:
    """Without a reference, drawn by MobileFaceNet towards a person's photos."""
    network = Recogniser().eval().requires_grad_(False)
    plain, drawn = [], []
    for photos in several:
        steering = Steering("mobilefacenet", network, template(photos, "embedded"))
        guide, wanted = guide_of(little, steering, 1.0), template(photos)
        for seed in range(SEEDS):
            for scores, more in ((plain, {}), (drawn, {"guide": guide})):
                image = painted(little, photos[0], seed=seed, **more)
                scores.append(float(embedding(image, photos[0]) @ wanted))
    yield "likeness without and with guidance, by dlib", _means(plain, drawn)
    yield "pictures that guidance made liker", _share(np.array(drawn) > np.array(plain))


def tuned(little: Little, photos: Sequence[Head]) -> Iterator[Row]:
    """A LoRA on all but one of somebody's photos; that one painted again without a reference."""
    *shown, spare = photos
    jobs = [PaintJob(each.image, None, each.face, "", 0) for each in shown]
    wanted = embedding(spare.image, spare)

    def again() -> float:
        images = [painted(little, spare, seed=seed, strength=0.7) for seed in range(4)]
        return float(np.mean([embedding(image, spare) @ wanted for image in images]))

    with torch.no_grad():
        latents = little.encode([each.image for each in shown])
        anybody = [painted(little, shown[0], seed=seed) for seed in range(8)]
        kept = little.encode(anybody)
    named = [PaintJob(each, None, None, "", 0) for each in anybody]
    faces = [face_of(each.image, each.face) for each in shown]
    network: Any = little.network
    before = again()
    put_on(network, FAMILIES["klein"], _RANK, 0)
    try:
        training = Training(
            little,
            Material(latents, jobs, kept, named),
            template(shown, "embedded"),
            Critic(faces, faces, 0, torch.device("cpu")),
            little.pixels,
            seed=0,
            rate=_RATE,
        )
        errors = [training.error(16)]
        for number in range(_TUNED_FOR):
            training.step(number, critical=False)
        with training.averaged():
            errors.append(training.error(16))
            after = again()
    finally:
        take_off(network)
    yield f"error on the photos before and after {_TUNED_FOR} steps of tuning", _means(*errors)
    yield "likeness of the held-out photo painted again, before and after", _means(before, after)


def discriminated(little: Little, shown: Sequence[Head]) -> Iterator[Row]:
    """How often a discriminator tells a photo that it didn't learn on from a changed one."""

    def blurred(each: Head) -> Image:
        return _small(cv2.GaussianBlur(each.large, (0, 0), 1.2))

    def resized(each: Head) -> Image:
        side = len(each.large)
        return _small(resize(resize(each.large, side // 2, side // 2), side, side))

    def compressed(each: Head) -> Image:
        pixels = np.uint8(np.clip(each.large, 0, 1) * 255)
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 50])
        return _small(np.float32(cv2.imdecode(data, cv2.IMREAD_COLOR)) / 255)

    changes: dict[str, Callable[[Head], Image]] = {
        "painted again at strength 0.5": lambda each: painted(little, each, strength=0.5),
        "blurred": blurred,
        "halved and enlarged": resized,
        "compressed": compressed,
    }
    real = [face_of(_small(each.large), each.face) for each in shown]
    for name, change in changes.items():
        made = [face_of(change(each), each.face) for each in shown]
        critic = Critic(real, made, 0, torch.device("cpu"))
        critic.learn(_CRITICS_STEPS, 0)
        verdicts = critic.measured()
        said = "told" if verdicts.better_than_chance else "says nothing"
        yield f"AUC of photos against the same {name}", f"{verdicts.auc:.2f} ({said})"


def _small(large: Image) -> Image:
    return np.clip(resize(large, SIDE, SIDE), 0, 1)


def _means(*scores: Any) -> str:
    return ", ".join(f"{float(np.mean(each)):.3f}" for each in scores)


def _share(better: Any) -> str:
    return f"{int(np.sum(better))} of {len(better)}"


if __name__ == "__main__":
    main()
