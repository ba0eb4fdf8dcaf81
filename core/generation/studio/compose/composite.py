"""Puts a shot together strip by strip.

Light, wall, shadow and glow change slowly over a picture. They are computed once, at about a
thousand pixels, and enlarged for each strip. Only the sitter's own pixels, and a backdrop in focus,
are processed at full size.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import cv2
import numpy as np

from ....framing import Crop
from ....images import Float, Image, Linear, Mask, to_srgb
from ....portrait.shading import Unlit
from ....portrait.sharpness import edge_blur, focus_areas
from ...looks import Light, Look
from ..backdrops import shadow, sharp, wall
from ..light.catchlights import eye_rows, move_catchlights
from ..light.relighting import relight, roll_off
from ..light.texture import Texture, held, texture
from ..plate.fixed_point import Change
from ..plate.fixed_point import light as light_of
from ..plate.plate import Plate
from .backdrop_light import Stage, reduction
from .edges import crispen, crispen_reach
from .focus import no_sharper
from .framing import cut
from .tiles import Span, covered, enlarged, in_tiles, shrunk, tiles


@dataclass(frozen=True, eq=False)
class Prepared:
    """A plate and its light.

    unlit: the plate's colours and shading, separated.
    own: log gains on the shape's grid that bring the photo to the sitter's own exposure and colour.
    """

    plate: Plate
    unlit: Unlit
    own: Float

    @property
    def side(self) -> float:
        """The side from which the photo is lit, and so the key light's: 1 image right, -1 left."""
        return 1.0 if self.unlit.lit_right else -1.0


class Scene:
    """A framed sitter in the look's light before its wall; methods compute parts of it.

    Rows and columns are in pixels of the picture; colours are linear RGB.

    Attributes:
        matte: of the whole picture, float32 (H, W) 0..1.

    Args:
        prepared: the sitter.
        look: of the picture.
        light: the look's light, with this shot's variations.
        side: of its key light, -1 image left, 1 right.
        crop: of the plate.
        size: width and height of the picture.
        brightness: factor for the wall.
        rng: for the wall's random parts.
    """

    def __init__(
        self,
        prepared: Prepared,
        look: Look,
        light: Light,
        side: float,
        crop: Crop,
        size: tuple[int, int],
        brightness: float,
        rng: np.random.Generator,
    ) -> None:
        plate = prepared.plate
        width, height = size
        self._plate, self._light, self._crop, self._size = plate, light, crop, size
        self._retouching = look.finish.retouch
        blurred = plate.upscale / plate.enlarged * width / crop.width
        self._upscale = blurred if plate.short > 1 else 1.0
        self._face_width = plate.face.width * width / crop.width
        self._landmarks = crop.moved(plate.face.landmarks, width)
        self._yaw = float(np.degrees(np.arctan2(*plate.shape.axes[2, [0, 2]])))
        self.matte = self._cut_matte(look.finish.retouch.stray_hairs)

        self._factor = reduction(height)
        self._gain, self._skin, self._texture = self._lights(prepared)
        self._bare = look.backdrop.kind == "transparent"
        self._stage = self._staged(look, side, brightness, rng)

    def _cut_matte(self, stray_hairs: float) -> Mask:
        width, height = self._size
        matte = np.empty((height, width), np.float32)
        whole, neat = self._plate.matte, self._plate.neat

        def fill(rows: Span) -> None:
            area = rows, (0, width)
            part = cut(whole, self._crop, width, height, outside=0, part=area)
            if neat is not None and stray_hairs > 0:
                without = cut(neat, self._crop, width, height, outside=0, part=area)
                part += np.float32(stray_hairs) * (without - part)
            np.clip(part, 0, 1, out=matte[rows[0] : rows[1]])

        in_tiles(fill, tiles(height, width))
        return matte

    def _lights(self, prepared: Prepared) -> tuple[Float, Mask, Texture]:
        """Gains of the light (h, w, 3), likelihood of skin (h, w), and its texture (h, w)."""
        width, height = (-(-side // self._factor) for side in self._size)
        # Cells at the far edges may reach a little beyond the picture.
        grown = width * self._factor / self._size[0], height * self._factor / self._size[1]
        area = Crop(
            self._crop.x,
            self._crop.y,
            self._crop.width * grown[0],
            self._crop.height * grown[1],
            self._crop.head,
        ).scaled(self._plate.shape.scale)
        unlit, shape = prepared.unlit, self._plate.shape
        log = prepared.own + relight(unlit, shape, self._light)
        gain = np.asarray(cv2.exp(cut(log, area, width, height)), np.float32)
        around = texture(unlit, log[..., 1], shape.face_width)
        light, hold, skin = (
            cut(each, area, width, height)
            for each in (around.light, around.hold, unlit.likely_skin)
        )
        return gain, np.clip(skin, 0, 1), Texture(light, np.clip(hold, 0, 1))

    def _staged(
        self, look: Look, side: float, brightness: float, rng: np.random.Generator
    ) -> Stage:
        """The sitter before the wall, with the sitter's shadow on it."""
        scale = 1 if sharp(look.backdrop) else self._factor
        width, height = (-(-each // scale) for each in self._size)
        nose = float(self._plate.face.landmarks[1, 0])
        behind = wall(
            look.backdrop,
            width,
            height,
            centre=(nose - self._crop.x) / self._crop.width,
            light_side=side,
            rng=rng,
        )
        if sharp(look.backdrop):
            behind = no_sharper(behind, self._edge_blur())
        small = shrunk(self.matte, scale)
        shade = 1 - shadow(small, look.backdrop, self._light, self._face_width / scale)
        # The tone behind a transparent backdrop isn't lit.
        behind *= (shade * np.float32(1 if self._bare else brightness))[..., None]
        return Stage(
            self.matte,
            behind,
            scale=scale,
            factor=self._factor,
            face_width=self._face_width,
            reflecting=not self._bare,
        )

    def _edge_blur(self) -> float:
        """Sigma of the blur where the sitter is sharpest, in pixels of the picture."""
        blurs: list[float] = []
        for box in focus_areas(self._landmarks):
            columns, rows = (
                (max(0, round(first)), min(side, round(last)))
                for first, last, side in zip(
                    (box.x0, box.y0), (box.x1, box.y1), self._size, strict=True
                )
            )
            if columns[0] < columns[1] and rows[0] < rows[1]:
                blurs.append(edge_blur(to_srgb(self.sitter(rows, columns))))
        return min(blurs, default=inf)

    @property
    def eyes(self) -> Span:
        """The rows with the eyes, which must be lit in one piece."""
        return eye_rows(self._landmarks)

    def covered(self, rows: Span) -> Span | None:
        """The columns that the sitter covers, from a multiple of `STEP` on; None without any."""
        return covered(self.matte, rows)

    def sitter(self, rows: Span, columns: Span, retouched: bool = True) -> Linear:
        """The sitter as photographed, or `retouched` as the look says."""
        width, height = self._size
        reach = crispen_reach(self._upscale, self._face_width)
        around = (rows[0] - reach, rows[1] + reach), (columns[0] - reach, columns[1] + reach)
        plate, crop = self._plate, self._crop
        part = light_of(cut(plate.stored, crop, width, height, part=around))
        if retouched:
            for change, share in plate.changes.shares(self._retouching):
                there = self._changed(change, around)
                if there is not None:
                    part += there * np.float32(share)
                    np.maximum(part, 0, out=part)
        crisp = crispen(part, self._upscale, self._face_width)
        return crisp[reach : reach + rows[1] - rows[0], reach : reach + columns[1] - columns[0]]

    def _changed(self, change: Change, around: tuple[Span, Span]) -> Linear | None:
        """A change of the plate there; None without any."""
        width, height = self._size
        beside = self._crop.beside(change.x, change.y).scaled(change.scale)
        down = height / beside.height
        first, last = -beside.y * down, (len(change.steps) - beside.y) * down
        if last < around[0][0] or around[0][1] < first:
            return None
        return light_of(cut(change.steps, beside, width, height, outside=0, part=around))

    def photo(self, rows: Span) -> Image:
        """The original photo, sRGB."""
        part = rows, (0, self._size[0])
        photo = cut(self._plate.original, self._crop, *self._size, part=part)
        return np.clip(photo / np.float32(255), 0, 1)

    def lit(self, sitter: Linear, rows: Span, columns: Span) -> Linear:
        """The result of `sitter` under the look's light."""
        gain = enlarged(self._gain, self._factor, rows, columns)
        around = Texture(
            enlarged(self._texture.light, self._factor, rows, columns),
            enlarged(self._texture.hold, self._factor, rows, columns),
        )
        lit = roll_off(np.asarray(sitter * held(gain, sitter, around), np.float32))
        first, last = self.eyes
        if last <= rows[0] or first >= rows[1]:
            return lit
        corner = np.array([columns[0], rows[0], 0], np.float32)
        azimuth = self._light.azimuth + self._yaw
        landmarks, light = self._landmarks - corner, self._light
        return move_catchlights(lit, landmarks, azimuth, light.elevation, light.ratio)

    def backdrop(self, rows: Span, columns: Span) -> Linear:
        """A part of the wall, read-only."""
        return self._stage.backdrop(rows, columns)

    def composite(self, lit: Linear, rows: Span, columns: Span) -> Linear:
        """The result of `lit` over the wall, with the wall's light."""
        skin = enlarged(self._skin, self._factor, rows, columns)
        return self._stage.composite(lit, skin, rows, columns)
