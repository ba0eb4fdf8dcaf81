"""Headshots spoilt on purpose: a neighbour, a chair or a held object in picture and matte.

Sitters, neighbours, hand and microphone are cut from real photos; chairs, cups, bottles, phones and
books are painted, since no photos of them come with the packages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Float, Image, Mask, blur, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.modnet import modnet

HEIGHT, WIDTH = 640, 512
_WALL = (0.62, 0.63, 0.65)
_FINE = 3  # shapes are painted this much larger and shrunk, so that their edges are smooth


@dataclass(frozen=True, eq=False)
class Shot:
    """A headshot, its face and the matte that was made of it."""

    name: str
    image: Image
    matte: Mask
    face: Face


@dataclass(frozen=True, eq=False)
class Spoilt:
    """A shot with something in it. kind: "neighbour", "chair", or "object" for what is held.
    what: in a word. thing: (H, W) where it can be seen.
    """

    shot: Shot
    kind: str
    what: str
    thing: Mask


# Things smaller than this in the picture, squared face widths, are no fault that anybody sees.
VISIBLE = 0.1


def visible(spoilt: Spoilt) -> bool:
    """Whether enough of the thing is in the picture to be found."""
    return float(spoilt.thing.sum()) >= VISIBLE * spoilt.shot.face.width**2


# Cut-outs (H, W, 4): sRGB colours and straight alpha.
Painter = Callable[[np.random.Generator], Float]


def headshot(path: Path, which: int = 0) -> Shot:
    """The `which`-th largest face of a photo, framed 4:5 as the studio frames it.

    The matte is what the network cut out about that face: neighbours too, unless they stand free.
    """
    image = read_photo(path, longest=1920).image
    face = ANALYSERS.get("embedded").analyse(image, embed=False)[which]
    cover = np.zeros(image.shape[:2], np.float32)
    window = face.box.grown(1.6)
    window.cut(cover)[:] = modnet(window.cut(image))
    scale = 0.46 * HEIGHT / (1.25 * float(face.landmarks[152, 1] - face.landmarks[10, 1]))
    both = np.dstack([image, cover, np.ones_like(cover)])
    if scale < 0.7:
        both = resize(both, round(image.shape[1] * scale), round(image.shape[0] * scale))
    zoom = 1.0 if scale < 0.7 else scale
    eyes, middle = float(face.points[:2, 1].mean()), float(face.landmarks[:468, 0].mean())
    matrix = np.array(
        [
            [zoom, 0, 0.5 * WIDTH - middle * scale],
            [0, zoom, 0.42 * HEIGHT - eyes * scale],
        ]
    )
    crop = np.clip(cv2.warpAffine(both, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR), 0, 1)
    picture = np.asarray(crop[..., :3], np.float32)
    found = ANALYSERS.get("embedded").analyse(picture, embed=False)
    own = min(found, key=lambda each: abs(each.box.centre[0] - WIDTH / 2) - each.width)
    matte = _connected(np.asarray(crop[..., 3] * (crop[..., 4] > 0.99), np.float32), own)
    return Shot(path.name, before_wall(picture, matte), matte, own)


def before_wall(image: Image, matte: Mask) -> Image:
    """`image` where the matte covers, plain grey elsewhere."""
    cover = matte[..., None]
    return np.asarray(image * cover + np.array(_WALL, np.float32) * (1 - cover), np.float32)


def _connected(matte: Mask, face: Face) -> Mask:
    _, labels = cv2.connectedComponents((matte > 0.3).astype(np.uint8))
    x, y = face.landmarks[1, :2].astype(int)
    own = (labels == labels[y, x]).astype(np.uint8)
    return np.asarray(matte * cv2.dilate(own, np.ones((5, 5), np.uint8)), np.float32)


def _laid(
    shot: Shot, cutout: Float, centre: tuple[float, float], width: float, *, behind: bool
) -> tuple[Shot, Mask]:
    """`shot` with a cut-out of `width` face widths, its middle at `centre`: face widths from the
    chin, right and down. Also where it can be seen.
    """
    face = shot.face
    scale = width * face.width / cutout.shape[1]
    small = resize(
        cutout, max(2, round(cutout.shape[1] * scale)), max(2, round(cutout.shape[0] * scale))
    )
    chin = face.landmarks[152, :2]
    x = chin[0] + centre[0] * face.width - small.shape[1] / 2
    y = chin[1] + centre[1] * face.width - small.shape[0] / 2
    matrix = np.array([[1, 0, x], [0, 1, y]])
    placed = cv2.warpAffine(small, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    placed = np.asarray(np.clip(placed, 0, 1), np.float32)
    alpha, colours = placed[..., 3], placed[..., :3]
    own = shot.matte
    seen = alpha * (1 - own) if behind else alpha
    image = shot.image * (1 - seen[..., None]) + colours * seen[..., None]
    matte = np.asarray(own + (1 - own) * alpha, np.float32)
    return Shot(shot.name, np.asarray(image, np.float32), matte, face), np.asarray(seen, np.float32)


def neighbour(shot: Shot, other: Shot, rng: np.random.Generator) -> Spoilt:
    """`other` beside the sitter, before or behind; at times only a shoulder is in the picture."""
    side = rng.choice((-1.0, 1.0))
    cutout = np.dstack([other.image, other.matte])
    # Nothing was photographed below the cut-out, so it goes on with its last row.
    below = cv2.copyMakeBorder(cutout, 0, HEIGHT // 2, 0, 0, cv2.BORDER_REPLICATE)
    cutout = np.asarray(below, np.float32)
    if rng.random() < 0.5:
        cutout = cutout[:, ::-1]
    size = WIDTH / other.face.width * rng.uniform(0.85, 1.1)
    down = (cutout.shape[0] / 2 - other.face.landmarks[152, 1]) / WIDTH * size
    centre = side * rng.uniform(1.3, 2.0), down + rng.uniform(-0.3, 0.4)
    spoilt, seen = _laid(
        shot, np.ascontiguousarray(cutout), centre, size, behind=rng.random() < 0.6
    )
    return Spoilt(spoilt, "neighbour", "person", seen)


def pair(shot: Shot, other: Shot, rng: np.random.Generator) -> tuple[Image, Mask, Mask]:
    """A wide picture of two people, before or behind one another; what can be seen of the sitter
    and of `other`, (H, W) each.
    """
    wide = WIDTH * 5 // 2
    placed: list[tuple[Float, Mask]] = []
    side = rng.choice((-1.0, 1.0))
    for each, aside in ((shot, 0.0), (other, side * rng.uniform(1.5, 2.2))):
        zoom = shot.face.width / each.face.width * (rng.uniform(0.9, 1.1) if aside else 1.0)
        x = (wide - zoom * WIDTH) / 2 + aside * shot.face.width
        y = HEIGHT * (1 - zoom) + (rng.uniform(0, 0.3) * shot.face.width if aside else 0)
        matrix = np.array([[zoom, 0, x], [0, zoom, y]])
        both = np.dstack([each.image, each.matte])
        moved = np.clip(cv2.warpAffine(both, matrix, (wide, HEIGHT)), 0, 1)
        placed.append((np.asarray(moved[..., :3], np.float32), np.asarray(moved[..., 3])))
    behind, before = placed if rng.random() < 0.5 else placed[::-1]
    image = np.full((HEIGHT, wide, 3), _WALL, np.float32)
    for colours, cover in (behind, before):
        image = image * (1 - cover[..., None]) + colours * cover[..., None]
    seen = {id(behind): behind[1] * (1 - before[1]), id(before): before[1]}
    return np.asarray(image, np.float32), seen[id(placed[0])], seen[id(placed[1])]


def chair(shot: Shot, rng: np.random.Generator) -> Spoilt:
    """A chair's back behind the shoulders, reaching to somewhere between neck and ears."""
    wide, tall = rng.uniform(2.0, 3.4), 3.0
    top = rng.uniform(-0.7, -0.05)
    cutout = _chair(rng, wide, tall)
    aside = rng.uniform(-0.35, 0.35)
    spoilt, seen = _laid(shot, cutout, (aside, top + tall / 2), wide, behind=True)
    return Spoilt(spoilt, "chair", "chair", seen)


def held(shot: Shot, what: str, cutout: Float, rng: np.random.Generator) -> Spoilt:
    """An object before the body."""
    width = _WIDTHS[what] * rng.uniform(0.85, 1.2)
    centre = rng.uniform(-0.7, 0.7), rng.uniform(0.7, 1.2)
    if what == "microphone":
        centre = rng.uniform(-0.25, 0.25), 0.15 + width * cutout.shape[0] / cutout.shape[1] / 2
    spoilt, seen = _laid(shot, cutout, centre, width, behind=False)
    return Spoilt(spoilt, "object", what, seen)


# Face widths. A face is about 14 cm wide.
_WIDTHS = {
    "cup": 0.85, "bottle": 0.5, "phone": 0.55, "book": 1.2, "microphone": 0.36,
    "hand with phone": 1.6, "hand with drink": 1.2,
}  # fmt: skip


def _canvas(wide: float, tall: float) -> tuple[Float, Mask, float]:
    scale = 160 * _FINE
    shape = round(tall * scale), round(wide * scale)
    return np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32), float(scale)


def _finished(colours: Float, alpha: Mask, rng: np.random.Generator) -> Float:
    """Smaller, with light from one side, a little noise and soft edges."""
    rows, columns = alpha.shape
    slope = np.linspace(-1, 1, columns, dtype=np.float32)[None] * np.float32(
        rng.uniform(-0.25, 0.25)
    )
    lit = np.clip(colours * (1 + slope[..., None]), 0, 1)
    fine = np.asarray(np.dstack([lit, alpha]), np.float32)
    both = resize(fine, columns // _FINE, rows // _FINE)
    both[..., :3] += rng.normal(0, 0.006, both.shape[:2]).astype(np.float32)[..., None]
    return np.asarray(np.clip(blur(both, 0.6), 0, 1), np.float32)


def _rounded(shape: tuple[int, int], x0: float, y0: float, x1: float, y1: float, r: float) -> Mask:
    mask = np.zeros(shape, np.float32)
    cv2.rectangle(mask, (round(x0 + r), round(y0)), (round(x1 - r), round(y1)), 1, -1)
    cv2.rectangle(mask, (round(x0), round(y0 + r)), (round(x1), round(y1 - r)), 1, -1)
    for x in (x0 + r, x1 - r):
        for y in (y0 + r, y1 - r):
            cv2.circle(mask, (round(x), round(y)), round(r), 1, -1)
    return mask


# Black, brown, grey, blue, beige and red.
_COVERS = (
    (0.09, 0.09, 0.1),
    (0.33, 0.2, 0.12),
    (0.5, 0.5, 0.52),
    (0.16, 0.22, 0.36),
    (0.72, 0.68, 0.6),
    (0.4, 0.08, 0.09),
)


def _chair(rng: np.random.Generator, wide: float, tall: float) -> Float:
    colours, alpha, scale = _canvas(wide, tall)
    rows, columns = alpha.shape
    alpha[:] = _rounded(alpha.shape, 0, 0, columns - 1, rows * 2, rng.uniform(0.1, 0.5) * scale)
    base = np.array(_COVERS[rng.integers(len(_COVERS))], np.float32)
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    shade = 1.15 - 0.5 * across**4 - 0.35 * down + 0.25 * np.exp(-((down / 0.03) ** 2))
    style = rng.integers(3)
    if style == 0:  # quilted leather
        pitch = 0.45 * scale
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        shade = shade * (
            0.8 + 0.3 * np.abs(np.sin(np.pi * (x + y) / pitch) * np.sin(np.pi * (x - y) / pitch))
        )
    elif style == 1:  # fabric
        shade = shade * (1 + 0.5 * blur(rng.normal(0, 1, shade.shape).astype(np.float32), 2))
    else:  # slats
        bars = (np.sin(2 * np.pi * np.arange(columns) / (0.42 * scale)) > -0.2).astype(np.float32)
        frame = alpha - cv2.erode(alpha, np.ones((round(0.16 * scale),) * 2), borderValue=0)
        alpha *= np.maximum(bars[None], frame)
    colours[:] = np.clip(base * shade[..., None], 0, 1)
    return _finished(colours, alpha, rng)


def cup(rng: np.random.Generator) -> Float:
    colours, alpha, scale = _canvas(1.0, 0.95)
    rows, columns = alpha.shape
    left, right = 0.02 * columns, 0.68 * columns
    body = _rounded(alpha.shape, left, 0.1 * rows, right, 0.99 * rows, 0.1 * scale)
    rim = ((left + right) / 2, 0.12 * rows), (right - left, 0.2 * rows), 0.0
    cv2.ellipse(body, rim, 1, -1)
    handle = np.zeros_like(alpha)
    cv2.ellipse(
        handle, ((right, 0.5 * rows), (0.55 * columns, 0.5 * rows), 0), 1, round(0.09 * columns)
    )
    x = (np.arange(columns, dtype=np.float32)[None] - left) / (right - left) * 2 - 1
    round_ = 0.55 + 0.45 * np.sqrt(np.clip(1 - (x - 0.25) ** 2 * 0.7, 0, 1))
    base = (
        rng.uniform(0.1, 1.0, 3).astype(np.float32)
        if rng.random() < 0.6
        else np.array([0.93, 0.92, 0.9], np.float32)
    )
    alpha[:] = np.maximum(body, handle)
    colours[:] = base * (round_ * np.ones_like(alpha))[..., None]
    inside = np.zeros_like(alpha)
    cv2.ellipse(inside, (rim[0], (0.9 * rim[1][0], 0.8 * rim[1][1]), 0), 1, -1)
    colours[inside > 0] = (0.2, 0.12, 0.07)
    return _finished(colours, alpha, rng)


def bottle(rng: np.random.Generator) -> Float:
    colours, alpha, scale = _canvas(0.5, 1.6)
    rows, columns = alpha.shape
    alpha[:] = _rounded(alpha.shape, 0, 0.35 * rows, columns - 1, rows - 1, 0.08 * scale)
    neck = _rounded(
        alpha.shape, 0.32 * columns, 0.02 * rows, 0.68 * columns, 0.6 * rows, 0.03 * scale
    )
    shoulder = np.zeros_like(alpha)
    cv2.ellipse(shoulder, ((columns / 2, 0.37 * rows), (columns, 0.3 * rows), 0), 1, -1)
    alpha[:] = np.maximum(alpha, np.maximum(neck, shoulder))
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    base = np.array(
        [(0.1, 0.3, 0.15), (0.35, 0.2, 0.08), (0.6, 0.75, 0.85)][rng.integers(3)], np.float32
    )
    colours[:] = (
        base * (0.6 + 0.5 * np.exp(-((x + 0.4) ** 2) / 0.05) + 0.2 * np.ones_like(alpha))[..., None]
    )
    colours[round(0.55 * rows) : round(0.8 * rows)] = rng.uniform(0.3, 1, 3)
    colours[: round(0.1 * rows)] = rng.uniform(0, 1, 3)
    return _finished(colours, alpha, rng)


def phone(rng: np.random.Generator) -> Float:
    colours, alpha, scale = _canvas(0.5, 1.02)
    rows, columns = alpha.shape
    alpha[:] = _rounded(alpha.shape, 0, 0, columns - 1, rows - 1, 0.07 * scale)
    colours[:] = np.array(
        [(0.05, 0.05, 0.06), (0.85, 0.85, 0.87), (0.7, 0.55, 0.5)][rng.integers(3)]
    )
    for y in (0.1, 0.2):
        cv2.circle(
            colours,
            (round(0.22 * columns), round(y * rows)),
            round(0.075 * columns),
            (0.02,) * 3,
            -1,
        )
    return _finished(colours, alpha, rng)


def book(rng: np.random.Generator) -> Float:
    colours, alpha, _ = _canvas(1.2, 1.6)
    rows, columns = alpha.shape
    alpha[:] = 1
    colours[:] = rng.uniform(0.1, 0.9, 3)
    colours[:, : columns // 20] *= 0.6
    for row in range(3):
        y = round(rows * (0.2 + 0.12 * row))
        cv2.rectangle(
            colours, (columns // 5, y), (columns * 4 // 5, y + rows // 16), (0.95,) * 3, -1
        )
    return _finished(colours, alpha, rng)


PAINTED: dict[str, Painter] = {"cup": cup, "bottle": bottle, "phone": phone, "book": book}


# What real photos show of things in hands, as outlines, pixels of the photo.
_MICROPHONE = (
    (250, 731), (256, 704), (275, 682), (304, 674), (332, 681), (351, 704), (359, 731), (351, 760),
    (328, 789), (322, 822), (312, 835), (315, 935), (322, 991), (326, 1079), (295, 1079),
    (295, 991), (300, 935), (295, 835), (288, 822), (282, 789), (259, 762),
)  # fmt: skip
_PHONE = (
    (733, 850), (750, 810), (780, 775), (812, 752), (870, 731), (908, 728), (920, 735), (1010, 753),
    (1098, 780), (1096, 858), (1090, 898), (1010, 852), (950, 825), (953, 838), (922, 898),
    (905, 896), (838, 874), (828, 881), (795, 868), (788, 852), (775, 855), (760, 887), (748, 882),
    (747, 852),
)  # fmt: skip
_DRINK = (
    (588, 818), (655, 806), (662, 750), (672, 750), (670, 806), (728, 818), (722, 845), (760, 837),
    (785, 860), (790, 900), (840, 940), (880, 1030), (880, 1050), (765, 1050), (740, 985),
    (710, 965), (680, 963), (685, 980), (610, 980), (598, 940),
)  # fmt: skip


def photographed(folder: Path) -> dict[str, Float]:
    """Things cut from real photos: a microphone, a hand with a phone, a hand with a drink."""
    cut = {
        "microphone": ("obama2.jpg", _MICROPHONE),
        "hand with phone": ("group4.jpg", _PHONE),
        "hand with drink": ("group3.jpg", _DRINK),
    }
    return {
        what: _polygon(read_photo(folder / file).image, np.array(outline, np.float32))
        for what, (file, outline) in cut.items()
    }


def _polygon(image: Image, outline: NDArray[np.float32]) -> Float:
    """The part of `image` inside `outline`, corners in pixels."""
    x0, y0 = np.floor(outline.min(0)).astype(int) - 4
    x1, y1 = np.ceil(outline.max(0)).astype(int) + 5
    alpha = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(alpha, [np.round(outline).astype(np.int32)], (1.0,), cv2.LINE_AA)
    both = np.dstack([image, blur(alpha, 1.0)])[y0:y1, x0:x1]
    return np.asarray(both, np.float32)
