"""Checks whether a photo is suitable for enrolment; findings in words for the sitter.

Checks that need a face's landmarks (count, size, pose, eyes, occlusion, crop) are in
`faces.suitability`, with the same `Finding`.

The bounds were measured on five public portraits (three people, faces of 92 to 286 pixels) and on
degraded copies; the figures stand beside them. They have not been measured on a wide range of skin
tones, so exposure is judged by what was lost (burnt or black) and by the brightest details of the
face (eyes, teeth, shine), never by how dark skin is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from ..images import Box, Image, blur, luminance, resize, to_linear, to_srgb, to_u8
from .duplicates import near_duplicates
from .reading import Photo

__all__ = [
    "Finding",
    "check_exposure",
    "check_sharpness",
    "looks_like_screenshot",
    "near_duplicates",
    "sharpness",
]

Severity = Literal["blocks", "warns"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a photo.

    code: stable, kebab-case.
    severity: "blocks" if the photo can't be used, "warns" if it can but a better one would help.
    text: the verdict.
    advice: what the sitter should do.
    """

    code: str
    severity: Severity
    text: str
    advice: str


# Width to which a face is brought before its detail is measured, pixels.
_FACE = 256
# Sharp faces measured 0.37-0.51; at half resolution 0.23 (a 92-pixel face) to 0.48; JPEG q10
# 0.32-0.50; at a quarter of the light the same as sharp. Blurred by a Gaussian of 0.5 % of the
# face's width 0.29-0.38, of 1 % 0.19-0.25, of 2 % 0.12-0.15 (0.14-0.22 with noise on top);
# dragged by 8 % 0.21-0.26; a face of 60 pixels 0.25-0.33.
_SOFT, _BLURRED = 0.26, 0.16
# Share of a face with two or more channels at their end: the portraits 0-0.002; one stop more
# light 0.005-0.44, two stops 0.015-0.82, three 0.31-0.95.
_BURNT_SOME, _BURNT = 0.05, 0.30
_END = 0.98
# 99th percentile of a face's encoded luminance: the portraits 0.60-0.92; two stops less light
# 0.31-0.49, three 0.22-0.35, four 0.15-0.25.
_DIM, _DARK = 0.40, 0.26
# Share of the picture in its three commonest 8-bit colours: 13 photos 0.003-0.12, at JPEG q30 up
# to 0.29; the same photos in a mock messenger's window 0.36-0.71, as PNG, as JPEG and reduced.
_FLAT = 0.33
_SCREENSHOT = re.compile(
    r"screen[ _-]?shot|bildschirmfoto|capture d.?[ée]cran|captura de (pantalla|tela)|schermata"
    r"|スクリーンショット|截屏|截图|스크린샷|снимок экрана",
    re.IGNORECASE,
)


def sharpness(image: Image, box: Box) -> float:
    """How sharp the face in `box` is: fine against coarse detail, 0 to about 0.6.

    With the face at 256 pixels of width: the standard deviation of the band of 1 to 2 pixels
    (Gaussian sigma) over that of 4 to 8. Noise and JPEG blocks lie mostly below that band, light
    and contrast cancel. 0 where `box` holds no pixels or no detail.
    """
    part = box.cut(image)
    if min(part.shape[:2]) < 2:
        return 0.0
    rows = max(1, round(part.shape[0] * _FACE / part.shape[1]))
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    face = resize(np.asarray(grey, np.float32), _FACE, min(rows, 4 * _FACE))
    fine = float(np.std(blur(face, 1) - blur(face, 2)))
    coarse = float(np.std(blur(face, 4) - blur(face, 8)))
    return fine / coarse if coarse > 1e-4 else 0.0


def check_sharpness(image: Image, box: Box) -> tuple[Finding, ...]:
    """At most one finding on the sharpness of the face in `box`."""
    measured = sharpness(image, box)
    if measured < _BLURRED:
        text, severity = "The face is blurred", "blocks"
    elif measured < _SOFT:
        text, severity = "The face is a little soft", "warns"
    else:
        return ()
    advice = "Hold still, wipe the lens, let the camera focus on the eyes, and use more light."
    return (Finding("blurred", severity, text, advice),)


def check_exposure(image: Image, box: Box) -> tuple[Finding, ...]:
    """Findings on the light on the face in `box`: too much, too little."""
    part = np.clip(box.grown(-0.1).cut(image), 0, 1)
    if part.size == 0:
        return ()
    findings: list[Finding] = []
    burnt = float(((part >= _END).sum(2) >= 2).mean())
    if burnt > _BURNT_SOME:
        lost = burnt > _BURNT
        findings.append(
            Finding(
                "overexposed",
                "blocks" if lost else "warns",
                f"{burnt:.0%} of the face is burnt out to white",
                "Step out of the direct sun or flash, or tap on the face to lower the exposure.",
            )
        )
    brightest = float(np.percentile(to_srgb(luminance(to_linear(part))), 99))
    if brightest < _DIM:
        lost = brightest < _DARK
        findings.append(
            Finding(
                "underexposed",
                "blocks" if lost else "warns",
                "The face lies in the dark" if lost else "There is little light on the face",
                "Face a window or step into open shade, and turn the screen or lamp towards you.",
            )
        )
    return tuple(findings)


def looks_like_screenshot(photo: Photo) -> Finding | None:
    """A warning if the metadata or flat areas of `photo` show that it was not taken by a camera."""
    advice = "Give the photo itself as the camera or phone stored it."
    if _SCREENSHOT.search(photo.name) or _SCREENSHOT.search(photo.comment):
        return Finding("screenshot", "warns", "The photo is a screenshot", advice)
    if photo.camera or _flatness(photo.image) < _FLAT:
        return None
    text = "Much of the picture is one flat colour, as in a screenshot or a cut-out"
    return Finding("screenshot", "warns", text, advice)


def _flatness(image: Image) -> float:
    """Share of pixels that have one of the three commonest 8-bit colours, 0..1."""
    # Every so many pixels tell the share as well as all of a large photo's, in a tenth of the time.
    step = max(1, round((image.shape[0] * image.shape[1] / 250_000) ** 0.5))
    sample = to_u8(image[::step, ::step]).astype(np.uint32)
    red, green, blue = np.moveaxis(sample, 2, 0)
    counts = np.unique(red << 16 | green << 8 | blue, return_counts=True)[1]
    return float(np.sort(counts)[-3:].sum() / red.size)
