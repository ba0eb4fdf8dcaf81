"""One picture in, one scorecard out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from math import exp, log

import numpy as np

from ..errors import InputError, NoFace, SeveralFaces
from ..identity.identity import Identity
from ..images import check_image
from ..picture import Picture
from ..portrait.portrait import Portrait
from ..progress import SILENT, Progress
from ..provenance import UNKNOWN, Provenance
from ..scorecard import Measurement, Scorecard
from ..settings import settings
from .context import Context, Needs, asked
from .likeness import Likeness, judge_of, likeness
from .measure import Answer, marks
from .measures.clean_cutouts import CutOuts
from .registry import MEASURES
from .sources import source_notes


def score(
    portrait: Portrait,
    identity: Identity,
    *,
    picture: str,
    provenance: Provenance = UNKNOWN,
    judge: str = "",
    cutouts: CutOuts | None = None,
) -> Scorecard:
    """The scorecard of `portrait` as a headshot of the sitter.

    portrait: without a matte the faults of the cut-out are not looked for. picture: its name within
    the set. provenance: how it was made, which tells the framing it was meant to have. judge: name
    of the analyser whose recogniser judges; default: the setting. cutouts: shared by the pictures
    of one sitter, it spares searching the same cut-out again.

    The verdict is "pending", or "reject" for what no choice can mend: no face, several, or
    another person's.

    Raises:
        InputError: not an Image, or a matte of another size.
        IdentityDamaged: the identity holds no template that any judge could use.
        SetupError: weights or a package are missing.
    """
    given = Picture(picture, portrait, provenance)
    with ThreadPoolExecutor(1) as beside:  # the network leaves one of two cores to the rest
        return _begun(given, identity, judge, cutouts or CutOuts(), beside, beside)()


def score_all(
    pictures: Sequence[Picture],
    identity: Identity,
    *,
    judge: str = "",
    progress: Progress = SILENT,
) -> tuple[Scorecard, ...]:
    """The scorecards of `pictures`, in their order; several are worked on at a time.

    What was measured of a picture is forgotten when its scorecard is done, so that many take no
    more memory than a few; its face is kept.

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
            waiting.append(_begun(each, identity, judge, cutouts, pool, judging))
            if len(waiting) > workers:  # no more wait than are worked on, as each holds its picture
                cards.append(waiting.popleft()())
        cards += [finish() for finish in waiting]
    progress.update(1.0)
    return tuple(cards)


def _begun(
    given: Picture,
    identity: Identity,
    judge: str,
    cutouts: CutOuts,
    pool: Executor,
    judging: Executor,
) -> Callable[[], Scorecard]:
    """What ends the scoring of one picture, and may be called later and from any thread.

    The face and the cut-out are looked at here, in the order of the pictures, as what is found in
    one is used for the next; the rest is begun in the pool, the recognisers in `judging`.
    """
    portrait, provenance = given.portrait, given.provenance
    check_image(portrait.image, f"picture {given.name!r}")
    _check_matte(portrait, given.name)
    try:
        portrait.sitter(given.name)
    except (NoFace, SeveralFaces) as error:
        rejected = _rejected(identity, given, judge, error.what)
        return lambda: rejected
    photo, lender = provenance.photo, provenance.lender
    made = bool(provenance.generator)  # a file tells that, but of no photo
    judged = judging.submit(
        likeness, portrait, identity, judge=judge, made=made, photo=photo, lender=lender
    )
    context = Context(portrait, identity, provenance, cutouts)
    answers = asked(MEASURES, Needs.SET, context)
    if pool is judging:  # a pool of one can't wait for itself
        return lambda: _finished(given, context, answers, judged)
    return pool.submit(_finished, given, context, answers, judged).result


def _finished(
    given: Picture, context: Context, answers: dict[str, Answer], judged: Future[Likeness]
) -> Scorecard:
    """The scorecard, with what is independent of other pictures measured here.

    answers: to the measures that need the other pictures.
    """
    portrait = given.portrait
    answers |= asked(MEASURES, Needs.FACE, context)
    like = judged.result()
    same = like.cosine >= like.low
    if same:  # of a stranger there is no more to say
        context.nearest = like.nearest
        answers |= asked(MEASURES, Needs.SITTER, context)
    portrait.release()
    said = [answers[each.name] for each in MEASURES if each.name in answers]
    measures = (*like.measures, *(one for each in said for one in each.measurements))
    notes = (note for each in said for note in each.notes)
    return Scorecard(
        picture=given.name,
        sitter=context.identity.name,
        judge=like.judge,
        likeness=like.cosine,
        percentile=like.percentile,
        measures=measures,
        overall=overall(measures) if same else 0.0,
        verdict="pending" if same else "reject",
        reasons=() if same else (_stranger(like.cosine, like.low),),
        notes=(*like.notes, *notes, *source_notes(context.identity, given.provenance)),
    )


def overall(measures: Sequence[Measurement]) -> float:
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
    )


def _stranger(cosine: float, low: float) -> str:
    return f"not the sitter (likeness {cosine:.3f}, at least {low:.3f})"


def _check_matte(portrait: Portrait, picture: str) -> None:
    image, matte = portrait.image, portrait.matte
    if matte is None:
        return
    if matte.shape != image.shape[:2] or matte.dtype != np.float32:
        raise InputError(
            f"The matte of {picture!r} is {matte.dtype} {matte.shape}, the picture {image.shape}",
            "Give a float32 (H, W) matte of the picture's own size.",
        )
