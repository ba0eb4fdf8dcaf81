"""An office out of focus: a ray-traced room with windows on the side of the key light.

The room is built in metres from the camera: x to the right, y up from eye level, z away. Its
    windows
are at the left; for a key light from the right the picture is mirrored. Each seed gives another
room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ....images import Float, Linear, Mask, blur, resize, to_linear
from ...looks import Backdrop
from .lens import Point, add_points, film, spread, stack

Vector = tuple[float, float, float]

_ROWS = 320  # working height; nothing finer survives the blur
_HORIZON = 0.4  # share of the height at which the camera's own height lies
_FIELD = 0.42  # picture height over distance: about 70 mm on full frame
_BAY = 1.5  # metres from one window post to the next
_DEPTHS = (4.6, 6.4, 9.0, 99.0)  # metres; what lies between two of them is one layer

_WOOD, _DARK, _WHITE = (0.27, 0.165, 0.09), (0.028, 0.030, 0.036), (0.60, 0.59, 0.56)
_LEAVES = ((0.045, 0.085, 0.025), (0.08, 0.13, 0.035), (0.025, 0.055, 0.022))
_WARM, _DAY = (1.0, 0.66, 0.34), (0.93, 1.0, 1.09)
_AMBIENT = (0.34, 0.33, 0.315)


@dataclass(frozen=True)
class _Block:
    """A box from one corner to the other."""

    low: Vector
    high: Vector
    colour: Vector


@dataclass(frozen=True)
class _Room:
    """A room.

    window, right, end, ceiling, floor: places of its walls.
    bay: offset of the window posts.
    skyline: heights of the houses outside, -1..1.
    blocks: what stands in it.
    lights: small lamps as (place, linear RGB).
    """

    window: float
    right: float
    end: float
    ceiling: float
    floor: float
    bay: float
    skyline: Float
    blocks: tuple[_Block, ...]
    lights: tuple[tuple[Vector, Vector], ...]


@dataclass(frozen=True, eq=False)
class _View:
    """The surface at each pixel: place, normal, colour, and emitted light, each (H, W, 3)."""

    place: Float
    normal: Float
    colour: Float
    glow: Float


def office(
    backdrop: Backdrop, width: int, height: int, side: float, rng: np.random.Generator
) -> Linear:
    """The office, linear RGB float32 (height, width, 3), with windows at the left if `side` < 0."""
    room = _furnish(rng)
    tint = to_linear(np.array(backdrop.colour, np.float32))
    view = _trace(room, round(_ROWS * width / height), tint)
    light = view.colour * _irradiance(view, room) + view.glow
    picture = stack(_layers(light, view.place[..., 2], backdrop.blur))
    picture += 0.07 * blur(picture, 0.14 * _ROWS)  # the windows' veil over the lens
    picture = resize(picture, width, height)
    add_points(picture, [_point(*each, width / height, backdrop.blur) for each in room.lights])
    picture = film(picture * np.float32(backdrop.brightness))
    return np.ascontiguousarray(picture[:, ::-1]) if side > 0 else picture


def _layers(light: Linear, distance: Float, blur_: float) -> list[tuple[Linear, Mask, float]]:
    """The picture in layers by distance, the farthest first; see `stack`."""
    layers: list[tuple[Linear, Mask, float]] = []
    near = 0.0
    for far in _DEPTHS:
        mask = ((distance >= near) & (distance < far)).astype(np.float32)
        if mask.any():
            middle = float(distance[mask > 0].mean())
            layers.insert(0, (light, mask, spread(middle, blur_) * _ROWS))
        near = far
    return layers


def _furnish(rng: np.random.Generator) -> _Room:
    window, right = -1.15 - rng.uniform(0, 0.3), 2.4 + rng.uniform(0, 0.8)
    end, ceiling, floor = 13 + rng.uniform(0, 3), 1.35, -1.25
    blocks = [*_desks(right, rng), *_plants(window, right, floor, rng)]
    x = rng.uniform(0.55, 0.95)  # a pillar, and a glazed room with dark posts behind it
    blocks.append(_Block((x, floor, 7.6), (x + 0.4, ceiling, 8.0), _WHITE))
    left = right - rng.uniform(1.2, 1.6)
    blocks.append(_Block((left, floor, end - 2), (right, ceiling, end - 1.8), (0.30, 0.29, 0.27)))
    for post in np.arange(left, right, 0.62):
        blocks.append(_Block((post, floor, end - 2.1), (post + 0.07, ceiling, end - 2), _DARK))
    board = (left + 0.15, -0.35, end - 2.05), (left + 0.5, 0.4, end - 2.02)
    blocks.append(_Block(*board, (0.10, 0.20, 0.30)))
    return _Room(
        window=window,
        right=right,
        end=end,
        ceiling=ceiling,
        floor=floor,
        bay=rng.uniform(0, _BAY),
        skyline=rng.uniform(-1, 1, 64).astype(np.float32),
        blocks=tuple(blocks),
        lights=tuple(_lamps(ceiling, end, rng)),
    )


def _desks(right: float, rng: np.random.Generator) -> Iterator[_Block]:
    top = -0.52
    for z in (5.6, 7.9, 10.2):
        z += rng.uniform(-0.3, 0.3)
        left = -0.35 + rng.uniform(-0.25, 0.3)
        yield _Block((left, top - 0.05, z), (right, top, z + 0.8), _WOOD)
        for x in np.arange(left + 0.3, right - 0.5, 1.1):
            x += rng.uniform(-0.15, 0.15)
            tall = rng.uniform(0.3, 0.36)
            yield _Block((x, top + 0.1, z + 0.5), (x + 0.55, top + 0.1 + tall, z + 0.55), _DARK)
            if rng.random() < 0.5:  # the back of a chair
                at = x + rng.uniform(-0.3, 0.35)
                grey = rng.uniform(0.05, 0.16)
                yield _Block(
                    (at, -0.8, z - 0.45), (at + 0.42, -0.27, z - 0.38), (grey, grey, grey * 1.1)
                )
            if rng.random() < 0.7:  # papers, cups, books
                at, colour = x + rng.uniform(-0.2, 0.6), rng.choice(_THINGS)
                yield _Block(
                    (at, top, z + 0.1),
                    (at + rng.uniform(0.06, 0.2), top + rng.uniform(0.04, 0.2), z + 0.2),
                    _vector(colour),
                )


_THINGS = np.array([[0.6, 0.58, 0.54], [0.35, 0.08, 0.05], [0.5, 0.33, 0.1], [0.05, 0.14, 0.22]])


def _plants(
    window: float, right: float, floor: float, rng: np.random.Generator
) -> Iterator[_Block]:
    """Two plants as clouds of leaves."""
    for x, z in ((window + 0.5, rng.uniform(7, 9)), (right - rng.uniform(0.5, 1.1), 6.6)):
        middle = rng.uniform(-0.25, 0.0)
        for _ in range(26):
            dx, dy, dz = rng.normal(0, (0.2, 0.26, 0.15))
            size = rng.uniform(0.04, 0.10)
            low = (x + dx, middle + dy, z + dz)
            colour = _LEAVES[int(rng.integers(len(_LEAVES)))]
            yield _Block(low, (low[0] + size, low[1] + 1.6 * size, low[2] + size), colour)
        yield _Block((x - 0.14, floor, z - 0.14), (x + 0.14, -0.75, z + 0.14), (0.4, 0.38, 0.35))


def _lamps(ceiling: float, end: float, rng: np.random.Generator) -> Iterator[tuple[Vector, Vector]]:
    """Rows of small lamps in the ceiling, and a few hanging ones."""
    warm = np.array(_WARM)
    for x in (0.65, 1.5):
        x += rng.uniform(-0.15, 0.15)
        for z in np.arange(7.0 + rng.uniform(0, 0.8), end - 1, 1.9):
            if rng.random() < 0.7:
                strength = rng.uniform(0.10, 0.32)
                yield (x, ceiling, float(z)), _vector((0.35 + 0.65 * warm) * strength)
    for _ in range(3):
        place = rng.uniform(0.3, 2.0), rng.uniform(0.35, 0.8), rng.uniform(7.5, end - 2.5)
        yield place, _vector(warm * rng.uniform(0.2, 0.5))


def _vector(values: NDArray[np.floating]) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _point(place: Vector, light: Vector, aspect: float, blur_: float) -> Point:
    x, y, z = place
    across, down = aspect / 2 + x / z / _FIELD, _HORIZON - y / z / _FIELD
    return Point(across, down, spread(z, blur_), light)


def _trace(room: _Room, columns: int, tint: Float) -> _View:
    y, x = np.mgrid[0:_ROWS, 0:columns].astype(np.float32)
    ray = np.stack(
        [(x + 0.5 - columns / 2) / _ROWS * _FIELD, (_HORIZON - (y + 0.5) / _ROWS) * _FIELD], -1
    )
    ray = np.concatenate([ray, np.ones_like(ray[..., :1])], -1)
    # Seen from inside, each ray meets the nearest of the planes ahead of it.
    low = np.array([room.window, room.floor, -1], np.float32)
    high = np.array([room.right, room.ceiling, room.end], np.float32)
    reach = np.where(ray < 0, low, high) / _not_zero(ray)
    axis = reach.argmin(-1)
    depth = reach.min(-1)
    normal = _facing(ray, axis)
    colour, glow = _surfaces(room, ray * depth[..., None], ray, axis, tint)
    for block in room.blocks:
        part = _window(block, columns)
        inside = _not_zero(ray[part])
        a, b = _three(block.low) / inside, _three(block.high) / inside
        enter, leave = np.minimum(a, b), np.maximum(a, b)
        first = enter.max(-1)
        hit = (first < leave.min(-1)) & (first < depth[part])
        depth[part][hit] = first[hit]
        normal[part][hit] = _facing(inside, enter.argmax(-1))[hit]
        colour[part][hit] = block.colour
        glow[part][hit] = 0
    return _View(ray * depth[..., None], normal, colour, glow)


def _three(values: Vector) -> Float:
    return np.array(values, np.float32)


def _not_zero(ray: Float) -> Float:
    return np.where(np.abs(ray) < 1e-6, np.float32(1e-6), ray)


def _facing(ray: Float, axis: NDArray[np.intp]) -> Float:
    """Normal towards the camera of a plane across `axis`."""
    return np.asarray(-np.sign(ray) * np.eye(3, dtype=np.float32)[axis], np.float32)


def _window(block: _Block, columns: int) -> tuple[slice, slice]:
    """The pixels that may show `block`."""
    corners = np.array(list(product(*zip(block.low, block.high, strict=True))))
    x = (corners[:, 0] / corners[:, 2] / _FIELD * _ROWS + columns / 2).round()
    y = ((_HORIZON - corners[:, 1] / corners[:, 2] / _FIELD) * _ROWS).round()
    rows = slice(max(0, int(y.min()) - 1), max(0, int(y.max()) + 1))
    return rows, slice(max(0, int(x.min()) - 1), max(0, int(x.max()) + 1))


def _surfaces(
    room: _Room, place: Float, ray: Float, axis: NDArray[np.intp], tint: Float
) -> tuple[Float, Float]:
    """Colour and emitted light of the room's walls."""
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    side, flat, end = ((axis == index) for index in range(3))
    colour = np.empty_like(place)
    colour[:] = tint
    glow = np.zeros_like(place)
    colour[flat & (y < 0)] = (0.25, 0.235, 0.215)
    colour[flat & (y > 0)] = (0.62, 0.61, 0.59)
    slats = 0.75 + 0.25 * np.sign(np.sin(x * (2 * np.pi / 0.24)))
    colour[end] = (_three(_WOOD) * slats[..., None])[end]
    # Windows along the left and on the left of the far end: posts, a sill, and the day behind.
    along = np.where(side, z, x - room.window)
    glass = (side & (x < 0)) | (end & (along < 1.6))
    post = np.mod(along + room.bay, _BAY) < 0.13
    open_ = glass & ~post & (y > -0.5) & (y < room.ceiling - 0.15) & (np.abs(y - 0.75) > 0.04)
    colour[glass & ~open_ & (y > -0.5)] = (0.11, 0.11, 0.115)
    colour[open_] = 0.02
    glow[open_] = _outdoors(room, ray)[open_]
    strip = flat & (y > 0) & (np.abs(np.mod(z, 3.1) - 0.5) < 0.07) & (np.abs(x - 0.7) < 0.75)
    glow[strip] = (1.9, 1.65, 1.3)
    return colour, glow


def _outdoors(room: _Room, ray: Float) -> Float:
    """The view outside: sky, hazy houses below it, trees at the bottom."""
    angle = np.arctan2(ray[..., 0], ray[..., 2]) * 40 + 32
    whole = np.mod(np.floor(angle).astype(int), 64)
    top = 0.03 + 0.04 * room.skyline[whole]
    sky = _three((1.5, 1.72, 2.0)) + np.float32(5) * np.clip(ray[..., 1:2], 0, 0.3)
    shade = 0.55 + 0.35 * np.abs(room.skyline[(whole * 7) % 64])[..., None]
    houses = _three((0.80, 0.83, 0.86)) * shade
    trees = _three((0.20, 0.27, 0.12)) * (0.7 + shade)
    above = np.clip((ray[..., 1:2] - top[..., None]) / 0.01, 0, 1)
    below = np.clip(
        (-0.035 + 0.02 * room.skyline[(whole * 3) % 64][..., None] - ray[..., 1:2]) / 0.02, 0, 1
    )
    view = houses * (1 - above) + sky * above
    return np.asarray(view * (1 - below) + trees * below, np.float32)


def _irradiance(view: _View, room: _Room) -> Float:
    """Light that falls on each place from windows, lamps above and surroundings."""
    total = np.full(view.place.shape, _AMBIENT, np.float32)
    for z in (1.0, 3.5, 6.0, 8.5, 11.0, 13.5):
        towards = np.array([room.window - 0.1, 0.45, z], np.float32) - view.place
        square = (towards**2).sum(-1)
        length = np.sqrt(square)
        cosine = np.clip((towards * view.normal).sum(-1) / length, 0, 1)
        leaving = np.clip(-towards[..., 0] / length, 0.05, 1)
        total += (1.3 * cosine * leaving / (square + 0.4))[..., None] * _three(_DAY)
    above = 0.16 * np.clip(view.normal[..., 1], 0, 1) + 0.07
    total += above[..., None] * (0.4 + 0.6 * _three(_WARM))
    # Ambient occlusion: places near the floor see less of the room.
    height = np.clip((view.place[..., 1] - room.floor) / 0.7, 0, 1)
    return total * (0.55 + 0.45 * height)[..., None]
