"""A portrait: a picture with its face and matte, and what is measured of it."""

from __future__ import annotations

from ..errors import NoFace, SeveralFaces
from ..faces import ANALYSERS, Face
from ..faces.upright import Upright, upright
from ..images import Float, Image, Linear, Mask, fit, to_lab, to_linear
from ..settings import settings
from . import appearance as looks
from . import light as lights
from .expression import expression_of, smile
from .matting import crown, cut_out
from .measured import Kept, measured
from .segments import Segments, segment
from .sharpness import sharpness
from .skin import skin_colour, skin_mask, skin_pixels
from .traits import Traits, measure_traits

# Faces are looked for on a copy no larger than this; the mesh it gives differs by .2 pixels of a
# 1280-pixel picture. A face narrower than the second figure there is looked at in full size.
LONGEST = 640
_NARROW = 64
# A face this wide, as a share of the sitter's, is a second person and not a stranger far behind.
_SECOND_PERSON = 0.25
# The face's width in pixels at which skin, cut-out and edges are looked at: no more shows there.
VIEWED_FACE = 160


class Portrait:
    """A picture of one person and what is measured of it, each when first asked for and once.

    Safe to share between threads: a value is measured by the thread that asks first, and others
    wait for it.

    Attributes:
        image: sRGB float32 (H, W, 3) 0..1.
        matte: float32 (H, W) 0..1, the sitter's coverage; None where the picture is not cut out.
        kept: the measured values.

    Args:
        image: the picture; it must not be changed afterwards.
        matte: of the picture's size.
        face: the sitter's, in pixels of `image`; without it the picture is searched when needed.
    """

    def __init__(self, image: Image, matte: Mask | None = None, face: Face | None = None) -> None:
        self.image = image
        self.matte = matte
        self.kept = Kept()
        if face is not None:
            self.kept.once("faces", lambda: (face,))

    @property
    def arrays(self) -> tuple[Image | Mask, ...]:
        """The image, and the matte where there is one."""
        return (self.image,) if self.matte is None else (self.image, self.matte)

    def release(self) -> None:
        """Forget what was measured, but not the faces: the rest is large and soon done again."""
        self.kept.clear(but=("faces",))

    # For another process: locks can't go there, and what is measured is soon done again.
    def __getstate__(self) -> tuple[Image, Mask | None, tuple[Face, ...] | None]:
        return self.image, self.matte, self.kept.known("faces")

    def __setstate__(self, state: tuple[Image, Mask | None, tuple[Face, ...] | None]) -> None:
        self.image, self.matte, faces = state
        self.kept = Kept()
        if faces is not None:
            self.kept.once("faces", lambda: faces)

    @measured
    def faces(self) -> tuple[Face, ...]:
        """All faces found, the largest first, in pixels of `image`, not embedded.

        Found on a copy of `LONGEST` pixels; in full size where the face is narrow there.
        """
        small, factor = self.reduced
        analyser = ANALYSERS.get(settings().analyser)
        faces = analyser.analyse(small, embed=False)
        if factor < 1 and (not faces or faces[0].width < _NARROW):
            faces, factor = analyser.analyse(self.image, embed=False), 1.0
        return tuple(face.scaled(1 / factor) for face in faces)

    def sitter(self, name: str) -> Face:
        """The one face of the picture, which errors call `name`.

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
        """The sitter's face in pixels of `image`; raises as `sitter`."""
        return self.sitter("the picture")

    @measured
    def reduced(self) -> tuple[Image, float]:
        """A copy of `LONGEST` pixels at most, sRGB float32 (h, w, 3), and its share of the size."""
        return fit(self.image, LONGEST)

    @measured
    def view(self) -> Portrait:
        """The picture at the size at which skin, cut-out, edges and bands are looked at.

        `reduced`, where the face is `VIEWED_FACE` pixels wide or more in it; else as it is.
        """
        small, factor = self.reduced
        if factor * self.face.width < VIEWED_FACE:
            return Portrait(self.image, self.matte, self.face)
        matte = None if self.matte is None else fit(self.matte, LONGEST)[0]
        return Portrait(small, matte, self.face.scaled(factor))

    @measured
    def cutout(self) -> Mask:
        """The sitter's coverage, float32 (H, W) 0..1: `matte`, or cut out here without one.

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
        """Row of the top of the hair: where the matte ends, without one by proportion."""
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
        """How the face looks, by `upright`; None where too little skin is to be seen.

        Raises:
            SetupError: weights are missing.
        """
        return looks.appearance(self.face, self.upright, self.lab, self.linear, self.matte)

    @measured
    def light(self) -> lights.MeasuredLight:
        """The light on the face, 128 pixels wide at most.

        Raises:
            SetupError: the mesh model is missing.
        """
        return lights.measure_light(self.image, self.face)

    @property
    def catchlight(self) -> float | None:
        """How far aside stands the light that both eyes mirror; see `MeasuredLight.catchlight`."""
        return self.light.catchlight

    @measured
    def sharpness(self) -> float:
        """Sharpness of brows, eyes and mouth in full size, 0..1; see `sharpness.sharpness`."""
        return sharpness(self.image, self.face)

    @measured
    def skin(self) -> Mask:
        """Where the face's skin is, soft, float32 (H, W) 0..1; at a face width of 256."""
        return skin_mask(self.image.shape, self.face, self.image)

    @measured
    def skin_pixels(self) -> Image | None:
        """The face's skin, sRGB float32 (N, 3), of `view` with a face of `VIEWED_FACE` pixels.

        None where too little of it is to be seen.
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
        return smile(self.face)

    @measured
    def traits(self) -> Traits:
        """Colours of skin and eyes, and marks of the skin, with a face 288 pixels wide."""
        return measure_traits(self.image, self.face)
