"""Tunes a model to a sitter, from the enrolled photos to the stored LoRA."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import torch

from ....errors import InputError, NotEnoughMemory, SetupError
from ....identity.identity import Identity
from ....images import Image
from ....photos import Photo
from ....progress import SILENT, Progress
from ....vault import Vault
from ..families.painter import PaintJob, SamplingParams
from ..families.prompts import NEGATIVE
from ..models.loaded_model import LoadedModel
from ..models.model_pool import MODEL_POOL
from ..sampling.mobilefacenet import Recogniser
from .captions import WORD, class_caption
from .checkpoint import Course, from_bytes, to_bytes
from .discriminator import separation
from .examples import Examples, examples, of_anybody, of_others
from .held_out import HeldOut
from .lora import put_on, take_off, to_file, without
from .plot import plot
from .realism import realism_file
from .stored import (
    MODEL,
    PHOTOS,
    Writer,
    lora_kind,
    photos_of,
    realism_kind,
    require_stored,
    run_kind,
)
from .stored import WORD as WORD_KEY
from .training import Material, Training

_PATIENCE = 4  # judgements without improvement after which training stops
_ROUNDS = 16  # noised photos for a measurement


@dataclass(frozen=True)
class Tuning:
    """Parameters of a tuning.

    model: by name.
    steps: at most.
    rank: of the LoRA.
    seed: of all randomness.
    rate: learning rate.
    anybody: number of generated pictures of people that preserve the model's prior knowledge.
    made_in: sampling steps of each of them.
    judged: training steps between two judgements and checkpoints.
    accept_licence: as in `Painting`.
    """

    model: str = ""
    steps: int = 800
    rank: int = 16
    seed: int = 0
    rate: float = 1e-4
    anybody: int = 16
    made_in: int = 25
    judged: int = 50
    accept_licence: bool = False


@dataclass(frozen=True)
class Tuned:
    """The outcome of a tuning.

    model, family: names of what was tuned.
    steps: number of training steps.
    learnt: steps up to the checkpoint with the best likeness; 0 if it never rose.
    before, after: cosine of the held-out photo, painted again, to itself, by the judge.
    error_before, error_after: of predictions for noised photos of the sitter.
    separation_before, separation_after: how often the discriminator separates generated pictures
        from real photos, 0.5 by chance .. 1.
    lora: the file; empty where nothing was stored.
    """

    model: str
    family: str
    steps: int
    learnt: int
    before: float
    after: float
    error_before: float
    error_after: float
    separation_before: float
    separation_after: float
    lora: bytes


def tune(
    identity: Identity,
    tuning: Tuning,
    vault: Vault,
    others: Sequence[Photo] = (),
    progress: Progress = SILENT,
) -> Tuned:
    """Tune a model to a sitter who is stored in `vault`, and store the result there.

    A stopped run is continued. The result replaces an earlier one for models of the family. If the
    likeness of the held-out photo never rises, nothing is stored.

    others: photos of other people as further real examples for the discriminator.

    Raises:
        ConsentError: the sitter did not consent to tuning.
        InputError: a number out of range.
        IdentityNotFound: the sitter isn't stored.
        ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `ModelPool.open`.
        Cancelled: stopped through `progress`; the next run continues.
    """
    identity.require("tune")
    _check(tuning)
    require_stored(vault, identity)
    with MODEL_POOL.bare(tuning.model, tuning.accept_licence, progress) as (opened, _):
        if opened.plan.offload != "none":
            raise NotEnoughMemory(
                f"{opened.model.name!r} can't be tuned here: not all of it fits on the card",
                "Close other programs, or choose a smaller model.",
            )
        try:
            return _Run(identity, tuning, vault, opened, others).go(progress.part(0.02, 1))
        finally:
            take_off(opened.painter.network)


def _check(tuning: Tuning) -> None:
    limits = {"steps": (1, 20_000), "rank": (1, 256), "anybody": (1, 1000), "judged": (1, 1000)}
    for name, (low, high) in limits.items():
        if not low <= getattr(tuning, name) <= high:
            raise InputError(
                f"{name} of {getattr(tuning, name)} was asked for", f"Give {low} to {high}."
            )


class _Run:
    """One run of `tune`."""

    def __init__(
        self,
        identity: Identity,
        tuning: Tuning,
        vault: Vault,
        opened: LoadedModel,
        others: Sequence[Photo],
    ) -> None:
        self._identity, self._tuning, self._vault = identity, tuning, vault
        self._opened, self._painter, self._others = opened, opened.painter, others
        self._family = opened.model.family
        template = identity.templates.get(Recogniser.name)
        if template is None:
            raise SetupError(
                f"{identity.name!r} was enrolled without {Recogniser.name}", "Enrol them again."
            )
        self._template = template.vector
        self._lora, self._realism, self._run = (
            Writer(vault, identity, kind(self._family))
            for kind in (lora_kind, realism_kind, run_kind)
        )
        self._key = _key(identity, tuning, opened.model.name, others)

    def go(self, progress: Progress) -> Tuned:
        """See `tune`."""
        saved = None
        kind = run_kind(self._family)
        if kind in self._vault.kinds(self._identity.name):
            saved = from_bytes(self._vault.get(self._identity.name, kind), self._key)
        shown = examples(self._identity, self._side())
        with torch.no_grad():
            material = self._material(shown, saved and saved.anybody, progress.part(0, 0.15))
        put_on(self._painter.network, self._family, self._tuning.rank, self._tuning.seed)
        training = Training(
            self._painter,
            material,
            self._template,
            seed=self._tuning.seed,
            rate=self._tuning.rate,
        )
        course = saved.restore(training) if saved else Course(self._key)
        judge = HeldOut(self._identity, shown, self._painter, self._family.guidance)
        try:
            self._learn(training, course, judge, progress.part(0.15, 0.97))
        except BaseException:
            self._remember(training, course)
            raise
        return self._done(training, course)

    def _side(self) -> int:
        multiple = self._family.multiple
        return max(1, self._painter.side // multiple) * multiple

    def _material(self, shown: Examples, anybody: Any, progress: Progress) -> Material:
        painter, tuning = self._painter, self._tuning
        sitter = torch.cat([painter.encode([each.start]) for each in shown.sitter])
        if anybody is None:
            params = SamplingParams(NEGATIVE, tuning.made_in, self._family.guidance, 1.0)
            pictures = of_anybody(painter, params, shown.sitter, tuning.anybody, progress)
            anybody = torch.cat([painter.encode([each]) for each in pictures])
        heads = of_others(self._others, self._side(), progress) if self._others else []
        real = torch.cat([sitter, *(painter.encode([each]) for each in heads)])
        return Material(
            sitter, shown.sitter, anybody.to(sitter), _named(shown.sitter, len(anybody)), real
        )

    def _learn(
        self, training: Training, course: Course, judge: HeldOut, progress: Progress
    ) -> None:
        tuning = self._tuning
        if not course.likeness:
            course.judged(judge.likeness(), training.weights)
        while course.step < tuning.steps and course.since_best() < _PATIENCE:
            course.losses.append(training.step(course.step))
            course.step += 1
            preview: Image | None = None
            if course.step % tuning.judged == 0 or course.step == tuning.steps:
                course.judged(judge.likeness(), training.weights)
                preview = plot(course, tuning.steps)
                self._remember(training, course)
            progress.update(course.step / tuning.steps, _message(course, tuning.steps), preview)

    def _remember(self, training: Training, course: Course) -> None:
        data = to_bytes(course, training)
        self._run.write(data)

    def _done(self, training: Training, course: Course) -> Tuned:
        """Store the weights with the best likeness, unless the untrained model has it."""
        model, family = self._opened.model.name, self._family
        learnt, after = max(course.likeness, key=lambda each: each[1])
        for name, weight in training.weights.items():
            if course.best:
                weight.data.copy_(course.best[name])
        with without(self._painter.network):
            before = training.measured(_ROUNDS)
        now = training.measured(_ROUNDS)
        lora = b""
        if course.best:
            about = {PHOTOS: photos_of(self._identity), MODEL: model, WORD_KEY: WORD}
            lora = to_file(course.best, family, about)
            realism = realism_file(training.discriminator, before.real, before.generated)
            self._realism.write(realism)
            self._lora.write(lora)
        if run_kind(family) in self._vault.kinds(self._identity.name):  # the run is finished
            self._vault.remove(self._identity.name, run_kind(family))
        return Tuned(
            model=model,
            family=family.name,
            steps=course.step,
            learnt=learnt,
            before=course.likeness[0][1],
            after=after,
            error_before=before.error,
            error_after=now.error,
            separation_before=separation(before.real, before.generated),
            separation_after=separation(now.real, now.generated),
            lora=lora,
        )


def _named(like: Sequence[PaintJob], count: int) -> list[PaintJob]:
    """Jobs with captions for `count` generated pictures; see `of_anybody`."""
    named: list[PaintJob] = []
    for number in range(count):
        each = like[number % len(like)]
        assert each.face is not None
        named.append(replace(each, prompt=class_caption(each.face)))
    return named


def _message(course: Course, steps: int) -> str:
    scores = [each for _, each in course.likeness]
    error = course.losses[-1]["sitter"]
    return (
        f"Step {course.step} of {steps}: error {error:.3f}, likeness of the held-out photo "
        f"{scores[-1]:.3f}, before {scores[0]:.3f}"
    )


def _key(identity: Identity, tuning: Tuning, model: str, others: Sequence[Photo]) -> str:
    """A hash of a run's data and parameters, without the number of steps."""
    same = replace(tuning, model=model, steps=0, accept_licence=False)
    parts = [photos_of(identity), *map(str, astuple(same)), *(each.sha256 for each in others)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
