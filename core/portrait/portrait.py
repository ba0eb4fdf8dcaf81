"""A portrait: a picture with its face and matte, and what is measured of it."""

from __future__ import annotations

from ..errors import NoFace, SeveralFaces
from ..faces import ANALYSERS, Face
from ..faces.upright import Upright, upright
from ..images import Float, Image, Linear, Mask, fit, to_lab, to_linear
from ..settings import settings
from . import appearance as looks
from . import light as lights
from .expression import expression_of
from .matting import crown, cut_out
from .measured import Cache, measured
from .segments import Segments, segment
from .sharpness import sharpness
from .skin import skin_colour, skin_mask, skin_pixels
from .traits import Traits, measure_traits

# Longest side of the copy on which faces are detected, pixels; its mesh differs by .2 pixels of a
# 1280-pixel picture. If the face is narrower than the second figure there, the full size is used.
LONGEST = 640
_NARROW = 64
# From this width, as a share of the sitter's, another face counts; a smaller one is far behind.
_SECOND_PERSON = 0.25
# Width of the face in pixels at which skin, cut-out and edges are measured; more adds nothing.
VIEWED_FACE = 160


class Portrait:
    """A picture of one person, and measurements that are taken on first use and cached.

    Safe to share between threads: each value is measured once, while other threads wait for it.

    Attributes:
        image: sRGB float32 (H, W, 3) 0..1.
        matte: float32 (H, W) 0..1, the sitter's coverage; None where the picture is not cut out.
        cache: the measured values.

    Args:
        image: the picture; it must not be changed afterwards.
        matte: of the picture's size.
        face: the sitter's, in pixels of `image`; without it, it is detected on first use.
    """

    def __init__(self, image: Image, matte: Mask | None = None, face: Face | None = None) -> None:
        self.image = image
        self.matte = matte
        self.cache = Cache()
        if face is not None:
            self.cache.once("faces", lambda: (face,))

    @property
    def arrays(self) -> tuple[Image | Mask, ...]:
        """The image, and the matte where there is one."""
        return (self.image,) if self.matte is None else (self.image, self.matte)

    def release(self) -> None:
        """Drop all measurements but the faces: the rest is large and quickly measured again."""
        self.cache.clear(keep=("faces",))

    # Pickled for another process without locks and measurements, which are quickly taken again.
    def __getstate__(self) -> tuple[Image, Mask | None, tuple[Face, ...] | None]:
        return self.image, self.matte, self.cache.get("faces")

    def __setstate__(self, state: tuple[Image, Mask | None, tuple[Face, ...] | None]) -> None:
        self.image, self.matte, faces = state
        self.cache = Cache()
        if faces is not None:
            self.cache.once("faces", lambda: faces)

    @measured
    def faces(self) -> tuple[Face, ...]:
        """All detected faces, the largest first, in pixels of `image`, without embeddings.

        Detected on a copy of `LONGEST` pixels; in full size where the face is narrow there.
        """
        small, factor = self.reduced
        analyser = ANALYSERS.get(settings().analyser)
        faces = analyser.analyse(small, embed=False)
        if factor < 1 and (not faces or faces[0].width < _NARROW):
            faces, factor = analyser.analyse(self.image, embed=False), 1.0
        return tuple(face.scaled(1 / factor) for face in faces)

    def sitter(self, name: str) -> Face:
        """The one face of the picture; error messages call the picture `name`.

        Raises:
            NoFace: there is none.
            SeveralFaces: there is another at least a quarter as wide.
        """
        if not self.faces:
            raise NoFace(
                f"There is no face to be found in {name!r}",
                "Use a picture that shows the sitter's whole face.",
            )
        first, *rest = self.faces
        others = [each for each in rest if each.width >= _SECOND_PERSON * first.width]
        if others:
            raise SeveralFaces(
                f"There are {len(others) + 1} faces in {name!r}",
                "Crop the picture to the sitter alone.",
            )
        return first

    @property
    def face(self) -> Face:
        """The sitter's face in pixels of `image`; raises as `sitter` does."""
        return self.sitter("the picture")

    @measured
    def reduced(self) -> tuple[Image, float]:
        """A copy of at most `LONGEST` pixels, sRGB float32 (h, w, 3), and its scale."""
        return fit(self.image, LONGEST)

    @measured
    def view(self) -> Portrait:
        """The picture at the size at which skin, cut-out, edges and banding are measured.

        `reduced`, where its face is at least `VIEWED_FACE` pixels wide; else the picture itself.
        """
        small, factor = self.reduced
        if factor * self.face.width < VIEWED_FACE:
            return Portrait(self.image, self.matte, self.face)
        matte = None if self.matte is None else fit(self.matte, LONGEST)[0]
        return Portrait(small, matte, self.face.scaled(factor))

    @measured
    def cutout(self) -> Mask:
        """The sitter's coverage, float32 (H, W) 0..1: `matte`, or a new cut-out without one.

        Raises:
            SetupError: MODNet's weights are missing.
        """
        return cut_out(self.image, self.face).matte if self.matte is None else self.matte

    @measured
    def segments(self) -> Segments:
        """Hair, skin and clothes in `cutout`, with a face of 100 pixels at most.

        Raises:
            SetupError: weights are missing.
        """
        return segment(self.image, self.cutout, self.face)

    @measured
    def crown(self) -> float:
        """Row of the top of the hair: where the matte ends; without one, estimated."""
        return crown(self.face, self.matte)

    @measured
    def upright(self) -> Upright:
        """The face upright, 180 pixels wide, in a square of 300, sRGB."""
        return upright(self.image, self.face, looks.SIZE, looks.WIDTH)

    @measured
    def lab(self) -> Float:
        """`upright` in CIE L*a*b* (D65), float32 (300, 300, 3)."""
        return to_lab(self.upright.pixels)

    @measured
    def linear(self) -> Linear:
        """`upright` in linear light, float32 (300, 300, 3)."""
        return to_linear(self.upright.pixels)

    @measured
    def appearance(self) -> looks.Appearance | None:
        """What the face looks like; None where the picture shows too little skin.

        Raises:
            SetupError: weights are missing.
        """
        return looks.appearance(self.face, self.upright, self.lab, self.linear, self.matte)

    @measured
    def light(self) -> lights.MeasuredLight:
        """The light on the face, measured with a face at most 128 pixels wide.

        Raises:
            SetupError: the mesh model is missing.
        """
        return lights.measure_light(self.image, self.face)

    @property
    def catchlight(self) -> float | None:
        """Azimuth of the lights that both eyes mirror, degrees; see `MeasuredLight.catchlight`."""
        return self.light.catchlight

    @measured
    def sharpness(self) -> float:
        """Sharpness of brows, eyes and mouth, 0..1; see `sharpness.sharpness`."""
        return sharpness(self.image, self.face)

    @measured
    def skin(self) -> Mask:
        """The face's skin, soft, float32 (H, W) 0..1; see `skin_mask`."""
        return skin_mask(self.image.shape, self.face, self.image)

    @measured
    def skin_pixels(self) -> Image | None:
        """Pixels of the face's skin, sRGB float32 (N, 3); None where the picture shows too little.

        With a face of `VIEWED_FACE` pixels.
        """
        return skin_pixels(self.view.image, self.view.face, VIEWED_FACE)

    @measured
    def skin_colour(self) -> Float | None:
        """The median of `skin_pixels` in CIE L*a*b*, float32 (3,); None without any."""
        return None if self.skin_pixels is None else skin_colour(self.skin_pixels)

    @property
    def expression(self) -> Float:
        """How strong each of `expression.EXPRESSIONS` is, float32 (7,), 0..1."""
        return expression_of(self.face)

    @property
    def smile(self) -> float:
        """Strength of the smile, 0..1."""
        return self.face.smile

    @measured
    def traits(self) -> Traits:
        """Colours of skin and eyes, and marks of the skin, with a face 288 pixels wide."""
        return measure_traits(self.image, self.face)
