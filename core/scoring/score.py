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
from .context import Context, Needs, ask
from .likeness import Likeness, judge_of, likeness
from .likeness_words import STRANGER
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

    portrait: without a matte, faults of the cut-out are not looked for.
    picture: its name within the set.
    provenance: how it was made, which also says what framing and light it should have.
    judge: name of the analyser whose recogniser judges; default: the setting.
    cutouts: shared by the pictures of one sitter, so that the same cut-out is searched once.

    The verdict is "pending"; or "reject" where there is no face, several, or another person's.

    Raises:
        InputError: not an Image, or a matte of another size.
        IdentityDamaged: the identity holds no template that any judge could use.
        SetupError: weights or a package are missing.
    """
    one = Picture(picture, portrait, provenance)
    with ThreadPoolExecutor(1) as judging:  # the recogniser leaves one of two cores to the rest
        return _begin(one, identity, judge, cutouts or CutOuts(), judging, judging)()


def score_all(
    pictures: Sequence[Picture],
    identity: Identity,
    *,
    judge: str = "",
    progress: Progress = SILENT,
) -> tuple[Scorecard, ...]:
    """The scorecards of `pictures`, in their order. Several pictures are scored at a time.

    When a scorecard is done, the picture's measurements are dropped, except its face: so many
    pictures take no more memory than a few.

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
            waiting.append(_begin(each, identity, judge, cutouts, pool, judging))
            if len(waiting) > workers:  # bounds the memory: each waiting one holds its picture
                cards.append(waiting.popleft()())
        cards += [finish() for finish in waiting]
    progress.update(1.0)
    return tuple(cards)


def _begin(
    picture: Picture,
    identity: Identity,
    judge: str,
    cutouts: CutOuts,
    pool: Executor,
    judging: Executor,
) -> Callable[[], Scorecard]:
    """Start to score one picture; the returned function waits for the scorecard.

    The face and the cut-out are examined here, in the order of the pictures, as the next picture
    uses the results. The rest runs in `pool`, the recognisers run in `judging`. The returned
    function may be called later and from any thread.
    """
    portrait, provenance = picture.portrait, picture.provenance
    check_image(portrait.image, f"picture {picture.name!r}")
    _check_matte(portrait, picture.name)
    try:
        portrait.sitter(picture.name)
    except (NoFace, SeveralFaces) as error:
        rejected = _rejected(identity, picture, judge, error.what)
        return lambda: rejected
    photo, lender = provenance.photo, provenance.lender
    generated = bool(provenance.generator)  # a file says that, but names no photo
    judged = judging.submit(
        likeness, portrait, identity, judge=judge, from_photo=generated, photo=photo, lender=lender
    )
    context = Context(portrait, identity, provenance, cutouts)
    answers = ask(MEASURES, Needs.SET, context)
    if pool is judging:  # a pool of one can't wait for itself
        return lambda: _finish(picture, context, answers, judged)
    return pool.submit(_finish, picture, context, answers, judged).result


def _finish(
    picture: Picture, context: Context, answers: dict[str, Answer], judged: Future[Likeness]
) -> Scorecard:
    """Take the measures that need no other picture, and write the scorecard.

    answers: of the measures that need the other pictures.
    """
    portrait = picture.portrait
    answers |= ask(MEASURES, Needs.FACE, context)
    like = judged.result()
    same = like.cosine >= like.low
    if same:  # the rest means nothing for a stranger
        context.nearest = like.nearest
        answers |= ask(MEASURES, Needs.SITTER, context)
    portrait.release()
    ordered = [answers[each.name] for each in MEASURES if each.name in answers]
    measures = (*like.measures, *(one for each in ordered for one in each.measurements))
    notes = (note for each in ordered for note in each.notes)
    return Scorecard(
        picture=picture.name,
        sitter=context.identity.name,
        judge=like.judge,
        likeness=like.cosine,
        percentile=like.percentile,
        measures=measures,
        overall=overall(measures) if same else 0.0,
        verdict="pending" if same else "reject",
        reasons=() if same else (STRANGER,),
        notes=(*like.notes, *notes, *source_notes(context.identity, picture.provenance)),
    )


def overall(measures: Sequence[Measurement]) -> float:
    """The figure that ranks pictures, 0..1, higher is better.

    The weighted geometric mean of all marks (`measure.marks`): geometric, so that many good
    properties don't outweigh a bad one. The weights are this program's own judgement, from no
    source: likeness counts four, sharpness two, others one or less.
    """
    weighted = [marks(measure) for measure in measures]
    weight = sum(each for _, each in weighted)
    if weight == 0:
        return 0.0
    return exp(sum(share * log(max(mark, 1e-6)) for mark, share in weighted) / weight)


def _rejected(identity: Identity, picture: Picture, judge: str, reason: str) -> Scorecard:
    return Scorecard(
        picture=picture.name,
        sitter=identity.name,
        judge=judge_of(identity, judge).name,
        likeness=0.0,
        percentile=0.0,
        measures=(),
        overall=0.0,
        verdict="reject",
        reasons=(reason,),
    )


def _check_matte(portrait: Portrait, picture: str) -> None:
    image, matte = portrait.image, portrait.matte
    if matte is None:
        return
    if matte.shape != image.shape[:2] or matte.dtype != np.float32:
        raise InputError(
            f"The matte of {picture!r} is {matte.dtype} {matte.shape}, the picture {image.shape}",
            "Give a float32 (H, W) matte of the picture's own size.",
        )
