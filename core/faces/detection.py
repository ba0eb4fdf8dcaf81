"""Face detection by both BlazeFace detectors, over tiles, merged into one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..images import Box, Float, Image, resize
from ..weights.sessions import litert

# Below this the detectors mostly report patterns that are no faces; the mesh's presence score
# sorts out the rest.
CONFIDENCE = 0.5
# Two detections that overlap this far (intersection over union) are the same face (MediaPipe's
# own figure).
SAME_FACE = 0.3
# A detection of which this share lies within a surer one is a part of that face: mouth and nose
# alone, seen in a small tile.
PART = 0.9
# Working size: a quarter tile of it still fills the larger detector's input.
SHORT_SIDE = 400
# More elongated pictures are cut to this many squares; beyond it the tiles become oblong.
MOST_TILES = 12
# Where not one face is found, at least this share of the short side wide, the picture may show a
# group or somebody far away: tiles of half the size find the smaller faces.
LONE_FACE = 0.12
# Grey border, as a share of the size, that lets the detectors see a face that fills the picture.
PADDING = 0.5


@dataclass(frozen=True, eq=False)
class Detection:
    """One detected face.

    box: around brows and chin, pixels.
    confidence: 0..1.
    keypoints: float32 (6, 2), pixels: eyes, nose tip, mouth, ears; left before right as seen in the
        picture.
    """

    box: Box
    confidence: float
    keypoints: Float


@dataclass(frozen=True)
class _Layout:
    """A detector's weights, input size in pixels, and (stride, anchors per cell) of its grids."""

    weights: str
    size: int
    grids: tuple[tuple[int, int], ...]

    def anchors(self) -> Float:
        """Centres of all anchors, float32 (N, 2), 0..1 of the input."""
        centres: list[Float] = []
        for stride, count in self.grids:
            cells = self.size // stride
            axis = ((np.arange(cells) + 0.5) / cells).astype(np.float32)
            grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
            centres.append(np.repeat(grid, count, axis=0))
        return np.concatenate(centres)


# From the graphs that ship with the models. The short range sees faces that fill the tile, the
# full range small ones: alone each misses what the other finds.
_LAYOUTS = (
    _Layout("face-detector-short", 128, ((8, 2), (16, 6))),
    _Layout("face-detector-full", 192, ((4, 1),)),
)


class Detector:
    """Both BlazeFace networks."""

    def __init__(self) -> None:
        self._networks = [(litert(each.weights), each.size, each.anchors()) for each in _LAYOUTS]

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """Every face of `image` (sRGB float32 (H, W, 3) 0..1), the most confident first.

        Raises:
            WeightsMissing: a detector's weights are not there.
        """
        small, factor = _working(image)
        detections = self._over(small, _squares(small, 1))
        if len(detections) != 1 or detections[0].box.width < LONE_FACE * min(small.shape[:2]):
            detections = merged([*detections, *self._over(small, _squares(small, 2))])
        if not detections:
            border = round(PADDING * max(small.shape[:2]))
            padded = cv2.copyMakeBorder(
                small, border, border, border, border, cv2.BORDER_CONSTANT, value=(0.5, 0.5, 0.5)
            )
            whole = Box(0, 0, padded.shape[1], padded.shape[0])
            detections = self._over(np.asarray(padded, np.float32), [whole])
            detections = [_moved(each, 1.0, -border, -border) for each in detections]
        return tuple(
            _moved(each, 1 / factor, 0.5 / factor - 0.5, 0.5 / factor - 0.5) for each in detections
        )

    def _over(self, image: Image, tiles: list[Box]) -> list[Detection]:
        detections = [each for tile in tiles for each in self._in_tile(image, tile)]
        return merged(detections)

    def _in_tile(self, image: Image, tile: Box) -> Iterator[Detection]:
        for network, size, anchors in self._networks:
            scale = size / max(tile.width, tile.height)
            boxes, logits = _split(network.run(_letterbox(tile.cut(image), size)[None]))
            confidences = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
            for index in np.flatnonzero(confidences >= CONFIDENCE):
                # Pairs in input pixels: box centre and keypoints relative to the anchor, box size.
                pairs = boxes[index].reshape(8, 2) / scale
                anchor = anchors[index] * size / scale + (tile.x0 - 0.5, tile.y0 - 0.5)
                x, y = pairs[0] + anchor
                width, height = pairs[1] / 2
                yield Detection(
                    Box(float(x - width), float(y - height), float(x + width), float(y + height)),
                    float(confidences[index]),
                    (pairs[2:] + anchor).astype(np.float32),
                )


def _working(image: Image) -> tuple[Image, float]:
    """`image` shrunk to the working size, and the factor."""
    rows, columns = image.shape[:2]
    factor = min(1.0, SHORT_SIDE / min(rows, columns), MOST_TILES * SHORT_SIDE / max(rows, columns))
    if factor == 1.0:
        return image, 1.0
    return resize(image, max(1, round(columns * factor)), max(1, round(rows * factor))), factor


def _squares(image: Image, divisor: int) -> list[Box]:
    """Half-overlapping squares of 1 / `divisor` of the short side; for 1 the whole picture too."""
    rows, columns = image.shape[:2]
    whole = [Box(0, 0, columns, rows)] if divisor == 1 else []
    if divisor == 1 and max(rows, columns) <= 1.3 * min(rows, columns):
        return whole
    side = max(1.0, min(rows, columns) / divisor, 2 * max(rows, columns) / (MOST_TILES + 1))
    width, height = min(side, columns), min(side, rows)
    return whole + [
        Box(x, y, x + width, y + height)
        for y in _starts(rows, height)
        for x in _starts(columns, width)
    ]


def _starts(length: int, side: float) -> Float:
    """Where half-overlapping pieces of `side` start so that they cover `length`."""
    count = int(np.ceil((length - side) / (0.5 * side))) + 1
    return np.round(np.linspace(0, length - side, count)).astype(np.float32)


def _letterbox(image: Image, size: int) -> Float:
    """`image` in the top left of a black square, -1..1 as the detectors expect."""
    rows, columns = image.shape[:2]
    scale = size / max(rows, columns)
    width, height = max(1, round(columns * scale)), max(1, round(rows * scale))
    square = np.full((size, size, 3), -1, np.float32)
    square[:height, :width] = np.clip(resize(image, width, height), 0, 1) * 2 - 1
    return square


def _split(outputs: list[Float]) -> tuple[Float, Float]:
    """Boxes (N, 16) and logits (N,) of a detector's outputs, whatever their order."""
    boxes, logits = sorted(outputs, key=lambda each: -each.shape[-1])
    return boxes[0], logits[0, :, 0]


def merged(detections: list[Detection]) -> list[Detection]:
    """Weighted non-maximum suppression: overlapping detections become their weighted mean, and
    those inside a more confident one are removed.
    """
    rest = sorted(detections, key=lambda each: -each.confidence)
    merged: list[Detection] = []
    while rest:
        best = rest[0]
        same = [each for each in rest if each is best or best.box.overlap(each.box) >= SAME_FACE]
        rest = [
            each
            for each in rest
            if not any(each is other for other in same) and share(each.box, best.box) < PART
        ]
        weights = np.array([each.confidence for each in same], np.float32)
        weights /= weights.sum()
        sides = np.array([[e.box.x0, e.box.y0, e.box.x1, e.box.y1] for e in same], np.float32)
        keypoints = np.stack([each.keypoints for each in same])
        box = Box(*(weights @ sides).tolist())
        mean = np.tensordot(weights, keypoints, 1).astype(np.float32)
        merged.append(Detection(box, best.confidence, mean))
    return merged


def share(box: Box, around: Box) -> float:
    """The share of `box` that lies within `around`."""
    width = min(box.x1, around.x1) - max(box.x0, around.x0)
    height = min(box.y1, around.y1) - max(box.y0, around.y0)
    return max(0.0, width) * max(0.0, height) / max(box.width * box.height, 1e-9)


def _moved(detection: Detection, scale: float, dx: float, dy: float) -> Detection:
    """The detection after the picture was scaled and then shifted."""
    box = detection.box
    return Detection(
        Box(box.x0 * scale + dx, box.y0 * scale + dy, box.x1 * scale + dx, box.y1 * scale + dy),
        detection.confidence,
        (detection.keypoints * scale + np.array([dx, dy])).astype(np.float32),
    )
