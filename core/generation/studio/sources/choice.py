"""Which of the sitter's photos to work from, for each look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....faces import Face
from ....faces.suitability import asleep
from ....framing import COARSE, best_crop
from ....identity.identity import EnrolledPhoto
from ....portrait.expression import grimace, looking_away, speaking
from ....portrait.photo_light import PhotoLight
from ...looks import Light, Look

MOST = 6  # more sources add waiting, not variety
_GRIMACE = (0.15, 0.5)  # of `grimace`: up to the first none, from the second on as unfit as it gets
_OBSTRUCTED = 0.35  # what is left of it with a hand, a cup or a microphone before the sitter
_BESIDE = 0.5  # what is left of a photo's suitability with somebody cheek to cheek
_USUAL_WIDTH = 400  # of a face in a headshot of 1024 x 1280, pixels
LEAST_SHARE = 0.55  # a photo below this share of the best one's suitability is left out
# Light from behind, casts between the sides of the face, burnt skin and hard shadows: from what
# they are a fault, from what a bad one, and the share of the suitability that then is left. Rims
# can't be relit, and of hard shadows only a part.
_RIM, _CAST, _BURNT = (0.04, 0.2, 0.2), (10.0, 35.0, 0.5), (0.01, 0.1, 0.4)
_SHADOWS = (1.2, 2.6, 0.45)
_DARK = (1.0, 3.0, 0.5)  # the same of stops darker than the sitter's brightest photo: noise
# Degrees of a head off upright: levelled, its hair falls aslant and its shoulders lean.
_LEANING = (15.0, 45.0, 0.4)
# Stops between the sides of a face, per stop of the key ratio, under a key from the side.
_SIDED = 0.6
_LOPSIDED = 1.5  # stops beyond the look's own at which a photo's use for it falls to a third
_NARROW = 0.65  # face width against chin to crown
_FEW = 3  # photos that a look's pictures are made from
_FRAMED = 1.2  # how fast a photo's use falls with its crop's cost
_UNFRAMABLE = 0.05  # what is left of the use of one whose every crop shows the photo's end


def rank_sources(photos: Sequence[EnrolledPhoto]) -> tuple[EnrolledPhoto, ...]:
    """The photos to make headshots from, the best first; never empty for a non-empty sequence.

    A photo with closed or half-closed eyes is among them only when no other is there.
    """
    awake = [photo for photo in photos if not asleep(photo.face)] or list(photos)
    return tuple(sorted(awake, key=lambda photo: (-suitability(photo), photo.name, photo.sha256)))


def choose_sources(photos: Sequence[EnrolledPhoto]) -> tuple[EnrolledPhoto, ...]:
    """The first of `rank_sources`: those not much worse than the best, whatever the look."""
    ranked = rank_sources(photos)
    best = suitability(ranked[0])
    return tuple(p for p in ranked[:MOST] if suitability(p) >= LEAST_SHARE * best)


def suitability(photo: EnrolledPhoto) -> float:
    """0..1: enrolment quality, turned down for what makes a poor headshot.

    Turned and leaning heads, few pixels, closing eyes, a mouth caught in mid-word, a grimace, a
    gaze far off the camera, somebody at the sitter's side, hands and held things, and light that no
    relighting takes away. A laugh opens the jaw too, but the corners of the mouth go up with it.
    """
    pose = photo.face.pose
    turn = np.exp(-((pose.yaw / 35) ** 2) - (pose.pitch / 30) ** 2)
    size = np.clip(photo.face.width / _USUAL_WIDTH, 0.3, 1)
    eyes = np.clip(photo.face.eyes_open / 0.8, 0.2, 1)
    clean = _clean(photo.light) if photo.light else 1.0
    alone = 1 - (1 - _BESIDE) * photo.neighbour_proximity
    free = 1 - (1 - _OBSTRUCTED) * photo.obstruction
    upright = _left(abs(pose.roll), *_LEANING)
    shown = turn * upright * size**0.5 * eyes * _expression(photo.face)
    return float(photo.quality * shown * clean * alone * free)


def sources_for(
    photos: Sequence[EnrolledPhoto],
    worths: Sequence[float],
    look: Look,
    width: int,
    side: float = 0.0,
    exact: bool = False,
) -> tuple[int, ...]:
    """Which of `photos` to make pictures of `width` pixels in `look` from, the best first: at most
    `_FEW`, none that serves the look much worse than the best. Empty where none can be framed.

    worths: their `suitability` as they are used.
    side: see `fitness`.
    exact: while a photo can carry the look's framing exactly, only such.
    """
    brightest = max((p.light.exposure for p in photos if p.light), default=0.0)
    fit = {
        index: worth * fitness(photo, look, width, side) * _dark(photo.light, brightest)
        for index, (photo, worth) in enumerate(zip(photos, worths, strict=True))
        if photo.outline is None or best_crop(photo.outline, look.framing, grid=COARSE)
    }
    if exact:
        fit = {index: fit[index] for index in fit if carries(photos[index], look)} or fit
    order = sorted(fit, key=lambda index: -fit[index])[:_FEW]
    return tuple(index for index in order if fit[index] >= LEAST_SHARE * fit[order[0]])


def carries(photo: EnrolledPhoto, look: Look) -> bool:
    """Whether the photo has the room for the look's own head size and eye line."""
    return photo.outline is not None and bool(best_crop(photo.outline, look.framing, exact=True))


def fitness(photo: EnrolledPhoto, look: Look, width: int, side: float = 0.0) -> float:
    """0..1: how far this photo has what the look needs at `width` pixels: room for its framing,
    pixels for its size, and no more light from the side than it asks for.

    side: of the key, 1 image right, -1 image left; 0 where it goes to the side that is lit.
    """
    crop = best_crop(photo.outline, look.framing, grid=COARSE) if photo.outline else None
    head = (crop.head if crop else look.framing.head) * width / look.framing.aspect
    pixels = np.clip(photo.face.width / (_NARROW * head), 0.1, 1)
    usual = np.clip(photo.face.width / _USUAL_WIDTH, 0.3, 1)  # which `suitability` has counted
    lit = _lit(photo.light, look.light, side) if photo.light else 1.0
    room = 1.0
    if photo.outline:
        room = float(np.exp(-_FRAMED * crop.cost)) if crop else _UNFRAMABLE
    return float(min(1.0, (pixels / usual) ** 0.5) * room * lit)


def _clean(light: PhotoLight) -> float:
    """1 for light that any look can be built on, down to about .02."""
    rim, cast = _left(light.behind, *_RIM), _left(light.cast, *_CAST)
    return rim * cast * _left(light.burnt, *_BURNT) * _left(light.shadows, *_SHADOWS)


def _dark(light: PhotoLight | None, brightest: float) -> float:
    return _left(brightest - light.exposure, *_DARK) if light else 1.0


def _left(fault: float, some: float, bad: float, least: float) -> float:
    """What is left of 1: all of it up to `some` of a fault, `least` from `bad` on."""
    return 1 - (1 - least) * min(1.0, max(0.0, (fault - some) / (bad - some)))


def _lit(light: PhotoLight, asked: Light, side: float) -> float:
    """1 where the face's sides differ no more than under the look's key, and not against it: a
    flat look can't use a face half in shade, nor a key one that is lit from its other side.
    """
    stops = float(np.log2(min(asked.ratio, 16)) * np.sin(np.radians(abs(asked.azimuth))))
    towards = light.aside * side if side else abs(light.aside)
    beyond = max(0.0, towards - _SIDED * stops, -towards)
    return float(np.exp(-((beyond / _LOPSIDED) ** 2)))


def _expression(face: Face) -> float:
    """1 for a face at rest, smiling or laughing towards the camera, down to about 0.05."""
    aside = np.clip((looking_away(face) - 0.4) / 0.4, 0, 1)
    talk = np.exp(-((speaking(face) / 0.15) ** 2))
    odd = np.clip((grimace(face) - _GRIMACE[0]) / (_GRIMACE[1] - _GRIMACE[0]), 0, 1)
    return float((0.3 + 0.7 * talk) * (1 - 0.5 * aside) * (1 - 0.7 * odd))
