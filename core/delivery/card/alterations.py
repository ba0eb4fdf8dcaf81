"""What was done to a photo on the way to a picture, in the rows of a card."""

from __future__ import annotations

from collections.abc import Iterator

from ...provenance import (
    BackdropReplaced,
    Composited,
    Cropped,
    Enlarged,
    FeatureTransferred,
    Painted,
    Provenance,
    Refined,
    Relit,
    Retouched,
)
from ...scoring.changes import NOTICEABLE, Changes
from ..contact import look_title
from .row import Row

_DARK_CHANGE, _MOVED = 0.2, 0.3  # stops that a viewer sees, of all the light and between the sides
_LITTLE, _MUCH = 0.05, 0.3  # shares of the skin that differ: hardly touched, heavily retouched


def alterations(provenance: Provenance, found: Changes | None, known: bool) -> Iterator[Row]:
    """What was changed, a row each: light, backdrop, skin, and what else was done.

    found: the picture held against the photo it was made from; None where that can't be. known:
    whether that photo is there.
    """
    yield _light(provenance, found)
    yield _backdrop(provenance)
    yield _skin(provenance.last(Retouched), found, known)
    painted = provenance.last(Painted)
    if painted and painted.region == "everything":
        yield Row("Face", "painted anew by a trained model", f"strength {painted.strength:g}")
    if transferred := provenance.last(FeatureTransferred):
        yield Row("Taken over", f"the {transferred.region} from another of your photos")
    placed = provenance.last(Composited)
    if placed and placed.camera_distance:
        yield Row("Perspective", "corrected: taken from too near", f"{placed.camera_distance} m")
    refined, enlarged = provenance.last(Refined), provenance.last(Enlarged)
    if refined or enlarged:
        what = f"refined by {refined.refiner}" if refined else "enlarged"
        yield Row("Detail", what, f"{enlarged.factor:g} times" if enlarged else "")
    framed = _framing(placed, provenance.last(Cropped))
    if framed:
        yield Row("Framing", "cut anew", framed)


def _backdrop(provenance: Provenance) -> Row:
    if replaced := provenance.last(BackdropReplaced):
        return Row("Backdrop", f"replaced: {replaced.backdrop}")
    if provenance.generator:
        return Row("Backdrop", "replaced", f"look {look_title(provenance)}")
    return Row("Backdrop", "as it came, as far as is known")


def _light(provenance: Provenance, found: Changes | None) -> Row:
    figures: list[str] = []
    asked = provenance.last(Relit)
    if asked is not None:
        side = "right" if asked.azimuth > 0 else "left"
        aside = f"{abs(asked.azimuth):.0f}° {side}" if round(asked.azimuth) else "in front"
        figures.append(f"asked: key {aside}, {asked.elevation:.0f}° up, {asked.ratio:.1f}:1")
    if found is not None:
        brighter = round(found.brighter, 1) + 0.0  # makes -0.0 plain 0.0
        figures.append(f"face {brighter:+.1f} stops, {found.moved:.1f} between its parts")
    if found is None:
        plain = "lit anew" if asked else "not known: there is no photo to hold it against"
    elif abs(found.brighter) < _DARK_CHANGE and found.moved < _MOVED:
        plain = "as in the photo"
    elif found.moved < _MOVED:
        plain = "brighter" if found.brighter > 0 else "darker"
    else:
        plain = "lit anew" if asked else "differs from the photo's"
    return Row("Light", plain, "; ".join(figures))


def _skin(retouched: Retouched | None, found: Changes | None, known: bool) -> Row:
    figures = [f"asked {retouched.strength:g} of 1"] if retouched else []
    if found is None:
        why = (
            "the picture's face is not the photo's own pixels"
            if known
            else "there is no photo to hold it against"
        )
        return Row("Skin", f"not known: {why}", "; ".join(figures))
    figures.insert(
        0,
        f"{100 * found.retouched:.0f} % of it differs visibly (ΔE over {NOTICEABLE:g}), "
        f"mean ΔE {found.by:.1f}",
    )
    if found.retouched < _LITTLE:
        plain = "as photographed"
    elif found.retouched < _MUCH:
        plain = "lightly changed, by retouch and light"
    else:
        plain = "clearly changed, by retouch, light or grade"
    return Row("Skin", plain, "; ".join(figures))


def _framing(placed: Composited | None, cropped: Cropped | None) -> str:
    done: list[str] = []
    if placed and abs(placed.roll) >= 0.1:
        done.append(f"levelled by {abs(placed.roll):.1f}°")
    if placed:
        done.append(f"{placed.upscale:.2g} times the photo's pixels")
    if cropped:
        done.append(f"cropped for {cropped.size}")
    return ", ".join(done)
