"""The measures of a scorecard, in the order in which it lists them.

Adding one is a file in `measures/`, a line here, its figures in `measures.toml`, and a test.
"""

from __future__ import annotations

from .context import Measure, Needs
from .measures import (
    attributes,
    clean_cutouts,
    cutout,
    framing,
    light,
    painting,
    photo_quality,
    realism,
    skin_marks,
)

MEASURES = (
    Measure("attributes", Needs.SITTER, attributes.answer),
    Measure("skin-marks", Needs.SITTER, skin_marks.answer),
    Measure("realism", Needs.SITTER, realism.answer),
    Measure("painting", Needs.SITTER, painting.answer),
    Measure("photo-quality", Needs.FACE, photo_quality.answer),
    Measure("light", Needs.FACE, light.answer),
    Measure("cutout", Needs.FACE, cutout.answer),
    Measure("foreign-objects", Needs.SET, clean_cutouts.answer),
    Measure("framing", Needs.FACE, framing.answer),
)
