"""Tunes a model to a sitter, from the enrolled photos to the stored LoRA."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import Any, TypeVar

import torch

from ....errors import InputError, SetupError
from ....identity.identity import Identity
from ....images import Image
from ....photos import Photo
from ....progress import SILENT, Progress
from ....vault import Vault
from ..families.painter import PaintJob, SamplingParams
from ..families.prompts import NEGATIVE
from ..families.taesd import quick_decoder, taesd
from ..models.loaded_model import LoadedModel
from ..models.memory_plan import machine
from ..models.model_pool import MODEL_POOL
from ..sampling.mobilefacenet import Recogniser
from ..sampling.sampler import paint
from .budget import require_room, room_for_training
from .captions import WORD
from .checkpoint import Course, from_bytes, to_bytes
from .discriminator import LEAST, Critic, face_of
from .examples import Examples, examples, in_class, of_anybody, of_others
from .held_out import HeldOut, again
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

Result = TypeVar("Result")

_PATIENCE = 4  # judgements without improvement after which training stops
_ROUNDS = 16  # noised photos for a measurement
_OTHERS = 24  # most photos of others that the discriminator learns on
# Steps of the discriminator before training and at each judgement, and photos painted again there.
_FIRST, _LATER, _ANEW = 150, 40, 2


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
    steps: int = 1200
    rank: int = 32
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
    auc_before, auc_after: how often the discriminator tells a photo that it did not learn on from
        the same one painted again, 0.5 by chance .. 1; None where that is not better than chance.
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
    auc_before: float | None
    auc_after: float | None
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
        ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `ModelPool.open`; memory may run
            out later, too: once it goes on with less, then the next run continues.
        Cancelled: stopped through `progress`; the next run continues.
    """
    identity.require("tune")
    _check(tuning)
    require_stored(vault, identity)
    with MODEL_POOL.bare(tuning.model, tuning.accept_licence, progress) as (opened, pipeline):
        network = opened.painter.network
        for part in (network, pipeline.vae):
            part.enable_gradient_checkpointing()
        try:
            return _Run(identity, tuning, vault, opened, pipeline, others).go(
                progress.part(0.02, 1)
            )
        finally:
            for part in (network, pipeline.vae):
                part.disable_gradient_checkpointing()
            take_off(network)


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
        pipeline: Any,
        others: Sequence[Photo],
    ) -> None:
        self._identity, self._tuning, self._vault = identity, tuning, vault
        self._opened, self._painter, self._others = opened, opened.painter, others
        self._pipeline = pipeline
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
        network, family = self._painter.network, self._family
        put_on(network, family, self._tuning.rank, self._tuning.seed)
        pixels = (self._side() / family.side) ** 2
        about = self._opened.model.name, family.name, pixels, self._pipeline, network
        require_room(*about, self._opened.plan, machine())
        shown = examples(self._identity, self._side())
        with torch.no_grad(), without(network):
            material = self._material(shown, saved and saved.anybody, progress.part(0, 0.1))
            heads = self._heads(shown, progress.part(0.1, 0.11))
            part = progress.part(0.11, 0.15)
            self._untuned = saved.untuned if saved else self._again(heads, part)
        real = [face_of(each.start, each.face) for each in heads if each.face is not None]
        critic = Critic(real, self._untuned, self._tuning.seed, material.sitter.device)
        file = taesd(self._family)
        training = Training(
            self._painter,
            material,
            self._template,
            critic,
            quick_decoder(file) if file else self._painter.pixels,
            seed=self._tuning.seed,
            rate=self._tuning.rate,
        )
        if saved:
            course = saved.restore(training)
        else:
            course = Course(self._key)
            critic.learn(_FIRST, 0)
        judge = HeldOut(self._identity, shown, self._painter, self._opened.guidance)
        try:
            self._learn(training, course, judge, heads, progress.part(0.15, 0.97))
        except BaseException:
            self._remember(training, course)
            raise
        return self._done(training, course, heads)

    def _side(self) -> int:
        multiple = self._family.multiple
        return max(1, self._painter.side // multiple) * multiple

    def _material(self, shown: Examples, anybody: Any, progress: Progress) -> Material:
        painter, tuning = self._painter, self._tuning
        sitter = torch.cat([painter.encode([each.start]) for each in shown.sitter])
        if anybody is None:
            params = SamplingParams(NEGATIVE, tuning.made_in, self._opened.guidance, 1.0)
            pictures = self._painted(
                lambda: of_anybody(painter, params, shown.sitter, tuning.anybody, progress)
            )
            anybody = torch.cat([painter.encode([each]) for each in pictures])
        return Material(
            sitter, shown.sitter, anybody.to(sitter), in_class(shown.sitter, len(anybody))
        )

    def _heads(self, shown: Examples, progress: Progress) -> list[PaintJob]:
        """The photos that the discriminator learns and is measured on; none if they are too few."""
        others = of_others(self._others[:_OTHERS], self._side(), progress) if self._others else []
        heads = [*shown.heads, *others]
        return heads if len(heads) >= LEAST else []

    def _again(self, heads: Sequence[PaintJob], progress: Progress) -> list[Image]:
        """The faces of photos, painted again (see `face_of`)."""
        faces: list[Image] = []
        for number, job in enumerate(heads):
            progress.update(number / len(heads), "Painting photos again")
            assert job.face is not None
            faces.append(face_of(self._painted(partial(self._anew, job)), job.face))
        return faces

    def _anew(self, job: PaintJob) -> Image:
        ((_, image),) = paint(self._painter, again(self._opened.guidance), iter([job]), 1)
        return image

    def _painted(self, work: Callable[[], Result]) -> Result:
        """What `work` paints; see `LoadedModel.retried`, after which training has its network."""
        network = self._painter.network
        try:
            return self._opened.retried([None], lambda _: [work()])[0]
        finally:
            self._painter.network = network

    def _learn(
        self,
        training: Training,
        course: Course,
        judge: HeldOut,
        heads: Sequence[PaintJob],
        progress: Progress,
    ) -> None:
        tuning, critic = self._tuning, training.critic
        if not course.likeness:
            course.judged(self._painted(judge.likeness), training.mean)
        critical = critic.measured().better_than_chance
        while course.step < tuning.steps and course.since_best() < _PATIENCE:
            until = min(tuning.steps, (course.step // tuning.judged + 1) * tuning.judged)
            with room_for_training(self._opened.placement, self._painter.network):
                for number in range(course.step, until):
                    course.losses.append(training.step(number, critical))
                    course.step += 1
                    if course.step < until:
                        share = course.step / tuning.steps
                        progress.update(share, _message(course, tuning.steps))
            with training.averaged():
                course.judged(self._painted(judge.likeness), training.mean)
                self._renew(critic, heads, course.step // tuning.judged)
            if heads:
                course.losses[-1]["critic"] = critic.learn(_LATER, course.step)
                critical = critic.measured().better_than_chance
            self._remember(training, course)
            drawn = plot(course, tuning.steps)
            progress.update(course.step / tuning.steps, _message(course, tuning.steps), drawn)

    def _renew(self, critic: Critic, heads: Sequence[PaintJob], turn: int) -> None:
        """Paint some of the critic's photos again as the model paints now, in turn."""
        for number in range(min(_ANEW, len(heads))):
            place = (turn * _ANEW + number) % len(heads)
            (critic.painted[place],) = self._again([heads[place]], SILENT)

    def _remember(self, training: Training, course: Course) -> None:
        self._run.write(to_bytes(course, training, self._untuned))

    def _done(self, training: Training, course: Course, heads: Sequence[PaintJob]) -> Tuned:
        """Store the weights with the best likeness, unless the untrained model has it."""
        model, family, critic = self._opened.model.name, self._family, training.critic
        learnt, after = max(course.likeness, key=lambda each: each[1])
        if course.best:
            training.set(course.best)
        with without(self._painter.network):
            error_before = training.error(_ROUNDS)
        error_after = training.error(_ROUNDS)
        held_out = [heads[place] for place in critic.held_out]
        painted = dict(zip(critic.held_out, self._again(held_out, SILENT), strict=True))
        untuned = critic.measured(self._untuned)
        tuned = critic.measured([painted.get(n, each) for n, each in enumerate(self._untuned)])
        lora = b""
        if course.best:
            about = {PHOTOS: photos_of(self._identity), MODEL: model, WORD_KEY: WORD}
            lora = to_file(course.best, family, about)
            self._realism.write(realism_file(critic.discriminator, untuned))
            self._lora.write(lora)
        if run_kind(family) in self._vault.kinds(self._identity.name):  # the run is finished
            self._vault.remove(self._identity.name, run_kind(family))
        told = untuned.better_than_chance
        return Tuned(
            model=model,
            family=family.name,
            steps=course.step,
            learnt=learnt,
            before=course.likeness[0][1],
            after=after,
            error_before=error_before,
            error_after=error_after,
            auc_before=untuned.auc if told else None,
            auc_after=tuned.auc if told else None,
            lora=lora,
        )


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
