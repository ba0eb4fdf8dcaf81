"""The diffusion generator: the studio's composites, painted on by a model of the user's own.

Framing, light and pose come from the studio, so that a look means the same with every generator;
the painter gives what photos lack: another backdrop, clothes, hair that meets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...faces import Face
from ...images import Image, Mask, resize
from ...progress import SILENT, Progress
from ..generator import Candidate, Request
from ..studio.generator import Studio
from .beginnings import Beginnings
from .judging import judge_of
from .opening import OPENER, Opened
from .painter import Beginning, Painter, Wish
from .prompts import NEGATIVE
from .regions import laid_back
from .sampling import Guide, paint

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
            ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `Opener.open`.
        """
        _check(request)
        with OPENER.open(request.painting, request.identity, progress) as opened:
            yield from _painted(opened, request, progress.part(0.05, 1.0))


def load() -> Diffusion:
    """The generator for the registry; a model is opened when first needed."""
    return Diffusion()


def _check(request: Request) -> None:
    painting = request.painting
    if request.keep_stages:
        raise InputError(
            "Painted pictures have no layers", "Switch layers off, or choose the studio alone."
        )
    shares = ("strength", "likeness", "guidance")
    for what, value in ((name, getattr(painting, name)) for name in shares):
        if not 0 <= value <= 1:
            raise InputError(f"A {what} of {value} was asked for", "Give 0 to 1.")
    if not 0 <= painting.steps <= 200:
        raise InputError(f"{painting.steps} steps were asked for", "Give 1 to 200, or 0.")
    if painting.region not in ("surroundings", "everything"):
        raise InputError(
            f"The region {painting.region!r} was asked for", "Give 'surroundings' or 'everything'."
        )


def _painted(opened: Opened, request: Request, progress: Progress) -> Iterator[Candidate]:
    painting, family = request.painting, opened.model.family
    wish = Wish(
        negative=NEGATIVE,
        steps=painting.steps or opened.steps,
        guidance=family.guidance,
        strength=painting.strength,
        adapter=opened.on,
    )
    beginnings = Beginnings(request, family, opened.painter.side, opened.word)
    made = Studio().generate(request)
    guide = _guide(opened.painter, request)
    judge = judge_of(request.identity) if painting.region == "everything" else None
    passes = _passes(opened)
    done = 0
    for batch in _batches(made, opened.plan.at_once):
        share = done / request.count, (done + len(batch)) / request.count
        note = f"Headshot {done + 1} of {request.count}"
        progress.update(share[0], note)
        begun = [beginnings.of(candidate, done + n) for n, candidate in enumerate(batch)]
        painted = paint(
            opened.painter,
            wish,
            beginnings.tries(begun, done),
            len(batch),
            guide=guide,
            judge=judge[0] if judge else None,
            least=judge[1] if judge else 0.0,
            progress=progress.part(*share),
        )
        for beginning, image in painted:
            place = next(n for n, each in enumerate(begun) if each.start is beginning.start)
            finished = _candidate(batch[place], beginning, image, opened, request, wish)
            if passes is not None and beginning.face is not None:
                finished = passes(finished, image, beginning.face)
            progress.update(share[1], "", finished.image)
            yield finished
        done += len(batch)


def _guide(painter: Painter, request: Request) -> Guide | None:
    """What draws the pictures towards the sitter; None where nothing does."""
    painting = request.painting
    template = request.identity.templates.get("mobilefacenet")
    if painting.guidance == 0 or painting.region != "everything" or template is None:
        return None
    from .guidance import guide_of

    return guide_of(painter, template.vector, painting.guidance)


def _passes(opened: Opened) -> Callable[[Candidate, Image, Face], Candidate] | None:
    """What notes in a candidate how far the painted head passes for a photo's; None where no
    discriminator was trained.
    """
    if opened.tuned is None:
        return None
    from .tuning.realism import Realism

    realism, painter = Realism(opened.tuned.realism), opened.painter

    def passes(candidate: Candidate, painted: Image, face: Face) -> Candidate:
        told = realism.of(painter, painted, face, painter.side)
        settings = {**candidate.origin.settings, "realism": round(told, 3)}
        return replace(candidate, origin=replace(candidate.origin, settings=settings))

    return passes


def _batches(made: Iterator[Candidate], most: int) -> Iterator[list[Candidate]]:
    """The candidates in order, as many together as may be painted at once; a size a batch."""
    batch: list[Candidate] = []
    for candidate in made:
        if batch and (len(batch) == most or candidate.image.shape != batch[0].image.shape):
            yield batch
            batch = []
        batch.append(candidate)
    if batch:
        yield batch


def _candidate(
    composite: Candidate,
    beginning: Beginning,
    painted: Image,
    opened: Opened,
    request: Request,
    wish: Wish,
) -> Candidate:
    """The painted picture in the size that was asked for; what wasn't painted is as it was."""
    height, width = composite.image.shape[:2]
    image = np.clip(resize(painted, width, height), 0, 1)
    if beginning.mask is not None:
        mask: Mask = np.clip(resize(beginning.mask, width, height), 0, 1)
        image = laid_back(image, composite.image, mask)
    origin = replace(
        composite.origin,
        generator=NAME,
        source_type=_IN_PART,
        settings={
            **composite.origin.settings,
            **opened.record,
            "region": request.painting.region,
            "strength": wish.strength,
            **({"guidance": request.painting.guidance} if request.painting.guidance else {}),
            "steps": wish.steps,
            "paint-seed": beginning.seed,
            "prompt": beginning.prompt,
        },
    )
    return Candidate(image.astype(np.float32), composite.matte, origin)
