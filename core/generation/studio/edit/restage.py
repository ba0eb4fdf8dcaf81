"""Relights the sitter of a finished picture, or replaces the backdrop; nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ....images import Float, Image, Linear, luminance, to_linear, to_srgb
from ....portrait.light import measure_light
from ....portrait.sharpness import edge_blur, focus_areas
from ...looks import Backdrop, Light
from ...transparency import laid_on
from ..backdrops import noise_of, noisy, shadow, sharp, wall
from ..backdrops.picture import scene
from ..compose.backdrop_light import Stage, reduction
from ..compose.focus import no_sharper
from ..compose.tiles import Span, in_tiles, shrunk, tiles
from ..light.catchlights import eye_rows, move_catchlights
from ..light.relighting import relight
from ..light.texture import Texture, held, texture
from .subject import Subject

Check: TypeAlias = Callable[[], None] | None

# sRGB. What was only taken to linear light and back differs by less; 16 steps of 16 bits.
_ROUNDING = 16 / 65535
_DITHER = 0.002  # sRGB deviation, half a step of 8 bits: with less, a wall's gradients show banding


def relit(subject: Subject, light: Light, check: Check = None) -> Image:
    """The picture with its sitter under `light`, sRGB float32 (H, W, 3); the background stays.

    light: with its azimuth for the side of this picture.
    check: is called between pieces of work and may raise.
    """
    if light.strength == 0:
        return subject.image
    upright, yaw = _upright(light, subject)
    log_gain = relight(subject.unlit, subject.shape, upright)
    if subject.grey:  # the tints of light and shade are for colours
        log_gain = np.repeat(log_gain[..., 1:2], 3, axis=2)
    around = texture(subject.unlit, log_gain[..., 1], subject.shape.face_width)
    landmarks, azimuth = subject.face.landmarks, light.azimuth + float(np.degrees(yaw))
    first, last = eyes = eye_rows(landmarks)
    result = subject.image.copy()

    def light_up(rows: Span) -> None:
        columns = subject.covered(rows)
        if columns is None:
            return
        part = slice(*rows), slice(*columns)
        bare = subject.foreground[part]
        gain = np.asarray(cv2.exp(subject.spread(log_gain, rows, columns)), np.float32)
        here = Texture(
            *(subject.spread(each, rows, columns) for each in (around.light, around.hold))
        )
        lit = brightened(bare, held(gain, bare, here))
        if first < rows[1] and last > rows[0]:
            corner = np.array([columns[0], rows[0], 0], np.float32)
            lit = move_catchlights(lit, landmarks - corner, azimuth, light.elevation, light.ratio)
        # Only the change is added, so that hair keeps the sky that shines through it.
        change = (lit - bare) * subject.matte[part][..., None]
        inside = subject.matte[part] > 0
        old = subject.image[part][inside]
        new = to_srgb(np.asarray(to_linear(old) + change[inside], np.float32))
        result[part][inside] = np.minimum(new, 1)

    height, width = subject.matte.shape
    in_tiles(light_up, tiles(height, width, eyes), check)
    return result


def brightened(linear: Linear, gain: Float) -> Linear:
    """`linear` (H, W, 3) 0..1 times `gain` (H, W, 3), approaching white without clipping.

    Each channel by itself, as on film. Unlike a shoulder, which a finished picture already has, it
    changes nothing where the gain is 1.
    """
    dark = np.minimum(linear, np.float32(0.999))
    lifted = 1 - (1 - dark) * np.exp(-dark * np.maximum(gain - 1, 0) / (1 - dark))
    return np.asarray(np.where(gain > 1, lifted, linear * gain), np.float32)


def set_before(
    subject: Subject,
    backdrop: Backdrop,
    seed: int,
    behind: Image | None = None,
    check: Check = None,
) -> Image:
    """The picture with its sitter before another backdrop, sRGB float32 (H, W, 3).

    seed: of the backdrop's random parts and the noise.
    behind: a picture to use instead, sRGB float32 (h, w, 3), with the blur of `backdrop`.
    check: is called between pieces of work and may raise.

    Raises:
        PhotoError: the backdrop's picture can't be read.
    """
    if behind is None and backdrop.kind == "transparent":  # will be cut out: no light from it
        cut = laid_on(to_srgb(subject.foreground), subject.matte, backdrop.colour)
        return _left_alone(cut, subject.image)
    stage = _staged(subject, backdrop, seed, behind)
    noise = max(_DITHER, noise_of(subject.image, subject.matte))
    height, width = subject.matte.shape
    result = np.empty_like(subject.image)

    def stand(rows: Span) -> None:
        whole, columns = (0, width), subject.covered(rows)
        picture = stage.backdrop(rows, whole).copy()
        if columns is not None:
            part = slice(*rows), slice(*columns)
            skin = np.clip(subject.spread(subject.unlit.likely_skin, rows, columns), 0, 1)
            sitter = subject.foreground[part]
            picture[:, part[1]] = stage.composite(sitter, skin, rows, columns, veil=False)
        random = np.random.default_rng([seed, 2, rows[0]])
        cover = subject.matte[slice(*rows)]
        made = noisy(to_srgb(picture), noise, cover, random)
        result[slice(*rows)] = _left_alone(made, subject.image[slice(*rows)])

    in_tiles(stand, tiles(height, width), check)
    return result


def _left_alone(made: Image, image: Image) -> Image:
    """`made` with the pixels of `image` where they differ by rounding alone."""
    same = np.abs(made - image).max(axis=2) < _ROUNDING
    made[same] = np.clip(image[same], 0, 1)
    return made


def _staged(subject: Subject, backdrop: Backdrop, seed: int, behind: Image | None) -> Stage:
    """The sitter before the backdrop, with the sitter's shadow on it."""
    rows, columns = subject.matte.shape
    factor = reduction(rows)
    scale = 1 if sharp(backdrop) else factor
    height, width = -(-rows // scale), -(-columns // scale)
    if behind is None:
        scenery = wall(
            backdrop,
            width,
            height,
            centre=float(subject.face.landmarks[1, 0]) / columns,
            light_side=subject.side,
            rng=np.random.default_rng([seed, 1]),
        )
        small = shrunk(subject.matte, scale)
        shade = shadow(small, backdrop, _measured_light(subject), subject.face.width / scale)
        scenery *= (1 - shade)[..., None]
    else:
        scenery = scene(behind, backdrop, width, height)
    if sharp(backdrop):
        parts = focus_areas(subject.face.landmarks)
        scenery = no_sharper(scenery, min(edge_blur(part.cut(subject.image)) for part in parts))
    if subject.grey:
        scenery = np.repeat(luminance(scenery)[..., None], 3, axis=2)
    return Stage(
        subject.matte,
        scenery,
        scale=scale,
        factor=factor,
        face_width=subject.face.width,
        reflecting=True,
    )


def _upright(light: Light, subject: Subject) -> tuple[Light, float]:
    """`light` relative to the upright head of the shape's grid, and the head's yaw in the picture.

    The yaw is in radians. Directions of `light` are relative to the picture, however the head is
    tilted.
    """
    turn = float(np.arctan2(subject.to_grid[0, 1], subject.to_grid[0, 0]))
    forward = subject.shape.axes[2]
    levelled = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    shown = levelled.T @ forward
    yaw = float(np.arctan2(shown[0], shown[2]))
    if turn == 0:
        return light, yaw
    across, up = np.radians([light.azimuth, light.elevation])
    key = np.array([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)])
    own = _yawed(float(np.arctan2(forward[0], forward[2]))).T @ levelled @ _yawed(yaw) @ key
    azimuth, elevation = np.degrees([np.arctan2(own[0], own[2]), np.arcsin(np.clip(own[1], -1, 1))])
    return replace(light, azimuth=float(azimuth), elevation=float(elevation)), yaw


def _yawed(yaw: float) -> NDArray[np.float64]:
    return np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])


def _measured_light(subject: Subject) -> Light:
    """The picture's own light as far as it can be measured, for the shadow."""
    measured = measure_light(subject.image, subject.face)
    light = Light(
        azimuth=float(np.clip(measured.azimuth, -90, 90)),
        elevation=float(np.clip(measured.elevation, 0, 60)),
        key=1.0,
        fill=1.0,
        wrap=0.5,
        shadow=measured.confidence,
        strength=1.0,
    )
    return light.with_ratio(max(measured.ratio, 1.05))
