"""The diffusion generator: the studio's composites, painted on by a model of the user's own.

Framing, light and pose come from the studio, so that a look means the same with every generator;
the painter gives what photos lack: another backdrop, clothes, hair that meets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
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
from .families.prompts import NEGATIVE
from .models.model_pool import MODEL_POOL, LoadedModel, is_tuned
from .sampling.early_judge import judge_on_the_way
from .sampling.paint_jobs import PaintJobs
from .sampling.regions import laid_back
from .sampling.sampler import paint

if TYPE_CHECKING:
    from .sampling.guidance import Guidance

NAME = "diffusion"
# IPTC: parts of a photograph made by a generative network, or all of the picture.
_IN_PART = "compositeWithTrainedAlgorithmicMedia"


class Diffusion:
    """Generator "diffusion"; see `generation.Generator`."""

    name = NAME

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `generation.Generator`.

        Raises:
            InputError: of stages too: what is painted has none.
            ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `ModelPool.open`.
        """
        for _, candidate in self.generate_together([request], progress):
            yield candidate

    def generate_together(
        self, requests: Sequence[Request], progress: Progress = SILENT
    ) -> Iterator[tuple[int, Candidate]]:
        """The candidates of several people, each with the number of its request, and each what it
        would be if that person's alone were painted.

        Batches mix people, so that a card is as busy with two pictures each as with many of one:
        of those who ask for the same painting, of the surroundings alone, as a face that is painted
        is held to one sitter on the way; and to whom no model is tuned, as a LoRA is everybody's.

        Raises: as `generate`.
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
    """The generator for the registry; a model is opened when first needed."""
    return Diffusion()


def _check(request: Request) -> None:
    request.check()
    if request.keep_stages:
        raise InputError(
            "Painted pictures have no layers", "Switch layers off, or choose the studio alone."
        )
    check_parameters(request.painting)


def _groups(requests: Sequence[Request]) -> list[list[int]]:
    """Numbers of those who can be painted together, in order; one request is a group of its own."""
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
    """The candidates with whose they are; several requests have the same painting."""
    request = requests[0]
    painting, family = request.painting, opened.model.family
    wish = SamplingParams(
        negative=NEGATIVE,
        steps=painting.steps or opened.steps,
        guidance=family.guidance,
        strength=painting.strength,
        adapter=opened.on,
    )
    beginnings = [PaintJobs(each, family, opened.painter.side, opened.word) for each in requests]
    made = _composites(requests, beginnings)
    count = sum(each.count for each in requests)
    guidance = _guidance(opened, request)
    told = guidance.record if guidance else None
    judge = judge_on_the_way(request.identity) if painting.region == "everything" else None
    passes = _passes(opened)
    done = 0
    for batch in _batches(made, opened.plan.at_once):
        share = done / count, (done + len(batch)) / count
        progress.update(share[0], f"Headshot {done + 1} of {count}")
        begun = [beginning for _, beginning in batch]
        painted = paint(
            opened.painter,
            wish,
            beginnings[0].tries(begun, done) if judge else iter(begun),
            len(batch),
            guide=guidance.guide if guidance else None,
            judge=judge[0] if judge else None,
            least=judge[1] if judge else 0.0,
            progress=progress.part(*share),
        )
        for beginning, image in painted:
            place = next(n for n, each in enumerate(begun) if each.start is beginning.start)
            who = beginning.person
            about = (opened, requests[who], wish, told)
            finished = _candidate(batch[place][0], beginning, image, *about)
            if passes is not None and beginning.face is not None:
                finished = passes(finished, image, beginning.face)
            progress.update(share[1], "", finished.image)
            yield who, finished
        done += len(batch)


def _composites(
    requests: Sequence[Request], beginnings: Sequence[PaintJobs]
) -> Iterator[tuple[Candidate, PaintJob]]:
    """The studio's candidates, with what each is painted from."""
    for who, request in enumerate(requests):
        for number, made in enumerate(Studio().generate(request)):
            yield made, replace(beginnings[who].of(made, number), person=who)


def _guidance(opened: LoadedModel, request: Request) -> Guidance | None:
    """What draws the pictures towards the sitter; None where nothing does."""
    painting = request.painting
    if painting.guidance == 0 or painting.region != "everything":
        return None
    from .sampling.guidance import guidance_of

    return guidance_of(opened.painter, opened.model.family, request.identity, painting.guidance)


def _passes(opened: LoadedModel) -> Callable[[Candidate, Image, Face], Candidate] | None:
    """What notes in a candidate how far the painted head passes for a photo's; None where no
    discriminator was trained.
    """
    if opened.tuned is None:
        return None
    from .tuning.realism import Realism

    realism, painter = Realism(opened.tuned.realism), opened.painter

    def passes(candidate: Candidate, painted: Image, face: Face) -> Candidate:
        told = realism.of(painter, painted, face, painter.side)
        *before, painting = candidate.provenance.edits
        judged = painting.model_copy(update={"realism": round(told, 3)})
        history = candidate.provenance.model_copy(update={"edits": (*before, judged)})
        return replace(candidate, provenance=history)

    return passes


def _batches(
    made: Iterator[tuple[Candidate, PaintJob]], most: int
) -> Iterator[list[tuple[Candidate, PaintJob]]]:
    """The candidates in order, as many together as may be painted at once; a batch has one size,
    and one number of photos to look at.
    """
    batch: list[tuple[Candidate, PaintJob]] = []
    kind: tuple[object, ...] = ()
    for each in made:
        before, kind = kind, (each[0].image.shape, len(each[1].references))
        if batch and (len(batch) == most or kind != before):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _candidate(
    composite: Candidate,
    beginning: PaintJob,
    painted: Image,
    opened: LoadedModel,
    request: Request,
    wish: SamplingParams,
    guided: GuidanceRecord | None,
) -> Candidate:
    """The painted picture in the size that was asked for; what wasn't painted is as it was."""
    height, width = composite.image.shape[:2]
    image = np.clip(resize(painted, width, height), 0, 1)
    if beginning.mask is not None:
        mask: Mask = np.clip(resize(beginning.mask, width, height), 0, 1)
        image = laid_back(image, composite.image, mask)
    painting = Painted(
        by=opened.record,
        guidance=guided,
        region=request.painting.region,
        strength=wish.strength,
        steps=wish.steps,
        seed=beginning.seed,
        prompt=beginning.prompt,
    )
    provenance = composite.provenance.edited(painting, generator=NAME)
    return Candidate(Portrait(image.astype(np.float32), composite.matte), provenance)
