"""The diffusion generator: the studio's composites, painted over by the user's own model.

Framing, light and pose come from the studio, so that a look is the same with every generator. The
painter adds what photos lack: another backdrop, clothes, and hair that blends with both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ...faces import Face
from ...images import Image, Mask, resize
from ...painting import Painting
from ...parameters import check_parameters
from ...portrait.portrait import Portrait
from ...progress import SILENT, Progress
from ...provenance import Guidance as GuidanceRecord
from ...provenance import Painted
from ..generator import Candidate, Request
from ..studio.generator import Studio
from .families.painter import PaintJob, SamplingParams
from .families.prompts import NEGATIVE, detail_prompt
from .models.loaded_model import LoadedModel
from .models.model_pool import MODEL_POOL, is_tuned
from .sampling.early_judge import judge_on_the_way
from .sampling.paint_jobs import PaintJobs
from .sampling.regions import beside_face, laid_back
from .sampling.sampler import paint
from .sampling.tiles import is_larger

if TYPE_CHECKING:
    from .sampling.guidance import Guidance

NAME = "diffusion"
# IPTC: parts of a photograph made by a generative network, or all of the picture.
_IN_PART = "compositeWithTrainedAlgorithmicMedia"
# Strength of the second pass over pictures larger than a model paints at once.
_AGAIN = 0.3


class Diffusion:
    """Generator "diffusion"; see `generation.Generator`."""

    name = NAME

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `generation.Generator`.

        Raises:
            InputError: also for `keep_stages`, as painted pictures have none.
            ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `ModelPool.open`.
        """
        for _, candidate in self.generate_together([request], progress):
            yield candidate

    def generate_together(
        self, requests: Sequence[Request], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Candidate]]:
        """The candidates of several people, each with the number of its request.

        Each is the same as if its request were alone. Batches mix people, so that two pictures of
        each keep a GPU as busy as many of one. Only requests with the same painting parameters are
        mixed, and only for surroundings, as the painting of a face is guided to one sitter; and
        only without a tuned model, as a LoRA applies to all of a batch.

        Raises as `generate` does.
        """
        for request in requests:
            _check(request)
        done, count = 0, sum(request.count for request in requests)
        for group in _groups(requests):
            first, *others = (requests[number] for number in group)
            ready = done + sum(requests[number].count for number in group)
            part = progress.part(done / count, ready / count)
            beside = [each.identity for each in others]
            with MODEL_POOL.open(first.painting, first.identity, part, beside) as opened:
                for who, candidate in _painted(opened, [first, *others], part.part(0.05, 1.0)):
                    yield group[who], candidate
            done = ready


def load() -> Diffusion:
    """The generator for the registry; models are loaded on first use."""
    return Diffusion()


def _check(request: Request) -> None:
    request.check()
    if request.keep_stages:
        raise InputError(
            "Painted pictures have no layers", "Switch layers off, or choose the studio alone."
        )
    check_parameters(request.painting)


def _groups(requests: Sequence[Request]) -> list[list[int]]:
    """Numbers of the requests that can be painted together, in order."""
    groups: list[list[int]] = []
    together: dict[Painting, list[int]] = {}
    for number, request in enumerate(requests):
        painting = request.painting
        alone = len(requests) == 1 or painting.region == "everything"
        if alone or is_tuned(painting, request.identity):
            groups.append([number])
        elif painting in together:
            together[painting].append(number)
        else:
            groups.append(together.setdefault(painting, [number]))
    return groups


def _painted(
    opened: LoadedModel, requests: Sequence[Request], progress: Progress
) -> Iterator[tuple[int, Candidate]]:
    """The candidates with the number of their request; all requests have the same painting."""
    request = requests[0]
    painting, family = request.painting, opened.model.family
    params = SamplingParams(
        negative=NEGATIVE,
        steps=painting.steps or opened.steps,
        guidance=painting.cfg or opened.guidance,
        strength=painting.strength,
        adapter=opened.on,
        sampler=painting.sampler,
        shift=painting.shift,
    )
    factories = [PaintJobs(each, family, opened.painter.side, opened.word) for each in requests]
    composites = _composites(requests, factories)
    count = sum(each.count for each in requests)
    guidance = _guidance(opened, request)
    record = guidance.record if guidance else None
    judge = judge_on_the_way(request.identity) if painting.region == "everything" else None
    passes = _passes(opened)
    done = 0
    for batch in _batches(composites, opened.plan.at_once):
        share = done / count, (done + len(batch)) / count
        progress.update(share[0], f"Headshot {done + 1} of {count}")
        jobs = [job for _, job in batch]

        def work(
            rows: Sequence[tuple[int, PaintJob]], share: tuple[float, float] = share
        ) -> list[tuple[PaintJob, Image]]:
            wanted = [job for _, job in rows]
            painted = paint(
                opened.painter,
                params,
                factories[0].tries(wanted, rows[0][0]) if judge else iter(wanted),
                len(wanted),
                guide=guidance.guide if guidance else None,
                judge=judge[0] if judge else None,
                least=judge[1] if judge else 0.0,
                progress=progress.part(share[0], (share[0] + share[1]) / 2),
            )
            return list(painted)

        middle = (share[0] + share[1]) / 2
        painted = opened.retried(list(enumerate(jobs, done)), work)
        for number, (job, image) in enumerate(painted, 1):
            place = next(n for n, each in enumerate(jobs) if each.start is job.start)
            who = job.person
            composite = batch[place][0]
            size = composite.image.shape[0], composite.image.shape[1]
            until = middle + (share[1] - middle) * number / len(painted)
            part = progress.part(until - (share[1] - middle) / len(painted), until)
            detailed = _detailed(opened, params, job, image, size, part, guidance is not None)
            about = (opened, requests[who], params, record)
            finished = _candidate(composite, job, detailed, *about)
            if passes is not None and job.face is not None:
                finished = passes(finished, image, job.face)
            progress.update(until, "", finished.image)
            yield who, finished
        done += len(batch)


def _detailed(
    opened: LoadedModel,
    params: SamplingParams,
    job: PaintJob,
    painted: Image,
    size: tuple[int, int],
    progress: Progress,
    guided: bool,
) -> Image:
    """The painted picture in its final size (height, width), with detail of that size.

    guided: the face was drawn to the sitter, which the second pass would undo: it is left out.
    """
    height, width = size
    large = np.clip(resize(painted, width, height), 0, 1)
    if not is_larger(opened.painter, height, width):
        return large
    face = job.face and job.face.scaled(width / painted.shape[1])
    mask = None if job.mask is None else np.clip(resize(job.mask, width, height), 0, 1)
    if guided and mask is None and face is not None:
        mask = beside_face((height, width), face)
    again = replace(
        job,
        start=large,
        mask=mask,
        face=face,
        prompt=detail_prompt(sentences=bool(job.references)),
    )
    lightly = replace(params, strength=_AGAIN, steps=max(2, ceil(_AGAIN * params.steps)))
    return opened.in_tiles(lightly, again, progress)


def _composites(
    requests: Sequence[Request], factories: Sequence[PaintJobs]
) -> Iterator[tuple[Candidate, PaintJob]]:
    """The studio's candidates with their paint jobs."""
    for who, request in enumerate(requests):
        for number, composite in enumerate(Studio().generate(request)):
            yield composite, replace(factories[who].of(composite, number), person=who)


def _guidance(opened: LoadedModel, request: Request) -> Guidance | None:
    """The guidance towards the sitter; None without any."""
    painting = request.painting
    if painting.guidance == 0 or painting.region != "everything":
        return None
    from .sampling.guidance import guidance_of

    return guidance_of(opened.painter, opened.model.family, request.identity, painting.guidance)


def _passes(opened: LoadedModel) -> Callable[[Candidate, Image, Face], Candidate] | None:
    """A function that records in a candidate how real its painted head looks.

    None where no discriminator was trained, or none that is better than chance.
    """
    if opened.tuned is None:
        return None
    from .tuning.realism import Realism

    realism = Realism(opened.tuned.realism)
    if realism.auc is None:
        return None
    sure = round(realism.auc, 3)

    def passes(candidate: Candidate, painted: Image, face: Face) -> Candidate:
        share = realism.of(painted, face)
        if share is None:
            return candidate
        *before, painting = candidate.provenance.edits
        judged = painting.model_copy(update={"realism": round(share, 3), "realism_auc": sure})
        history = candidate.provenance.model_copy(update={"edits": (*before, judged)})
        return replace(candidate, provenance=history)

    return passes


def _batches(
    composites: Iterator[tuple[Candidate, PaintJob]], most: int
) -> Iterator[list[tuple[Candidate, PaintJob]]]:
    """The candidates in order, in batches of up to `most`.

    All of a batch have the same size and number of reference pictures.
    """
    batch: list[tuple[Candidate, PaintJob]] = []
    kind: tuple[object, ...] = ()
    for each in composites:
        before, kind = kind, (each[0].image.shape, len(each[1].references))
        if batch and (len(batch) == most or kind != before):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _candidate(
    composite: Candidate,
    job: PaintJob,
    painted: Image,
    opened: LoadedModel,
    request: Request,
    params: SamplingParams,
    guided: GuidanceRecord | None,
) -> Candidate:
    """The candidate of a painted picture in its final size; unpainted parts are the composite's."""
    image, (height, width) = painted, painted.shape[:2]
    if job.mask is not None:
        mask: Mask = np.clip(resize(job.mask, width, height), 0, 1)
        image = laid_back(image, composite.image, mask)
    painting = Painted(
        by=opened.record,
        guidance=guided,
        region=request.painting.region,
        strength=params.strength,
        steps=params.steps,
        seed=job.seed,
        prompt=job.prompt,
    )
    provenance = composite.provenance.edited(painting, generator=NAME)
    return Candidate(Portrait(image.astype(np.float32), composite.matte), provenance)
