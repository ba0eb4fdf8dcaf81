"""The rows of a card about the changes from the photo to the picture."""

from __future__ import annotations

from collections.abc import Iterator

from ...provenance import (
    BackdropReplaced,
    Composited,
    Cropped,
    EditedElsewhere,
    Enlarged,
    FeatureTransferred,
    ModelUse,
    Painted,
    Provenance,
    Refined,
    Relit,
    Retouched,
    SitterKept,
)
from ...scoring.changes import NOTICEABLE, Changes
from ..contact import look_title
from .row import Row

_DARK_CHANGE, _MOVED = 0.2, 0.3  # stops: visible changes of all the light, and between the sides
# Of an edited picture: what was put back, by `SitterKept.kept`.
_PUT_BACK = {
    "face": "your face",
    "head": "your head and neck",
    "everything but clothes": "all of you but your clothes, and the backdrop",
    "everything but backdrop": "all of you",
}
_LITTLE, _MUCH = 0.05, 0.3  # changed shares of the skin: hardly retouched, heavily retouched

# The parts of `Retouched`, as the card names them.
_FACE = {
    "skin": "skin",
    "blemishes": "blemishes",
    "shine": "shine",
    "under_eyes": "under the eyes",
    "eyes": "eyes",
    "teeth": "teeth",
}
_HAIR_AND_CLOTHES = (
    ("lint", "Clothes", "lint removed"),
    ("creases", "Clothes", "creases softened"),
    ("stray_hairs", "Hair", "stray hairs removed"),
)


def alterations(provenance: Provenance, changes: Changes | None, known: bool) -> Iterator[Row]:
    """A row for each change: light, backdrop, skin, and others.

    Args:
        changes: differences between picture and source photo; None if they can't be compared.
        known: whether the source photo is available.
    """
    yield _light(provenance, changes)
    yield _backdrop(provenance)
    retouched = provenance.last(Retouched)
    yield _skin(retouched, changes, known)
    painted = provenance.last(Painted)
    if painted and painted.region == "everything":
        yield Row("Face", "painted anew by a trained model", f"strength {painted.strength:g}")
    elsewhere = provenance.last(EditedElsewhere)
    if kept := provenance.last(SitterKept):
        if kept.kept == "nothing":
            yield Row("Generated", "all of it; its likeness was judged", _by(kept.by))
        else:
            yield Row("Generated", "all but what was put back from your photo", _by(kept.by))
            lit = "lit as the edit is" if kept.lit else ""
            yield Row("Put back", _PUT_BACK.get(kept.kept, kept.kept), lit)
    elif elsewhere and elsewhere.by:
        yield Row("Generated", "by a trained model in another program", _by(elsewhere.by))
    if transferred := provenance.last(FeatureTransferred):
        yield Row("Taken over", f"the {transferred.region} from another of your photos")
    if retouched:
        for part, label, words in _HAIR_AND_CLOTHES:
            if share := getattr(retouched, part):
                yield Row(label, words, f"asked {share:g} of 1")
    placed = provenance.last(Composited)
    if placed and placed.camera_distance:
        yield Row("Perspective", "corrected: taken from too near", f"{placed.camera_distance} m")
    refined, enlarged = provenance.last(Refined), provenance.last(Enlarged)
    if refined or enlarged:
        what = "enlarged"
        if refined:
            what = f"refined by {refined.refiner}"
        elif enlarged and enlarged.network:
            what = f"enlarged by the network {enlarged.network}"
        yield Row("Detail", what, f"{enlarged.factor:g} times" if enlarged else "")
    framed = _framing(placed, provenance.last(Cropped))
    if framed:
        yield Row("Framing", "cut anew", framed)


def _by(model: ModelUse | None) -> str:
    return f"by {model.name}" if model and model.name else ""


def _backdrop(provenance: Provenance) -> Row:
    if replaced := provenance.last(BackdropReplaced):
        return Row("Backdrop", f"replaced: {replaced.backdrop}")
    if provenance.generator:
        return Row("Backdrop", "replaced", f"look {look_title(provenance)}")
    return Row("Backdrop", "as it came, as far as is known")


def _light(provenance: Provenance, changes: Changes | None) -> Row:
    figures: list[str] = []
    relit = provenance.last(Relit)
    if relit is not None:
        side = "right" if relit.azimuth > 0 else "left"
        aside = f"{abs(relit.azimuth):.0f}° {side}" if round(relit.azimuth) else "in front"
        figures.append(f"asked: key {aside}, {relit.elevation:.0f}° up, {relit.ratio:.1f}:1")
    if changes is not None:
        brighter = round(changes.brighter, 1) + 0.0  # makes -0.0 plain 0.0
        figures.append(f"face {brighter:+.1f} stops, {changes.moved:.1f} between its parts")
    if changes is None:
        plain = "lit anew" if relit else "not known: there is no photo to hold it against"
    elif abs(changes.brighter) < _DARK_CHANGE and changes.moved < _MOVED:
        plain = "as in the photo"
    elif changes.moved < _MOVED:
        plain = "brighter" if changes.brighter > 0 else "darker"
    else:
        plain = "lit anew" if relit else "differs from the photo's"
    return Row("Light", plain, "; ".join(figures))


def _skin(retouched: Retouched | None, changes: Changes | None, known: bool) -> Row:
    figures = _asked(retouched) if retouched else []
    if changes is None:
        why = (
            "the picture's face is not the photo's own pixels"
            if known
            else "there is no photo to hold it against"
        )
        return Row("Skin", f"not known: {why}", "; ".join(figures))
    figures.insert(
        0,
        f"{100 * changes.retouched:.0f} % of it differs visibly (ΔE over {NOTICEABLE:g}), "
        f"mean ΔE {changes.by:.1f}",
    )
    if changes.retouched < _LITTLE:
        plain = "as photographed"
    elif changes.retouched < _MUCH:
        plain = "lightly changed, by retouch and light"
    else:
        plain = "clearly changed, by retouch, light or grade"
    return Row("Skin", plain, "; ".join(figures))


def _asked(retouched: Retouched) -> list[str]:
    """How far the face was to be retouched: in one figure where all parts are alike."""
    shares = {words: getattr(retouched, part) for part, words in _FACE.items()}
    if len(set(shares.values())) == 1:
        return [f"asked {share:g} of 1" for share in set(shares.values()) if share]
    return [f"{words} {share:g} of 1" for words, share in shares.items() if share]


def _framing(placed: Composited | None, cropped: Cropped | None) -> str:
    done: list[str] = []
    if placed and abs(placed.roll) >= 0.1:
        done.append(f"levelled by {abs(placed.roll):.1f}°")
    if placed:
        done.append(f"{placed.upscale:.2g} times the photo's pixels")
    if cropped:
        done.append(f"cropped for {cropped.size}")
    return ", ".join(done)
