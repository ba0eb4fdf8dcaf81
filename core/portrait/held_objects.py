"""Detects hands and held objects before the sitter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np

from ..faces import Face
from ..faces.alignment import warp
from ..faces.regions import CHIN
from ..images import Box, Float, Image
from ..weights.sessions import litert

GREY = 0.55  # sRGB of what lies outside the picture, or behind a cut-out
HAND = 0.85  # confidence from which a picture shows a hand for sure
# Confidences from which a thing or a hand is taken for one, and how far below the chin it spoils a
# headshot, in face widths.
_SURE_THING, _SURE_HAND, _SPOILS = 0.5, 0.6, 1.6


@dataclass(frozen=True)
class Thing:
    """A detected object.

    name: in a word.
    confidence: 0..1.
    box: in pixels of the picture.
    """

    name: str
    confidence: float
    box: Box


# The detector's classes of objects that people hold, by their place in its label map. It also has
# chairs, but misses what shows behind shoulders; and cats and dogs, which it sees in hair.
_HELD = {3: "laptop", 12: "cup", 13: "cup", 16: "bottle", 21: "book", 22: "camera"}
_SIZE = 300
# Two squares over the chest show small objects that are lost when the whole picture is reduced to
# 300 pixels. In face widths: their side, and their middles beside and below the chin.
_SIDE, _BESIDE, _BELOW = 2.2, 0.6, 0.9


def obstruction(image: Image, face: Face) -> float:
    """How surely a hand or a held object is before face or chest: 0, or a confidence up to 1.

    image: sRGB float32 (H, W, 3) 0..1.

    Raises:
        SetupError: the weights are missing.
    """
    lowest = float(face.landmarks[CHIN, 1]) + _SPOILS * face.width
    middle = float(face.landmarks[CHIN, 0])
    things = [each for each in held_things(image, face) if each.confidence >= _SURE_THING]
    things += [each for each in hands(image) if each.confidence >= _SURE_HAND]
    near = (
        each.confidence
        for each in things
        if each.box.y0 < lowest and abs(each.box.centre[0] - middle) < 2 * face.width
    )
    return max(near, default=0.0)


def held_things(image: Image, face: Face) -> tuple[Thing, ...]:
    """Objects before the chest below `face`: the surest of each name, the surest first.

    image: sRGB float32 (H, W, 3) 0..1. Confidences below .3 are noise and left out.

    Raises:
        SetupError: the weights are missing.
    """
    best: dict[str, Thing] = {}
    chin, width = face.landmarks[CHIN, :2], face.width
    for side in (-_BESIDE, _BESIDE):
        corner = chin + np.float32(width) * np.array([side - _SIDE / 2, _BELOW - _SIDE / 2])
        for thing in _detected(image, np.asarray(corner, np.float32), _SIDE * width):
            if thing.name not in best or thing.confidence > best[thing.name].confidence:
                best[thing.name] = thing
    return tuple(sorted(best.values(), key=lambda thing: -thing.confidence))


def _detected(image: Image, corner: Float, side: float) -> Iterator[Thing]:
    square, scale, left, top = _square(image, corner, side, _SIZE)
    outputs = litert("object-detector").run(square[None] * 2 - 1)
    boxes, logits = sorted((each[0] for each in outputs), key=lambda each: each.shape[-1])
    classes = list(_HELD)
    scores = 1 / (1 + np.exp(-np.clip(logits[:, classes], -30, 30)))
    for anchor, column in np.argwhere(scores >= 0.3):
        x, y, wide, tall = _anchors()[anchor]
        dy, dx, dh, dw = boxes[anchor]
        # Offsets are tenths of the anchor's size, sizes fifths of a logarithm (the graph's own).
        x, y = x + dx / 10 * wide, y + dy / 10 * tall
        wide, tall = wide * np.exp(dw / 5), tall * np.exp(dh / 5)
        corners = np.array([[x - wide / 2, y - tall / 2], [x + wide / 2, y + tall / 2]])
        box = Box(*(corners * _SIZE / scale + (left, top)).ravel().tolist())
        yield Thing(_HELD[classes[column]], float(scores[anchor, column]), box)


@cache
def _anchors() -> Float:
    """The detector's anchors, float32 (1917, 4): x, y, width, height, 0..1 of its input."""
    sizes = [*(0.2 + 0.15 * step for step in range(6)), 1.0]
    anchors: list[tuple[float, float, float, float]] = []
    for level, stride in enumerate((16, 32, 64, 128, 256, 512)):
        cells = ceil(_SIZE / stride)
        size = sizes[level]
        shapes = [(1, size), (2, size), (0.5, size), (3, size), (1 / 3, size)]
        shapes.append((1, (size * sizes[level + 1]) ** 0.5))
        if level == 0:
            shapes = [(1, 0.1), (2, size), (0.5, size)]
        for y in range(cells):
            for x in range(cells):
                anchors += [
                    ((x + 0.5) / cells, (y + 0.5) / cells, each * ratio**0.5, each / ratio**0.5)
                    for ratio, each in shapes
                ]
    return np.array(anchors, np.float32)


_PALM, _HAND = 192, 224
_PALMS = ((8, 2), (16, 6))  # (stride, anchors per cell) of the palm detector's grids
_LIKELY = 0.3  # least confidence of a palm; the hand network decides about the rest
# The square of a hand about its palm: side in palm widths, and shift of the middle towards the
# fingers, as in the graph that ships with the networks.
_REACH, _FORWARD = 2.6, 0.5


def hands(image: Image) -> tuple[Thing, ...]:
    """Hands in an sRGB image (H, W, 3), the surest first, with the hand network's confidence.

    Raises:
        SetupError: the weights are missing.
    """
    rows, columns = image.shape[:2]
    side = max(rows, columns)
    corner = np.array([(columns - side) / 2, (rows - side) / 2], np.float32)
    square, scale, left, top = _square(image, corner, side, _PALM)
    outputs = litert("palm-detector").run(square[None])
    boxes, logits = sorted((each[0] for each in outputs), key=lambda each: -each.shape[-1])
    scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -30, 30)))
    things: list[Thing] = []
    for index in sorted(np.flatnonzero(scores >= _LIKELY), key=lambda each: -scores[each]):
        pairs = boxes[index].reshape(9, 2) / scale
        anchor = _palm_anchors()[index] * _PALM / scale + (left, top)
        centre, size = pairs[0] + anchor, np.abs(pairs[1])
        box = Box(*np.concatenate([centre - size / 2, centre + size / 2]).tolist())
        if any(box.overlap(other.box) > 0.3 for other in things):
            continue
        wrist, middle = pairs[2] + anchor, pairs[4] + anchor
        things.append(Thing("hand", _hand(image, centre, float(size.max()), middle - wrist), box))
    return tuple(sorted(things, key=lambda thing: -thing.confidence))


def _hand(image: Image, centre: Float, size: float, along: Float) -> float:
    """The hand network's confidence, 0..1, in a hand whose palm points `along`."""
    length = max(float(np.hypot(*along)), 1e-6)
    x, y = along / length
    scale = _HAND / max(_REACH * size, 1.0)
    turn = scale * np.array([[-y, x], [-x, -y]])  # what points along the hand points up
    middle = centre + _FORWARD * size * np.array([x, y])
    matrix = np.column_stack([turn, _HAND / 2 - turn @ middle]).astype(np.float32)
    outputs = litert("hand-landmarker").run(np.clip(warp(image, matrix, _HAND), 0, 1)[None])
    # Two outputs have one value each: first whether it is a hand, then which one.
    return float(next(each for each in outputs if each.size == 1).item())


@cache
def _palm_anchors() -> Float:
    """Centres of the palm detector's anchors, 0..1 of its input."""
    centres = [
        ((x + 0.5) * stride / _PALM, (y + 0.5) * stride / _PALM)
        for stride, count in _PALMS
        for y in range(_PALM // stride)
        for x in range(_PALM // stride)
        for _ in range(count)
    ]
    return np.array(centres, np.float32)


def _square(
    image: Image, corner: Float, side: float, size: int
) -> tuple[Image, float, float, float]:
    """A square of the picture resized to `size` pixels, its scale, and its corner's x and y.

    corner: upper left, in pixels of the picture.
    side: in pixels of the picture; outside the picture it is grey.
    """
    scale = size / side
    matrix = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]], np.float32)
    grey = np.float32(GREY)
    square = np.clip(warp(image - grey, matrix, size) + grey, 0, 1)
    return square, scale, float(corner[0]), float(corner[1])
