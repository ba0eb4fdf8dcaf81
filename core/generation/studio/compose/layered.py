"""A studio candidate as layers, bottom to top: backdrop, subject, light, retouch, colour, grain.

The use of each layer in an editor:

- "Backdrop" can be exchanged: the subject's edges have their own colours, not a mix.
- "Subject" is the sitter as photographed. Behind its mask lies the rest of the photo, so that hair
  which the matte lost can be painted back. Where eyes or mouth are from another photo, the layer is
  called "Subject, eyes from another photo" or "Subject, mouth from another photo".
- "Light: shadows" and "Light: highlights" burn and dodge the photo's light to the look's; each can
  be turned down.
- "Retouch: tone" (low frequency) and "Retouch: texture" (high frequency) are middle grey without a
  change, and masked to the changes.
- "Match to backdrop" is the backdrop's effect on the sitter: glow at the edges and veiling glare.
  Hide it with another backdrop.
- "Colour" is the grade over everything.
- "Grain: lighter" and "Grain: darker" are the film's grain, and the rounding of the layers below,
  which is finer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....errors import InputError
from ....images import Float, Image, Mask, blur, from_u8, to_linear, to_srgb, to_u8
from ....layers import Blend, Bytes, Layer, laid, laid_exactly
from ....provenance import Composited, FeatureTransferred, Provenance
from ...generator import Candidate

# The stages of a candidate that the layers need.
_NEEDED = ("photo", "matte", "foreground", "lit", "relit", "backdrop", "composite", "graded")
_STEP = np.float32(1 / 255)
_NOTHING = np.float32(1e-6)
# Squared sRGB difference below which backdrop and sitter, or a dark pixel and its noise, don't
# differ: about six steps of 8 bits.
_FAINT = np.float32(0.025**2)
_BLACK = _STEP**2  # squared sRGB value below which a pixel is black and shows no light
# Blur sigmas in head heights (a head is about 1.6 face widths tall): the split between the
# retouch's fine and middle bands, the averaging of the light where the picture is near black, and
# the softness of the retouch's masks.
_FINE, _EVEN, _SOFT = 0.0045, 0.006, 0.012
# Strength at which a mask begins: smaller changes come from converting colours.
_IDLE = np.float32(0.3)
# Largest error of overlay in steps of 8 bits, in deep black, which the grain corrects.
_MISSED = 4


def layers_of(candidate: Candidate) -> tuple[Layer, ...]:
    """`candidate` as layers, bottom to top; their composite is its picture within 1/255.

    Raises:
        InputError: the candidate has no stages.
    """
    stages = candidate.stages
    missing = [name for name in _NEEDED if name not in stages]
    if missing:
        raise InputError(
            f"The candidate lacks the stages {', '.join(missing)}",
            "Have the studio make it with keep_stages=True.",
        )
    head = _composited(candidate).head * candidate.image.shape[0]
    layers = [Layer("Backdrop", to_u8(stages["backdrop"]))]
    # The composite so far in an editor of 8 bits, and in one of floats.
    rounded = layers[0].pixels
    exact = from_u8(rounded)

    def put(layer: Layer) -> None:
        nonlocal rounded, exact
        layers.append(layer)
        rounded, exact = laid(rounded, layer), laid_exactly(exact, layer)

    placed, lit, retouched = (
        _over(stages[name], stages) for name in ("foreground", "lit", "relit")
    )
    put(_subject(placed, stages, candidate.provenance))
    cover = from_u8(layers[1].coverage)
    put(_shadows(exact, lit, cover, head))
    put(_highlights(exact, lit, cover, head))
    before, change = exact, retouched - lit
    put(_touched("Retouch: tone", exact, blur(change, _FINE * head), Blend.OVERLAY, head))
    remainder = np.asarray(change - (exact - before), np.float32)
    put(_touched("Retouch: texture", exact, remainder, Blend.OVERLAY, head))
    matched = stages["composite"] - retouched
    put(_touched("Match to backdrop", exact, matched, Blend.HARD_LIGHT, head))
    # Between exact stages, not from the layers below, so that it holds no 8-bit steps.
    put(_graded(stages["composite"], stages["graded"]))
    lighter, darker = _grain(rounded, exact, candidate.image)
    put(Layer("Grain: lighter", lighter, blend=Blend.PLUS))
    put(Layer("Grain: darker", darker, blend=Blend.DIFFERENCE))
    return tuple(layers)


def _composited(candidate: Candidate) -> Composited:
    """The studio's record of how it placed the sitter."""
    placed = candidate.provenance.last(Composited)
    if placed is None:
        raise InputError("The candidate was not made by the studio", "Make layers of its pictures.")
    return placed


def _over(foreground: Image, stages: Mapping[str, Float]) -> Image:
    """`foreground` over the backdrop, mixed in linear light."""
    cover, backdrop = stages["matte"][..., None], to_linear(stages["backdrop"])
    mixed = backdrop + cover * (to_linear(foreground) - backdrop)
    return to_srgb(np.asarray(mixed, np.float32))


def _subject(target: Image, stages: Mapping[str, Float], provenance: Provenance) -> Layer:
    """The sitter with the coverage at which its own colours, mixed in sRGB, give `target`.

    `target` was mixed in linear light, so this coverage is lower than the matte where dark hair is
    before a light wall. With the matte as coverage, the colours would have to compensate, and show
    as pale fringes before another backdrop.
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
    """The part of the relighting that darkens."""
    alpha = _covering(cover, below, np.minimum(target, below))
    gain = _gain(below, _uncovered(below, target, alpha), head)
    return Layer("Light: shadows", to_u8(gain), alpha, Blend.MULTIPLY)


def _highlights(below: Image, target: Image, cover: Mask, head: float) -> Layer:
    """The part of the relighting that brightens."""
    alpha = _covering(cover, below, np.maximum(target, below))
    gain = np.maximum(_gain(below, _uncovered(below, target, alpha), head), 1)
    return Layer(
        "Light: highlights", to_u8(np.asarray(1 - 1 / gain, np.float32)), alpha, Blend.DODGE
    )


def _gain(below: Image, target: Image, head: float) -> Float:
    """`target` / `below`, (H, W, 3); where `below` is near black, the average around it."""
    product, power = target * below, below * below
    sigma = _EVEN * head
    around = (blur(product, sigma) + _BLACK) / (blur(power, sigma) + _BLACK)
    return np.asarray((product + _FAINT * around) / (power + _FAINT), np.float32)


def _touched(name: str, below: Image, change: Float, mode: Blend, head: float) -> Layer:
    """A layer that adds `change` (H, W, 3), masked to where it is about half a step or more."""
    target = np.clip(below + change, 0, 1)
    strength = blur(np.abs(change).max(-1), _SOFT * head)
    reach = np.clip(2 * strength / _STEP - _IDLE, 0, 1)
    alpha = _covering(reach, below, target)
    return Layer(name, _toning(below, _uncovered(below, target, alpha), mode), alpha, mode)


def _graded(below: Image, target: Image) -> Layer:
    """The grade, in overlay: black and white stay the same over other layers, too.

    In hard light where overlay can't reach the target, as from strong colours to grey.
    """
    low, high = np.maximum(2 * below - 1, 0), np.minimum(2 * below, 1)
    missed = float(np.maximum(low - target, target - high).max())
    mode = Blend.OVERLAY if missed <= _MISSED * _STEP else Blend.HARD_LIGHT
    return Layer("Colour", _toning(below, target, mode), None, mode)


def _toning(below: Image, target: Image, mode: Blend) -> Bytes:
    """The pixels that turn `below` into `target` in overlay (as nearly as it can) or hard light."""
    dark = below <= 0.5 if mode == Blend.OVERLAY else target <= below
    room = 2 * np.where(dark, below, 1 - below)
    # Without room, as for overlay on black and white, nothing is changed.
    wide = np.maximum(room, _STEP)
    pixels = np.where(dark, target / wide, 1 - (1 - target) / wide)
    return to_u8(np.where(room < _STEP, np.float32(0.5), np.clip(pixels, 0, 1)))


def _grain(rounded: Bytes, exact: Image, target: Image) -> tuple[Bytes, Bytes]:
    """The pixels to add and to subtract so that `target` results in 8 bits and nearly in floats.

    The middle between the two composites below is corrected, as far as the rounded one stays within
    a step of `target`.
    """
    aim = to_u8(target).astype(np.int16)
    middle = (rounded + np.float32(255) * exact) / 2
    steps = np.rint(np.float32(255) * target - middle).astype(np.int16)
    steps = np.clip(steps, aim - 1 - rounded, aim + 1 - rounded)
    steps = np.clip(steps, -rounded.astype(np.int16), 255 - rounded.astype(np.int16))
    return np.maximum(steps, 0).astype(np.uint8), np.maximum(-steps, 0).astype(np.uint8)


def _covering(wanted: Mask, below: Image, target: Image) -> Bytes:
    """`wanted` in 8 bits, but enough that some colour over `below` gives `target`."""
    change = target - below
    room = np.where(change > 0, 1 - below, below)
    # Less than half a step of 8 bits is rounding and needs no coverage.
    least = np.maximum(np.abs(change) - _STEP / 2, 0) / np.maximum(room, _NOTHING)
    needed = np.ceil(255 * np.clip(least.max(-1), 0, 1))
    return np.maximum(to_u8(wanted), needed.astype(np.uint8))


def _uncovered(below: Image, target: Image, alpha: Bytes) -> Image:
    """The colour of a layer that turns `below` into `target` at coverage `alpha`."""
    cover = np.maximum(from_u8(alpha), _STEP)[..., None]
    return np.asarray(np.clip(below + (target - below) / cover, 0, 1), np.float32)
