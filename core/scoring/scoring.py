"""One picture in, one scorecard out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import exp, log

import numpy as np

from ..errors import InputError, NoFace, SeveralFaces
from ..faces import ANALYSERS, Face
from ..identity.identity import Identity
from ..images import Image, Mask, check_image, fit, pixel_digest
from ..portrait.light import measure_light
from ..progress import SILENT, Progress
from ..provenance import UNKNOWN, Provenance
from ..settings import settings
from .closer import Closer, look_closer
from .composition import composition
from .cutouts import CutOuts
from .light import light
from .likeness import Likeness, judge_of, likeness
from .matte import matte_faults
from .measures import marks
from .quality import quality
from .scorecard import Measure, Scorecard
from .sources import source_notes
from .view import FACE, View

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
    provenance: Provenance = UNKNOWN,
    face: Face | None = None,
    judge: str = "",
    cutouts: CutOuts | None = None,
) -> Scorecard:
    """The scorecard of `image` (sRGB float32 (H, W, 3) 0..1) as a headshot of the sitter.

    picture: its name within the set. matte: float32 (H, W), the sitter's coverage; without one
    the faults of the cut-out are not looked for. provenance: how it was made, which tells the
    framing it was meant to have. face: the sitter's face where it is known already, without which
    the picture is analysed. judge: name of the analyser whose recogniser judges; default: the
    setting. cutouts: shared by the pictures of one sitter, it spares searching the same cut-out
    again.

    The verdict is "pending", or "reject" for what no choice can mend: no face, several, or
    another person's.

    Raises:
        InputError: not an Image, or a matte of another size.
        IdentityDamaged: the identity holds no template that any judge could use.
        SetupError: weights or a package are missing.
    """
    given = Picture(picture, image, matte, provenance)
    with ThreadPoolExecutor(1) as beside:  # the network leaves one of two cores to the rest
        return _begun(given, identity, face, judge, cutouts or CutOuts(), beside, beside)()


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to be scored; see `score`."""

    name: str
    image: Image
    matte: Mask | None = None
    provenance: Provenance = UNKNOWN


def score_all(
    pictures: Sequence[Picture],
    identity: Identity,
    *,
    judge: str = "",
    faces: Sequence[Face | None] | None = None,
    progress: Progress = SILENT,
) -> tuple[Scorecard, ...]:
    """The scorecards of `pictures`, in their order; several are worked on at a time.

    faces: as `score` takes them, one for each picture.

    Raises:
        Cancelled: stopped through `progress`; and all that `score` raises.
    """
    cards: list[Scorecard] = []
    cutouts = CutOuts()
    waiting: deque[Callable[[], Scorecard]] = deque()
    workers = max(1, settings().threads)
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as judging:
        for index, each in enumerate(pictures):
            progress.update(index / len(pictures), f"Scoring {each.name}")
            face = faces[index] if faces else None
            waiting.append(_begun(each, identity, face, judge, cutouts, pool, judging))
            if len(waiting) > workers:  # no more wait than are worked on, as each holds its picture
                cards.append(waiting.popleft()())
        cards += [finish() for finish in waiting]
    progress.update(1.0)
    return tuple(cards)


def _begun(
    given: Picture,
    identity: Identity,
    face: Face | None,
    judge: str,
    cutouts: CutOuts,
    pool: Executor,
    judging: Executor,
) -> Callable[[], Scorecard]:
    """What ends the scoring of one picture, and may be called later and from any thread.

    The face and the cut-out are looked at here, in the order of the pictures, as what is found in
    one is used for the next; the rest is begun in the pool, the recognisers in `judging`.
    """
    image, matte, provenance = given.image, given.matte, given.provenance
    check_image(image, f"picture {given.name!r}")
    _check_matte(image, matte, given.name)
    small, factor = fit(image, _LONGEST)
    try:
        found = face if face is not None else _found(image, small, factor, given.name)
    except (NoFace, SeveralFaces) as error:
        rejected = _rejected(identity, given, judge, error.what)
        return lambda: rejected
    photo, lender = provenance.photo, provenance.lender
    made = bool(provenance.generator)  # a file tells that, but of no photo
    judged = judging.submit(
        likeness, image, found, identity, judge=judge, made=made, photo=photo, lender=lender
    )
    strange = cutouts.measures(image, matte, found, provenance) if matte is not None else ()
    view = _view(given, small, factor, found)
    if pool is judging:  # a pool of one can't wait for itself
        return lambda: _finished(given, view, identity, found, strange, judged)
    return pool.submit(_finished, given, view, identity, found, strange, judged).result


def _view(given: Picture, small: Image, factor: float, face: Face) -> View:
    """The picture with the face no narrower than `FACE`, or as it is."""
    if factor * face.width < FACE:
        return View(given.image, given.matte, face)
    matte = None if given.matte is None else fit(given.matte, _LONGEST)[0]
    return View(small, matte, face.scaled(factor))


def _finished(
    given: Picture,
    view: View,
    identity: Identity,
    found: Face,
    strange: tuple[Measure, ...],
    judged: Future[Likeness],
) -> Scorecard:
    """The scorecard, with what is independent of other pictures measured here."""
    image, matte, provenance = given.image, given.matte, given.provenance
    light_found = measure_light(image, found)
    lit, note = light(image, found, provenance, light_found)
    measures = (
        *quality(image, found, identity, view),
        *lit,
        *(matte_faults(view.matte, view.face) if view.matte is not None else ()),
        *strange,
        *composition(image.shape, found, matte, provenance),
    )
    like = judged.result()
    same = like.cosine >= like.low
    closer = Closer(())
    if same:  # of a stranger there is no more to say
        closer = look_closer(
            image,
            found,
            identity,
            provenance=provenance,
            near=like.nearest,
            matte=matte,
            light=light_found,
            view=view,
        )
    measures = (*like.measures, *closer.measures, *measures)
    return Scorecard(
        picture=given.name,
        sitter=identity.name,
        judge=like.judge,
        likeness=like.cosine,
        percentile=like.percentile,
        measures=measures,
        overall=overall(measures) if same else 0.0,
        verdict="pending" if same else "reject",
        reasons=() if same else (_stranger(like.cosine, like.low),),
        provenance=provenance,
        pixels=pixel_digest(image),
        notes=(*like.notes, *((note,) if note else ()), *source_notes(identity, provenance)),
    )


def find_sitter(image: Image, name: str) -> Face:
    """The one face of a picture, not embedded.

    Raises:
        NoFace: there is none.
        SeveralFaces: there is another at least a quarter as wide.
    """
    return _found(image, *fit(image, _LONGEST), name)


def _found(image: Image, small: Image, factor: float, name: str) -> Face:
    """See `find_sitter`; `small` is `image` resized by `factor`."""
    analyser = ANALYSERS.get(settings().analyser)
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
    """The ranking figure, 0..1 without unit, higher is better: the weighted geometric mean of all
    marks (`measures.marks`).

    Geometric, so that one bad property is not outweighed by many good ones. Weights are a judgement
    of this program's own, from no source: likeness counts four, sharpness two, others one or less.
    """
    given = [marks(measure) for measure in measures]
    weight = sum(each for _, each in given)
    if weight == 0:
        return 0.0
    return exp(sum(share * log(max(mark, 1e-6)) for mark, share in given) / weight)


def _rejected(identity: Identity, given: Picture, judge: str, reason: str) -> Scorecard:
    return Scorecard(
        picture=given.name,
        sitter=identity.name,
        judge=judge_of(identity, judge).name,
        likeness=0.0,
        percentile=0.0,
        measures=(),
        overall=0.0,
        verdict="reject",
        reasons=(reason,),
        provenance=given.provenance,
        pixels=pixel_digest(given.image),
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
