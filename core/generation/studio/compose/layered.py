"""A studio candidate as layers, bottom to top: backdrop, subject, light, retouch, colour, grain.

What an editor has of each:

- "Backdrop" can be exchanged: the subject's edges are of its own colours, not of a mix.
- "Subject" is the sitter as photographed. Behind its mask lies the rest of the photo, so that hair
  which the matte lost can be painted back. Where eyes or mouth are from another photo, the layer is
  called "Subject, borrowed eyes" or "Subject, borrowed mouth".
- "Light: shadows" and "Light: highlights" burn and dodge the photo's light into the look's; each
  can be turned down.
- "Retouch: tone" (low frequency) and "Retouch: texture" (high frequency) are middle grey where
  nothing was done, and masked to where something was.
- "Match to backdrop" is what the backdrop does to the sitter: its glow at the edges, its veil over
  the blacks. It is for this backdrop: hide it when another is laid below.
- "Colour" is the grade, over all.
- "Grain: lighter" and "Grain: darker" are the film's grain. They hold the rounding of the layers
  below, too, which is finer than the grain.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....errors import InputError
from ....images import Float, Image, Mask, blur, from_u8, to_linear, to_srgb, to_u8
from ....layers import Blend, Bytes, Layer, laid, laid_exactly
from ....provenance import Composited, FeatureTransferred, Provenance
from ...generator import Candidate

# The stages of a candidate that layers are made of.
_NEEDED = ("photo", "matte", "foreground", "lit", "relit", "backdrop", "composite", "graded")
_STEP = np.float32(1 / 255)
_NOTHING = np.float32(1e-6)
# Squared sRGB differences below which backdrop and sitter, or a dark pixel and its noise, can't be
# told apart: about six steps of 8 bits.
_FAINT = np.float32(0.025**2)
_BLACK = _STEP**2  # squared sRGB values that are black: no light can be told from any other there
# Blur sigmas in head heights (a head is about 1.6 face widths tall): the split between the
# retouch's fine and middle bands, how far the light is evened where the picture is near black, and
# how soft the retouch's masks are.
_FINE, _EVEN, _SOFT = 0.0045, 0.006, 0.012
# Share of that by which masks begin later: traces of the colour conversion are no retouch.
_IDLE = np.float32(0.3)
# Steps by which overlay may miss in deep black, where the grain makes up for it.
_MISSED = 4


def layers_of(candidate: Candidate) -> tuple[Layer, ...]:
    """`candidate` as layers, bottom to top; `composite` of them is its picture within 1/255.

    Raises:
        InputError: the candidate was made without its stages.
    """
    stages = candidate.stages
    missing = [name for name in _NEEDED if name not in stages]
    if missing:
        raise InputError(
            f"The candidate lacks the stages {', '.join(missing)}",
            "Have the studio make it with keep_stages=True.",
        )
    head = _composited(candidate).head * candidate.image.shape[0]
    made = [Layer("Backdrop", to_u8(stages["backdrop"]))]
    rounded = made[0].pixels  # what an 8-bit editor has so far, and what one in floats has
    exact = from_u8(rounded)

    def put(layer: Layer) -> None:
        nonlocal rounded, exact
        made.append(layer)
        rounded, exact = laid(rounded, layer), laid_exactly(exact, layer)

    placed, lit, retouched = (
        _over(stages[name], stages) for name in ("foreground", "lit", "relit")
    )
    put(_subject(placed, stages, candidate.provenance))
    cover = from_u8(made[1].coverage)
    put(_shadows(exact, lit, cover, head))
    put(_highlights(exact, lit, cover, head))
    before, change = exact, retouched - lit
    put(_touched("Retouch: tone", exact, blur(change, _FINE * head), Blend.OVERLAY, head))
    left = np.asarray(change - (exact - before), np.float32)
    put(_touched("Retouch: texture", exact, left, Blend.OVERLAY, head))
    matched = stages["composite"] - retouched
    put(_touched("Match to backdrop", exact, matched, Blend.HARD_LIGHT, head))
    # From stage to stage, not from what lies below: the steps of 8 bits shall not show in it.
    put(_graded(stages["composite"], stages["graded"]))
    lighter, darker = _grain(rounded, exact, candidate.image)
    put(Layer("Grain: lighter", lighter, blend=Blend.PLUS))
    put(Layer("Grain: darker", darker, blend=Blend.DIFFERENCE))
    return tuple(made)


def _composited(candidate: Candidate) -> Composited:
    """How the sitter was placed, which every picture of the studio says."""
    placed = candidate.provenance.last(Composited)
    if placed is None:
        raise InputError("The candidate was not made by the studio", "Make layers of its pictures.")
    return placed


def _over(foreground: Image, stages: Mapping[str, Float]) -> Image:
    """`foreground` before the backdrop, mixed in linear light."""
    cover, backdrop = stages["matte"][..., None], to_linear(stages["backdrop"])
    mixed = backdrop + cover * (to_linear(foreground) - backdrop)
    return to_srgb(np.asarray(mixed, np.float32))


def _subject(target: Image, stages: Mapping[str, Float], provenance: Provenance) -> Layer:
    """The sitter with the coverage at which its own colours, mixed in sRGB, give `target`.

    Thinner than the matte where dark hair is before a light wall, as `target` was mixed in linear
    light. With the matte for coverage, colours would have to make up for it: pale fringes before
    the next backdrop.
    """
    matte, colours, photo = stages["matte"], stages["foreground"], stages["photo"]
    below = stages["backdrop"]
    change, whole = target - below, colours - below
    fitted = (change * whole).sum(-1) + _FAINT * matte
    cover = np.clip(fitted / ((whole * whole).sum(-1) + _FAINT), 0, 1) * (matte > 0)
    alpha = _covering(np.asarray(cover, np.float32), below, target)
    pixels = np.where(alpha[..., None] > 0, _uncovered(below, target, alpha), photo)
    transferred = provenance.last(FeatureTransferred)
    name = f"Subject, {transferred.region} from another photo" if transferred else "Subject"
    return Layer(name, to_u8(pixels), alpha)


def _shadows(below: Image, target: Image, cover: Mask, head: float) -> Layer:
    """What the look's light takes from the photo's."""
    alpha = _covering(cover, below, np.minimum(target, below))
    gain = _gain(below, _uncovered(below, target, alpha), head)
    return Layer("Light: shadows", to_u8(gain), alpha, Blend.MULTIPLY)


def _highlights(below: Image, target: Image, cover: Mask, head: float) -> Layer:
    """What the look's light adds to the photo's."""
    alpha = _covering(cover, below, np.maximum(target, below))
    gain = np.maximum(_gain(below, _uncovered(below, target, alpha), head), 1)
    return Layer(
        "Light: highlights", to_u8(np.asarray(1 - 1 / gain, np.float32)), alpha, Blend.DODGE
    )


def _gain(below: Image, target: Image, head: float) -> Float:
    """`target` / `below`, (H, W, 3), drawn to its surroundings' where `below` is near black."""
    product, power = target * below, below * below
    sigma = _EVEN * head
    around = (blur(product, sigma) + _BLACK) / (blur(power, sigma) + _BLACK)
    return np.asarray((product + _FAINT * around) / (power + _FAINT), np.float32)


def _touched(name: str, below: Image, change: Float, mode: Blend, head: float) -> Layer:
    """`change` (H, W, 3), added; the mask shows where it is about half a step or more."""
    target = np.clip(below + change, 0, 1)
    strength = blur(np.abs(change).max(-1), _SOFT * head)
    reach = np.clip(2 * strength / _STEP - _IDLE, 0, 1)
    alpha = _covering(reach, below, target)
    return Layer(name, _toning(below, _uncovered(below, target, alpha), mode), alpha, mode)


def _graded(below: Image, target: Image) -> Layer:
    """The grade, in overlay, which leaves black and white what they are when something else comes
    to lie below; in hard light where overlay can't reach, as from strong colours to grey.
    """
    low, high = np.maximum(2 * below - 1, 0), np.minimum(2 * below, 1)
    missed = float(np.maximum(low - target, target - high).max())
    mode = Blend.OVERLAY if missed <= _MISSED * _STEP else Blend.HARD_LIGHT
    return Layer("Colour", _toning(below, target, mode), None, mode)


def _toning(below: Image, target: Image, mode: Blend) -> Bytes:
    """What takes `below` to `target` in overlay, as near as it can, or in hard light."""
    dark = below <= 0.5 if mode == Blend.OVERLAY else target <= below
    room = 2 * np.where(dark, below, 1 - below)
    # Where there is no room, as for overlay on black and white, nothing is done.
    wide = np.maximum(room, _STEP)
    pixels = np.where(dark, target / wide, 1 - (1 - target) / wide)
    return to_u8(np.where(room < _STEP, np.float32(0.5), np.clip(pixels, 0, 1)))


def _grain(rounded: Bytes, exact: Image, target: Image) -> tuple[Bytes, Bytes]:
    """What to add and what to take, for `target` to come out with rounding and nearly without.

    Of the two ends that the layers below lead to, the middle is corrected, as far as the rounded
    one stays within a step of `target`.
    """
    aim = to_u8(target).astype(np.int16)
    middle = (rounded + np.float32(255) * exact) / 2
    steps = np.rint(np.float32(255) * target - middle).astype(np.int16)
    steps = np.clip(steps, aim - 1 - rounded, aim + 1 - rounded)
    steps = np.clip(steps, -rounded.astype(np.int16), 255 - rounded.astype(np.int16))
    return np.maximum(steps, 0).astype(np.uint8), np.maximum(-steps, 0).astype(np.uint8)


def _covering(wanted: Mask, below: Image, target: Image) -> Bytes:
    """`wanted` as 8 bits, at least that with which some colour laid on `below` gives `target`."""
    change = target - below
    room = np.where(change > 0, 1 - below, below)
    # What is below half a step of 8 bits is rounding, and reaches for nothing.
    least = np.maximum(np.abs(change) - _STEP / 2, 0) / np.maximum(room, _NOTHING)
    needed = np.ceil(255 * np.clip(least.max(-1), 0, 1))
    return np.maximum(to_u8(wanted), needed.astype(np.uint8))


def _uncovered(below: Image, target: Image, alpha: Bytes) -> Image:
    """What a layer must give for `target` to come out of `below` under coverage `alpha`."""
    cover = np.maximum(from_u8(alpha), _STEP)[..., None]
    return np.asarray(np.clip(below + (target - below) / cover, 0, 1), np.float32)
