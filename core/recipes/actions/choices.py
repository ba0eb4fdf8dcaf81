"""The choices of steps that depend on what is installed, from the modules that own them."""

from __future__ import annotations

from ...clothes.dresses import dresses as _dresses
from ...clothes.dresses import models as _models
from ...delivery.formats import FORMATS
from ...delivery.sizes import SIZES, size_names
from ...generation import GENERATORS, LOOKS
from ...generation.backdrops import BACKDROPS
from ...generation.diffusion.adapters.installed import CHOICES as ADAPTERS
from ...generation.patterns import PATTERNS
from ...keeping.regions import Keep
from ...refinement import REFINERS
from ...refinement.presets import preset_names
from ...translation.translate import LANGUAGES
from .edits import BY_PART, FREE


def looks() -> tuple[str, ...]:
    """Names of the looks."""
    return tuple(LOOKS)


def generators() -> tuple[str, ...]:
    """Names of the generators."""
    return GENERATORS.names()


def adapters() -> tuple[str, ...]:
    """Names of the adapters that condition a diffusion model on a sitter."""
    return ADAPTERS


def patterns() -> tuple[str, ...]:
    """Names of the light patterns."""
    return tuple(PATTERNS)


def backdrops() -> tuple[str, ...]:
    """Names of the backdrops."""
    return tuple(BACKDROPS)


def dresses() -> tuple[str, ...]:
    """Names of the dresses that a sitter may be put into."""
    return tuple(_dresses())


def clothes_models() -> tuple[str, ...]:
    """Names of the families of models that can be asked for a dress."""
    return tuple(_models())


def kept() -> tuple[str, ...]:
    """What of a sitter may be kept in an edited picture."""
    return tuple(each.value for each in Keep)


def refiners() -> tuple[str, ...]:
    """Names of the refiners."""
    return REFINERS.names()


def retouch_presets() -> tuple[str, ...]:
    """Names of the presets of retouching, after the word for none."""
    return (BY_PART, *preset_names())


def sizes() -> tuple[str, ...]:
    """Names of the delivery sizes."""
    return size_names()


def crops() -> tuple[str, ...]:
    """Names of the sizes to crop to, the free one first."""
    return (FREE, *SIZES)


def card_languages() -> tuple[str, ...]:
    """Codes of the languages that authenticity cards are written in."""
    return tuple(LANGUAGES)


def formats() -> tuple[str, ...]:
    """Names of the delivery formats."""
    return tuple(FORMATS)
