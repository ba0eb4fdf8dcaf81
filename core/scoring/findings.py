"""Where on the picture each measure of a scorecard looks and what is wrong there, to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..faces import Face, regions
from ..identity.identity import Identity
from ..images import Float, Mask
from ..picture import Picture
from ..portrait.appearance import BEARD, BRIDGE, HAIR, HAIRLINE, RIMS
from ..portrait.marks import place
from ..provenance import Relit
from .measure import fault
from .measures.skin_marks import in_sight, missing
from .reference import reference_for
from .sources import nearest_of

# Photos that must show a mark of the skin before it counts as permanent.
_SIGHTINGS = 2
# Corners of the polygon that stands for a circle.
_ROUND = 36
# Distance between points on the matte's edge, face widths.
_STEP = 0.02


@dataclass(frozen=True, eq=False)
class Finding:
    """One measure and its place.

    name: of the measure.
    outlines: closed polygons, each float32 (N, 2), x and y in pixels.
    flagged: whether the value is out of its range.
    says: what is wrong, or empty.
    """

    name: str
    outlines: tuple[Float, ...]
    flagged: bool = False
    says: str = ""


@dataclass(frozen=True, eq=False)
class Findings:
    """What to draw on a picture.

    flagged: measures out of range, in the scorecard's order, also those without a place.
    features: the sitter's permanent marks that the picture shows.
    gone: permanent marks that it should show and doesn't.
    """

    flagged: tuple[Finding, ...]
    features: tuple[Finding, ...]
    gone: tuple[Finding, ...]


def findings(picture: Picture, identity: Identity) -> Findings:
    """What the scorecard of `picture` says about places in it.

    Raises:
        SetupError: weights are missing.
    """
    portrait, card = picture.portrait, picture.card
    same = all(each.passed for each in card.measures if each.name == "likeness")
    # The sitter's marks are not looked for on a stranger.
    there, gone = _lasting(picture, identity) if same else ((), ())
    flagged = tuple(
        Finding(each.name, outlines(each.name, portrait.face, portrait.matte), True, fault(each))
        for each in card.measures
        if not each.passed and each.name != "lasting-features"
    )
    return Findings(flagged, there, gone)


def outlines(name: str, face: Face, matte: Mask | None = None) -> tuple[Float, ...]:
    """Where the measure `name` looks, in pixels; empty where it looks at the whole picture."""
    if name in ("edge-halo", "edge-line"):
        return _edge(face, matte)
    where = _PLACES.get(name)
    return () if where is None else tuple(where(face))


def _lasting(
    picture: Picture, identity: Identity
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The sitter's permanent marks that the picture shows, and those that are missing."""
    appearance, face = picture.portrait.appearance, picture.portrait.face
    if appearance is None:
        return (), ()
    nearest = nearest_of(identity, picture.card)
    reference = reference_for(appearance, identity, picture.provenance, nearest)
    relit = picture.provenance.last(Relit) is not None
    absent = missing(appearance, identity, reference, relit=relit) or ()
    lost = {each.feature for each in absent}
    there: list[Finding] = []
    gone: list[Finding] = []
    for feature in identity.features:
        x, y = place(feature, face)
        ring = (_circle(x, y, max(0.8 * feature.size, 0.016) * face.width),)
        if feature in lost:
            what = "a lasting feature of the skin is missing here"
            gone.append(Finding("lasting-features", ring, True, what))
        elif feature.photos >= _SIGHTINGS and in_sight(appearance, feature):
            there.append(Finding("lasting-features", ring))
    return tuple(there), tuple(gone)


def _hulls(*shapes: Sequence[int]) -> Callable[[Face], Iterator[Float]]:
    def of(face: Face) -> Iterator[Float]:
        for points in shapes:
            hull = cv2.convexHull(np.asarray(face.landmarks[list(points), :2], np.float32))
            yield np.asarray(hull[:, 0], np.float32)

    return of


def _irises(face: Face) -> Iterator[Float]:
    for iris in (regions.LEFT_IRIS, regions.RIGHT_IRIS):
        points = face.landmarks[list(iris), :2]
        radius = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
        yield _circle(float(points[0, 0]), float(points[0, 1]), radius)


def _frames(face: Face) -> Iterator[Float]:
    yield from _hulls(BRIDGE)(face)
    for iris in (regions.LEFT_IRIS, regions.RIGHT_IRIS):
        x, y = face.landmarks[iris[0], :2].tolist()
        yield _circle(x, y, RIMS[1] * face.width)


def _hair(face: Face) -> Iterator[Float]:
    """The band above the hairline where hair is measured."""
    line = face.landmarks[list(HAIRLINE), :2]
    up = face.landmarks[regions.FOREHEAD_TOP, :2] - face.landmarks[regions.CHIN, :2]
    up = up / max(float(np.linalg.norm(up)), 1e-6) * face.width
    yield np.concatenate([line + up * HAIR[0], (line + up * HAIR[1])[::-1]]).astype(np.float32)


def _circle(x: float, y: float, radius: float) -> Float:
    angles = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    ring = np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)])
    return ring.astype(np.float32)


def _edge(face: Face, matte: Mask | None) -> tuple[Float, ...]:
    """The sitter's outline, including the parts along the picture's edges."""
    if matte is None:
        return ()
    whole = (matte > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    step = max(1, round(_STEP * face.width))
    least = 0.5 * face.width * step
    return tuple(
        np.asarray(each[::step, 0], np.float32)
        for each in contours
        if cv2.contourArea(each) > least
    )


_FACE = _hulls(regions.OVAL)
_CHEEKS = _hulls(regions.LEFT_CHEEK, regions.RIGHT_CHEEK)
_EYES = _hulls(regions.LEFT_EYE, regions.RIGHT_EYE)
_MOUTH = _hulls(regions.LIPS)

_PLACES: Mapping[str, Callable[[Face], Iterator[Float]]] = {
    "eye-colour": _irises,
    "catchlight": _irises,
    "light-agreement": _irises,
    "eyes-open": _EYES,
    "teeth": _hulls(regions.INNER_LIPS),
    "mouth-open": _MOUTH,
    "grimace": _MOUTH,
    "beard": _hulls(*BEARD),
    "hair-colour": _hair,
    "glasses": _frames,
    "side-light": _CHEEKS,
    "skin-texture": _CHEEKS,
    "skin-lines": _CHEEKS,
    "skin-smoothing": _CHEEKS,
    **dict.fromkeys(
        (
            "likeness", "percentile", "copy", "skin-tone", "face-shape", "mirrored", "symmetry",
            "expression", "sharpness", "enlargement", "blown-skin", "crushed-skin",
            "face-contrast", "skin-lightness", "key-azimuth", "key-elevation", "key-ratio",
        ),
        _FACE,
    ),
}  # fmt: skip
