"""Keeps the sitter in an edited picture: registers, compares, un-tints, joins, and judges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..errors import FaceError, InputError, NoSource
from ..faces import ANALYSERS, Face, Recogniser
from ..faces.head_pose import turned
from ..identity.identity import Identity
from ..images import LUMINANCE, Float, Image, Mask, blur, check_image, resize
from ..portrait.portrait import Portrait
from ..portrait.segments import Segment
from ..progress import SILENT, Progress
from ..scoring.likeness import judge_of
from ..settings import settings
from .card import DriftCard, card_of
from .colours import Drift, drift_of
from .comparison import Comparison, compare, cosines
from .frame import Frame, frame_of
from .head import head_of
from .joining import Whole, backdrop_difference, joined, membrane, same_backdrop, seam
from .regions import Keep, own_share
from .registration import Placement, Registration, placement, register
from .sight import Sight, after, inverted, look_at, placed, resized

# Of the edited picture the network is given fewer pixels: its matte only tells where walls are.
_AREA = 160_000
_SMOOTHED = 0.012  # face widths, of the blur on which colours are compared
# How far likeness may fall, as a share of the way from the recogniser's `same_person` to 1 (.003 in
# dlib's cosine). The face's own pixels are the same, but the recogniser sees the wall beside them.
_NOISE = 0.0375
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
    identity: Identity | None = None,
    progress: Progress = SILENT,
) -> Kept:
    """`edited` with the sitter's own pixels of `original` where the edit was not meant to go.

    Nothing of a refused picture comes out: the result is then the original.

    Args:
        identity: the sitter's; likeness is then judged against their template, else against the
            original.

    Raises:
        NoFace, SeveralFaces: the original does not show exactly one face.
        NoSource: its head lies on its side.
        InputError: no Image.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    check_image(original.image, "the original")
    check_image(edited.image, "the edited picture")
    face = original.sitter("the original")
    if identity is not None:
        identity.require("generate")
    own, matte = look_at(original, face)
    progress.update(0.3)
    try:
        edit_face = edited.sitter("the edited picture")
        edit, edit_matte = look_at(edited, edit_face, _AREA)
    except (FaceError, NoSource) as error:
        return _refused(original, (f"{error.what[0].lower()}{error.what[1:]}",))
    progress.update(0.5)
    found = register(own, edit)
    comparison = compare(own, edit, found, cosines(original, edited))
    reasons = comparison.refusals
    where = placement(found, own, edit)
    frame = None
    if not reasons:
        try:
            frame = frame_of(where.matrix, original.image.shape, edited.image.shape)
        except InputError as error:
            reasons = (f"{error.what[0].lower()}{error.what[1:]}",)
    judge = _Judge(original, identity)
    before = judge.likeness(edited)
    if frame is None or reasons:
        usual = judge.usual, before, judge.usual
        card = card_of(own, found, where, comparison, None, usual)
        return _refused(original, reasons, card, comparison)
    progress.update(0.6)
    seen = own
    own, edit = _on_frame(frame, own, edit, found)
    drift = _drift(own, edit)
    edit = replace(edit, image=drift.undone(edit.image))
    share = own_share(keep, own, edit)
    face = turned(face, np.array([[1, 0, -frame.left], [0, 1, -frame.top]], np.float32))
    ours = Whole(frame.of(original.image), frame.of(matte, bare=True), face)
    laid = _laid(edited.image, where, frame)
    there = placed(edit_matte, after(where.matrix, frame.to_original), frame.size, bare=True)
    theirs = Whole(drift.undone(laid), there, face)
    progress.update(0.7)
    same = same_backdrop(backdrop_difference(own, edit))
    change = membrane(own, edit, share)
    result = joined(keep, ours, theirs, (own, edit), share, change, same, progress.check)
    progress.update(0.9)
    least = judge.usual - _NOISE * (1 - judge.recogniser.same_person)
    reached = judge.of(result.image, ours.face)
    card = card_of(seen, found, where, comparison, drift, (judge.usual, before, reached))
    card = card.with_result(keep, own, share, same, frame)
    softer, shown = _softness(own, edit), seam(own, edit, share, change)
    card = replace(card, softer=softer, seam=shown)
    if reached < least:
        why = f"the result is less like the sitter ({reached:.3f}, at least {least:.3f})"
        return _refused(original, (why,), card, comparison)
    return Kept(result.image, result.own, card, (), comparison, frame, where, result.under)


class _Judge:
    """Likeness by the recogniser that judges: to the sitter's template, or to the original."""

    def __init__(self, original: Portrait, identity: Identity | None) -> None:
        if identity is None:
            self.recogniser: Recogniser = ANALYSERS.get(settings().judge).recogniser
            self._vector = self.recogniser.embed(original.image, [original.face])[0]
        else:
            self.recogniser = judge_of(identity)
            self._vector = identity.templates[self.recogniser.name].vector
        self.usual = self.likeness(original)

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


def _on_frame(frame: Frame, own: Sight, edit: Sight, found: Registration) -> tuple[Sight, Sight]:
    """Both pictures at the working size on the grid of `frame`; the edited one bent into place."""
    to_bend = inverted(own.to_picture)
    scale = np.hypot(to_bend[0, 0], to_bend[1, 0])
    size = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
    to_own = after(to_bend, after(frame.to_original, resized(frame.size, size)))
    bend = placed(found.bend, to_own, size)
    here, there = own.laid(to_own, size), edit.laid(after(found.matrix, to_own), size)
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
    clear = (own.image.max(axis=2) < 0.985) & (own.image.min(axis=2) > 0.01)
    clear &= (edit.image.max(axis=2) < 0.985) & (edit.image.min(axis=2) > 0.01)
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
