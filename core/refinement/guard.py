"""The guard: a refiner's result is kept only if likeness has not fallen.

Likeness is judged by a recogniser that did not steer the picture, on the same face geometry before
and after, so that a new detection adds no noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError, NoFace, SeveralFaces
from ..faces import Face
from ..identity.identity import Identity
from ..identity.lasting_marks import lasting_mask
from ..images import Image, Mask, check_image
from ..painting import Painting
from ..portrait.portrait import Portrait
from ..progress import SILENT, Progress
from ..provenance import ModelUse
from ..scoring.likeness import judge_of
from . import REFINERS
from .refiner import Enlarger, Personal, Refiner

# How far likeness may fall before it has fallen, as a share of the way from the recogniser's
# `same_person` to 1 (.001 in dlib's cosine). Measured as noise: five portraits at 1024x1280, each
# shifted by parts of a pixel and resized by up to 3 % fourteen times and saved as JPEG at quality
# 95, move by .004 of that way (standard deviation), 99 % of them by less than .012.
TOLERANCE = 0.012

# If the full result lowers likeness, these shares of it are tried.
_SHARES = (0.5, 0.25)


@dataclass(frozen=True, eq=False)
class Refined:
    """A picture after refinement.

    kept: whether any refiner's result is in `image`.
    before, after: cosine to the sitter's template by the judge, of the picture given and of
        `image`; 0 where there is no face to judge.
    reason: what was done and why, for people.
    by: the model that painted, if any.
    """

    image: Image
    kept: bool
    before: float
    after: float
    reason: str
    by: ModelUse | None = None


def refine(
    portrait: Portrait,
    identity: Identity,
    *,
    refiners: Sequence[str | Refiner],
    strength: float = 0.6,
    longest: int | None = None,
    judge: str = "",
    painting: Painting | None = None,
    progress: Progress = SILENT,
) -> Refined:
    """Apply `refiners` to the picture of `portrait`; each result is kept only if it does no harm.

    If a result is less like the sitter, mixtures with the refiner's result at strength 0 are tried:
    one half, then one quarter of it. If these are less like the sitter too, the result at strength
    0 is used: the unchanged pixels, or a plain enlargement for a refiner that enlarges. Without
    exactly one face the picture is returned unchanged, its size too.

    Args:
        strength: 0..1.
        longest: limit of the longest side in pixels for refiners that enlarge.
        judge: name of the analyser whose recogniser judges; default: the setting.
        painting: for refiners that paint.

    Raises:
        InputError: not an Image, or a strength out of range.
        ConsentError: the sitter did not agree to pictures being made of them.
        UnknownName: no refiner is called that.
        SetupError: weights or a package are missing.
        Cancelled: stopped through `progress`.
    """
    image = check_image(portrait.image)
    identity.require("generate")
    if not 0 <= strength <= 1:
        raise InputError(f"A strength of {strength} was asked for", "Give 0 to 1.")
    chain = [
        each.for_sitter(identity, painting or Painting()) if isinstance(each, Personal) else each
        for each in map(_named, refiners)
    ]
    recogniser = judge_of(identity, judge)
    vector = identity.templates[recogniser.name].vector
    try:
        face = portrait.face
    except (NoFace, SeveralFaces) as error:
        return Refined(image, False, 0.0, 0.0, f"nothing was done: {error.what}")

    def likeness(picture: Image, shown: Face) -> float:
        return float(recogniser.embed(picture, [shown])[0] @ vector)

    before = after = likeness(image, face)
    # The sitter's permanent marks don't apply to another person.
    theirs = before > recogniser.different_person
    least = before - TOLERANCE * (1 - recogniser.same_person)
    kept, reasons, painter = False, list[str](), None
    for index, refiner in enumerate(chain):
        part = progress.part(index / len(chain), (index + 1) / len(chain))
        factor = _factor(refiner, image, longest)
        if factor < 1:
            reasons.append(f"{refiner.name}: not needed, it is {max(image.shape)} pixels long")
            continue
        make = _at(refiner, factor, lasting_mask(identity, face, image.shape) if theirs else None)
        full = make(image, face, strength, part)
        shown = face if factor == 1 else face.scaled(factor)
        score = likeness(full, shown)
        if score >= least:
            image, after, kept = full, score, True
            reasons.append(f"{refiner.name}: kept (likeness {before:.3f} before, {after:.3f} now)")
        else:
            plain = make(image, face, 0.0, SILENT)
            image, share = plain, 0.0
            for tried in _SHARES:
                mixed = np.asarray(cv2.addWeighted(full, tried, plain, 1 - tried, 0), np.float32)
                alike = likeness(mixed, shown)
                if alike >= least:
                    image, after, kept, share = mixed, alike, True, tried
                    break
            reasons.append(_softened(refiner, factor, share, least, score))
        if isinstance(refiner, Personal):
            painter = refiner.record or painter
        face = shown
    progress.update(1.0)
    return Refined(image, kept, before, after, "; ".join(reasons), painter)


def _factor(refiner: Refiner, image: Image, longest: int | None) -> float:
    """The factor by which `refiner` enlarges `image`; below 1 if `image` is beyond the limit."""
    if longest is None or not isinstance(refiner, Enlarger):
        return refiner.scale
    room = longest / max(image.shape)
    return 0.0 if room <= 1 else min(float(refiner.scale), room)


def _at(
    refiner: Refiner, factor: float, keep: Mask | None
) -> Callable[[Image, Face, float, Progress], Image]:
    """A function that refines by `refiner`, enlarging `factor` times and preserving `keep`."""
    if factor == refiner.scale or not isinstance(refiner, Enlarger):
        return lambda image, face, strength, progress: refiner.refine(
            image, face, strength, progress, keep
        )
    return lambda image, face, strength, progress: refiner.enlarge(
        image, face, strength, factor, progress, keep
    )


def _softened(refiner: Refiner, factor: float, share: float, least: float, score: float) -> str:
    """The note on a refiner whose full result was less like the sitter."""
    why = f"less like the sitter ({score:.3f}, at least {least:.3f})"
    if share:
        return f"{refiner.name}: {share:.0%} of it kept, all of it is {why}"
    plainly = f"; enlarged {factor:.3g} times without it" if factor != 1 else ""
    return f"{refiner.name}: not kept, it is {why}{plainly}"


def _named(refiner: str | Refiner) -> Refiner:
    return REFINERS.get(refiner) if isinstance(refiner, str) else refiner
