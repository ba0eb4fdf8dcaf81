"""Keeps the sitter in an edited picture: registers, compares, un-tints, joins, and judges."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..errors import FaceError, HeadshotsError, InputError, NoSource, WrongPerson
from ..faces import ANALYSERS, Face, Recogniser
from ..faces.head_pose import turned
from ..identity.identity import Identity
from ..images import LUMINANCE, Float, Image, Mask, blur, check_image, extremes, resize
from ..portrait.portrait import Portrait
from ..portrait.segments import Segment
from ..progress import SILENT, Progress
from ..scoring.likeness import judge_of
from ..settings import settings
from .card import DriftCard, card_of
from .colours import Drift, drift_of
from .comparison import Comparison, compare, cosines, grey_refusals
from .frame import Frame, frame_of
from .head import head_of
from .head_light import light_change, lit, most_on_face
from .joining import Joined, Whole, backdrop_difference, joined, membrane, same_backdrop, seam
from .regions import Keep, own_share
from .registration import Placement, Registration, placement, register
from .sight import Sight, after, inverted, look_at, placed, resized

# Of the edited picture the network is given fewer pixels: its matte only tells where walls are.
_AREA = 160_000
_SMOOTHED = 0.012  # face widths, of the blur on which colours are compared
# How far likeness may fall, as a share of the way from the recogniser's `same_person` to 1 (.003 in
# dlib's cosine). The face's own pixels are the same, but the recogniser sees the wall beside them.
_NOISE = 0.0375
_ONE_ASPECT = 0.02  # difference up to which two pictures have one aspect
_SHRUNK = 1.5  # pixels of the edited picture per pixel of the original from which it is averaged


@dataclass(frozen=True, eq=False)
class Kept:
    """What came of an edited picture.

    image: sRGB float32 (H, W, 3): the edited picture with the sitter's own pixels; where it was
        refused, the original.
    own: float32 (H, W) 0..1, the original's share in each pixel.
    card: what the edit did, and what was done.
    refusals: why the edited picture was refused, in words; empty where it was not.
    comparison: of the two heads; None where there was no face to compare.
    frame: the part of the original that `image` shows; None where it was refused, as the rest.
    where: where the edited picture lies on the original.
    under: the edited picture in the frame, without its drift, as it was joined; float32 (H, W, 3).
    """

    image: Image
    own: Mask
    card: DriftCard | None
    refusals: tuple[str, ...]
    comparison: Comparison | None = None
    frame: Frame | None = None
    where: Placement | None = None
    under: Image | None = None

    @property
    def kept(self) -> bool:
        """Whether the result is of the edited picture."""
        return not self.refusals


def keep_sitter(
    original: Portrait,
    edited: Portrait,
    *,
    keep: Keep = Keep.HEAD,
    light: float = 0.0,
    identity: Identity | None = None,
    progress: Progress = SILENT,
) -> Kept:
    """`edited` with the sitter's own pixels of `original` where the edit was not meant to go.

    Nothing of a refused picture comes out: the result is then the original.

    Args:
        light: how far the light of the edit is put on what is kept, 0..1; half of it or none where
            the result would be less like the sitter, and none where the original's backdrop stays.
        identity: the sitter's; likeness is then judged against their template, else against the
            original.

    Raises:
        NoFace, SeveralFaces: the original does not show exactly one face.
        NoSource: its head lies on its side.
        WrongPerson: it does not show the sitter.
        ConsentError: the sitter did not agree to pictures being made of them.
        InputError: no Image; or there is nothing to keep and no `identity`.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    check_image(original.image, "the original")
    check_image(edited.image, "the edited picture")
    original.sitter("the original")
    if keep is Keep.NOTHING and identity is None:  # any picture is less like it than it is itself
        raise InputError(
            "Nothing of the original is to stay, and there is no sitter to judge the edit by",
            "Give the sitter, or choose what is to stay the sitter's own.",
        )
    judge = _Judge(original, identity)
    try:
        pair = _pair(original, edited, progress)
    except (FaceError, NoSource) as error:
        return _refused(original, (_clause(error),))
    before = judge.likeness(edited)
    reasons, frame = _reasons(pair, keep), None
    try:
        frame = frame_of(pair.where.matrix, original.image.shape, edited.image.shape)
    except InputError as error:
        reasons = reasons or (_clause(error),)
    if frame is None or reasons:
        card = pair.card(None, (judge.usual, before, judge.usual))
        return _refused(original, reasons, card, pair.comparison)
    progress.update(0.6)
    result, drift, finished = _put_back(pair, frame, keep, light, progress)
    reached = judge.of(result.image, _moved(original.face, frame))
    for less in (light / 2, 0.0) if light > 0 else ():
        if reached >= judge.least:
            break
        result, drift, finished = _put_back(pair, frame, keep, less, progress)
        reached = judge.of(result.image, _moved(original.face, frame))
    progress.update(0.9)
    card = finished(pair.card(drift, (judge.usual, before, reached)))
    if reached < judge.least:
        why = f"the result is less like the sitter ({reached:.3f}, at least {judge.least:.3f})"
        return _refused(original, (why,), card, pair.comparison)
    return Kept(
        result.image, result.own, card, (), pair.comparison, frame, pair.where, result.under
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both pictures as they were seen, in full and at the working size, and registered."""

    original: Portrait
    edited: Portrait
    own: Sight
    edit: Sight
    matte: Mask
    edit_matte: Mask
    registration: Registration
    where: Placement
    comparison: Comparison

    def card(self, drift: Drift | None, likeness: tuple[float, float, float]) -> DriftCard:
        """The card of the edit; `likeness` as in `card_of`."""
        shapes = self.original.image.shape, self.edited.image.shape
        across, down = (shapes[1][side] / shapes[0][side] for side in (1, 0))
        resized_by = (across + down) / 2 if abs(across / down - 1) < _ONE_ASPECT else 1.0
        return card_of(
            self.own, self.registration, self.where, self.comparison, drift, likeness, resized_by
        )


def _pair(original: Portrait, edited: Portrait, progress: Progress) -> _Pair:
    """Raises FaceError and NoSource of the edited picture; the original was looked at."""
    with ThreadPoolExecutor(1) as beside:  # the networks leave half of the time to one core
        looked = beside.submit(_look_at_edit, edited) if settings().threads > 1 else None
        own, matte = look_at(original, original.face)
        progress.update(0.3)
        edit, edit_matte = looked.result() if looked else _look_at_edit(edited)
    progress.update(0.5)
    registration = register(own, edit)
    comparison = compare(own, edit, registration, cosines(original, edited))
    where = placement(registration, own, edit)
    return _Pair(original, edited, own, edit, matte, edit_matte, registration, where, comparison)


def _look_at_edit(edited: Portrait) -> tuple[Sight, Mask]:
    return look_at(edited, edited.sitter("the edited picture"), _AREA)


def _reasons(pair: _Pair, keep: Keep) -> tuple[str, ...]:
    """Why the edit is refused; what would show at a joint counts only where there is one."""
    if keep is Keep.NOTHING:
        return pair.comparison.other_heads
    return pair.comparison.refusals or grey_refusals(pair.own, pair.edit)


def _put_back(
    pair: _Pair, frame: Frame, keep: Keep, light: float, progress: Progress
) -> tuple[Joined, Drift, Callable[[DriftCard], DriftCard]]:
    """Both joined; the drift of colours; and what adds to the card what was done."""
    own, edit = _on_frame(frame, pair.own, pair.edit, pair.registration)
    drift = _drift(own, edit)
    edit = replace(edit, image=drift.undone(edit.image))
    whole = frame.of(pair.original.image)
    stays = keep in (Keep.ALL_BUT_CLOTHES, Keep.NOTHING)
    fallen = None if stays else light_change(own, edit, light)
    if fallen is not None:
        whole, own = lit(whole, fallen), replace(own, image=lit(own.image, fallen))
    share = own_share(keep, own, edit)
    change = membrane(own, edit, share)
    face = _moved(pair.original.face, frame)
    ours = Whole(whole, frame.of(pair.matte, bare=True), face)
    there = after(pair.where.matrix, frame.to_original)
    cover = placed(pair.edit_matte, there, frame.size, bare=True)
    theirs = Whole(drift.undone(_laid(pair.edited.image, pair.where, frame)), cover, face)
    progress.update(0.7)
    same = same_backdrop(backdrop_difference(own, edit))
    result = joined(keep, ours, theirs, (own, edit), share, change, same, progress.check)

    def finished(card: DriftCard) -> DriftCard:
        softer, shown = _softness(own, edit), seam(own, edit, share, change)
        done = card.with_result(keep, own, share, same, frame)
        return replace(done, softer=softer, seam=shown, lit=most_on_face(own, fallen))

    return result, drift, finished


def _moved(face: Face, frame: Frame) -> Face:
    """`face` of the original in the pixels of `frame`."""
    return turned(face, np.array([[1, 0, -frame.left], [0, 1, -frame.top]], np.float32))


def _clause(error: HeadshotsError) -> str:
    return f"{error.what[0].lower()}{error.what[1:]}"


class _Judge:
    """Likeness by the recogniser that judges: to the sitter's template, or to the original."""

    def __init__(self, original: Portrait, identity: Identity | None) -> None:
        if identity is None:
            self.recogniser: Recogniser = ANALYSERS.get(settings().judge).recogniser
            self._vector = self.recogniser.embed(original.image, [original.face])[0]
        else:
            self.recogniser = judge_of(identity)
            self._vector = identity.templates[self.recogniser.name].vector
            identity.require("generate")
        self.usual = self.likeness(original)
        if identity is not None and self.usual <= self.recogniser.different_person:
            raise WrongPerson(
                f"The original does not show {identity.name!r}",
                "Give the picture of the sitter that was edited.",
            )
        self.least = self.usual - _NOISE * (1 - self.recogniser.same_person)

    def likeness(self, portrait: Portrait) -> float:
        """Of the face of `portrait`, as detected; -1..1."""
        return self.of(portrait.image, portrait.face)

    def of(self, image: Image, face: Face) -> float:
        """Of `image` at the place of `face`, so that no new detection adds noise."""
        return float(self.recogniser.embed(image, [face])[0] @ self._vector)


def _refused(
    original: Portrait,
    reasons: tuple[str, ...],
    card: DriftCard | None = None,
    comparison: Comparison | None = None,
) -> Kept:
    own = np.ones(original.image.shape[:2], np.float32)
    return Kept(original.image, own, card, reasons, comparison)


def _on_frame(
    frame: Frame, own: Sight, edit: Sight, registration: Registration
) -> tuple[Sight, Sight]:
    """Both pictures at the working size on the grid of `frame`; the edited one bent into place."""
    to_bend = inverted(own.to_picture)
    scale = np.hypot(to_bend[0, 0], to_bend[1, 0])
    size = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
    to_own = after(to_bend, after(frame.to_original, resized(frame.size, size)))
    bend = placed(registration.bend, to_own, size)
    here, there = own.laid(to_own, size), edit.laid(after(registration.matrix, to_own), size)
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    x, y = x + bend[..., 0], y + bend[..., 1]

    def bent(values: Float) -> Float:
        moved = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.float32)

    parts = np.stack([bent(np.ascontiguousarray(there.parts[..., each])) for each in Segment], -1)
    return here, replace(there, image=bent(there.image), matte=bent(there.matte), parts=parts)


def _laid(image: Image, where: Placement, frame: Frame) -> Image:
    """The edited picture in the frame in full size, bent into place."""
    there = after(where.matrix, frame.to_original)
    shrunk = float(np.hypot(there[0, 0], there[1, 0]))
    if shrunk > _SHRUNK:  # area-averaged, as interpolation would skip pixels
        rows, columns = image.shape[:2]
        size = round(columns / shrunk), round(rows / shrunk)
        image = resize(image, *size)
        there = after(inverted(resized((columns, rows), size)), there)
    places = where.moves(frame.to_original, frame.size)
    places[..., 0] += np.arange(frame.width, dtype=np.float32)
    places[..., 1] += np.arange(frame.height, dtype=np.float32)[:, None]
    x, y = cv2.split(cv2.transform(places, there))
    laid = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(laid, 0, 1), np.float32)


def _drift(own: Sight, edit: Sight) -> Drift:
    """How the edit's colours drifted, told by the head that both pictures show."""
    head = (head_of(own) > 0.85) & (own.matte > 0.9) & (edit.matte > 0.9)
    parts = edit.of(Segment.HAIR, Segment.BODY_SKIN, Segment.FACE_SKIN) > 0.8
    darkest, brightest = extremes(own.image)
    clear = (brightest < 0.985) & (darkest > 0.01)
    darkest, brightest = extremes(edit.image)
    clear &= (brightest < 0.985) & (darkest > 0.01)
    sigma = _SMOOTHED * own.face.width
    return drift_of(blur(own.image, sigma), blur(edit.image, sigma), head & parts & clear)


def _softness(own: Sight, edit: Sight) -> float:
    """Fine detail of the edit's head as a share of the original's."""
    head = (head_of(own) > 0.85) & (edit.matte > 0.9)
    if not head.any():
        return 1.0
    mine, theirs = (_fine(each.image, own.face.width)[head].mean() for each in (own, edit))
    return float(theirs / max(float(mine), 1e-6))


def _fine(image: Image, width: float) -> Float:
    grey = np.asarray(image @ LUMINANCE, np.float32)
    return np.asarray(np.abs(grey - blur(grey, 0.006 * width)), np.float32)
