"""One picture in, one scorecard out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import exp, log

import numpy as np

from ..errors import InputError, NoFace, SeveralFaces
from ..faces import ANALYSERS, Face
from ..generation import Origin
from ..identity.identity import Identity
from ..images import Image, Mask, check_image, fit
from ..progress import SILENT, Progress
from ..settings import settings
from .composition import composition
from .likeness import judge_of, likeness
from .matte import matte_faults
from .measures import marks
from .quality import quality
from .scorecard import Measure, Scorecard

# Faces are looked for on a copy no larger than this; the mesh it gives differs by .2 pixels of a
# 1280-pixel picture. A face narrower than the second figure there is looked at in full size.
_LONGEST = 640
_NARROW = 64
# A face this wide, as a share of the sitter's, is a second person and not a stranger far behind.
_SECOND_PERSON = 0.25


def score(
    image: Image,
    identity: Identity,
    *,
    picture: str,
    matte: Mask | None = None,
    origin: Origin | None = None,
    face: Face | None = None,
    judge: str = "",
) -> Scorecard:
    """The scorecard of `image` (sRGB float32 (H, W, 3) 0..1) as a headshot of the sitter.

    picture: its name within the set. matte: float32 (H, W), the sitter's coverage; without one
    the faults of the cut-out are not looked for. origin: how it was made, which tells the framing
    it was meant to have. face: the sitter's face where it is known already, without which the
    picture is analysed. judge: name of the analyser whose recogniser judges; default: the setting.

    The verdict is "pending", or "reject" for what no choice can mend: no face, several, or
    another person's.

    Raises:
        InputError: not an Image, or a matte of another size.
        IdentityDamaged: the identity holds no template that any judge could use.
        SetupError: weights or a package are missing.
    """
    check_image(image, f"picture {picture!r}")
    _check_matte(image, matte, picture)
    try:
        found = face if face is not None else find_sitter(image, picture)
    except (NoFace, SeveralFaces) as error:
        return _rejected(identity, picture, origin, judge, error.what)
    photo = origin.photo if origin else ""
    with ThreadPoolExecutor(1) as beside:  # the network leaves one of two cores to the rest
        judged = beside.submit(likeness, image, found, identity, judge=judge, photo=photo)
        measures = (
            *quality(image, found, identity),
            *(matte_faults(matte, found) if matte is not None else ()),
            *composition(image.shape, found, matte, origin),
        )
        like = judged.result()
    measures = (*like.measures, *measures)
    same = like.cosine >= like.low
    return Scorecard(
        picture=picture,
        sitter=identity.name,
        judge=like.judge,
        likeness=like.cosine,
        percentile=like.percentile,
        measures=measures,
        overall=overall(measures) if same else 0.0,
        verdict="pending" if same else "reject",
        reasons=() if same else (_stranger(like.cosine, like.low),),
        origin=origin,
    )


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to be scored; see `score`."""

    name: str
    image: Image
    matte: Mask | None = None
    origin: Origin | None = None


def score_all(
    pictures: Sequence[Picture], identity: Identity, *, judge: str = "", progress: Progress = SILENT
) -> tuple[Scorecard, ...]:
    """The scorecards of `pictures`, in their order.

    Raises:
        Cancelled: stopped through `progress`; and all that `score` raises.
    """
    cards: list[Scorecard] = []
    for index, each in enumerate(pictures):
        progress.update(index / len(pictures), f"Scoring {each.name}")
        card = score(
            each.image,
            identity,
            picture=each.name,
            matte=each.matte,
            origin=each.origin,
            judge=judge,
        )
        cards.append(card)
    progress.update(1.0)
    return tuple(cards)


def find_sitter(image: Image, name: str) -> Face:
    """The one face of a picture, not embedded.

    Raises:
        NoFace: there is none.
        SeveralFaces: there is another at least a quarter as wide.
    """
    analyser = ANALYSERS.get(settings().analyser)
    small, factor = fit(image, _LONGEST)
    faces = analyser.analyse(small, embed=False)
    if factor < 1 and (not faces or faces[0].width < _NARROW):
        faces, factor = analyser.analyse(image, embed=False), 1.0
    if not faces:
        raise NoFace(
            f"There is no face to be found in {name!r}",
            "Use a picture that shows the sitter's whole face.",
        )
    others = [each for each in faces[1:] if each.width >= _SECOND_PERSON * faces[0].width]
    if others:
        raise SeveralFaces(
            f"There are {len(others) + 1} faces in {name!r}",
            "Crop the picture to the sitter alone.",
        )
    return faces[0].scaled(1 / factor)


def overall(measures: Sequence[Measure]) -> float:
    """The ranking figure 0..1: the weighted geometric mean of all marks.

    Geometric, so that one bad property is not outweighed by many good ones.
    """
    given = [marks(measure) for measure in measures]
    weight = sum(each for _, each in given)
    if weight == 0:
        return 0.0
    return exp(sum(share * log(max(mark, 1e-6)) for mark, share in given) / weight)


def _rejected(
    identity: Identity, picture: str, origin: Origin | None, judge: str, reason: str
) -> Scorecard:
    return Scorecard(
        picture=picture,
        sitter=identity.name,
        judge=judge_of(identity, judge).name,
        likeness=0.0,
        percentile=0.0,
        measures=(),
        overall=0.0,
        verdict="reject",
        reasons=(reason,),
        origin=origin,
    )


def _stranger(cosine: float, low: float) -> str:
    return f"not the sitter (likeness {cosine:.3f}, at least {low:.3f})"


def _check_matte(image: Image, matte: Mask | None, picture: str) -> None:
    if matte is None:
        return
    if matte.shape != image.shape[:2] or matte.dtype != np.float32:
        raise InputError(
            f"The matte of {picture!r} is {matte.dtype} {matte.shape}, the picture {image.shape}",
            "Give a float32 (H, W) matte of the picture's own size.",
        )
