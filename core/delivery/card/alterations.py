"""What was done to a photo on the way to a picture, in the rows of a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...generation import AskedLight, Origin
from ...scoring.changes import SEEN, Changes
from ...scoring.scorecard import Scorecard
from ..contact import look_title
from .row import Row

_DARK_CHANGE, _MOVED = 0.2, 0.3  # stops that a viewer sees, of all the light and between the sides
_LITTLE, _MUCH = 0.05, 0.3  # shares of the skin that differ: hardly touched, heavily retouched


def alterations(card: Scorecard, found: Changes | None, known: bool) -> Iterator[Row]:
    """What was changed, a row each: light, backdrop, skin, and what else was done.

    found: the picture held against the photo it was made from; None where that can't be. known:
    whether that photo is there.
    """
    origin = card.origin
    told = {} if origin is None else origin.settings
    yield _light(origin, found)
    if origin is not None:
        if "backdrop" in told:
            yield Row("Backdrop", f"replaced: {told['backdrop']}")
        elif origin.generator:
            yield Row("Backdrop", "replaced", f"look {look_title(card)}")
        else:
            yield Row("Backdrop", "as photographed, as far as is known")
    yield _skin(told, found, known)
    if told.get("region") == "everything":
        yield Row("Face", "painted anew by a trained model", f"strength {told.get('strength')}")
    if (borrowed := told.get("borrowed")) is not None:
        yield Row("Borrowed", f"the {borrowed} from another of your photos")
    if "camera-distance" in told:
        yield Row("Perspective", "mended: taken from too near", f"{told['camera-distance']} m")
    if "refined" in told or "enlarged" in told:
        what = f"refined by {told['refined']}" if "refined" in told else "enlarged"
        yield Row("Detail", what, f"{told['enlarged']} times" if "enlarged" in told else "")
    framed = _framing(told)
    if framed:
        yield Row("Framing", "cut anew", framed)


def _light(origin: Origin | None, found: Changes | None) -> Row:
    figures: list[str] = []
    asked = AskedLight.told(origin)
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


def _skin(told: Mapping[str, object], found: Changes | None, known: bool) -> Row:
    asked = next((told[name] for name in ("retouched", "retouch") if name in told), None)
    figures = [f"asked {asked:g} of 1"] if isinstance(asked, int | float) else []
    if found is None:
        why = (
            "the picture's face is not the photo's own pixels"
            if known
            else "there is no photo to hold it against"
        )
        return Row("Skin", f"not known: {why}", "; ".join(figures))
    figures.insert(
        0,
        f"{100 * found.retouched:.0f} % of it differs visibly (ΔE over {SEEN:g}), "
        f"mean ΔE {found.by:.1f}",
    )
    if found.retouched < _LITTLE:
        plain = "as photographed"
    elif found.retouched < _MUCH:
        plain = "lightly changed, by retouch and light"
    else:
        plain = "clearly changed, by retouch, light or grade"
    return Row("Skin", plain, "; ".join(figures))


def _framing(told: Mapping[str, object]) -> str:
    done: list[str] = []
    roll, upscale = told.get("roll"), told.get("upscale")
    if isinstance(roll, int | float) and abs(roll) >= 0.1:
        done.append(f"levelled by {abs(roll):.1f}°")
    if isinstance(upscale, int | float):
        done.append(f"{upscale:.2g} times the photo's pixels")
    if "cropped" in told:
        done.append(f"cropped for {told['cropped']}")
    return ", ".join(done)
