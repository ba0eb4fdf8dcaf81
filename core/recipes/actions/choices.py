"""What may be chosen in a step, asked of the part that owns it."""

from __future__ import annotations

from ...delivery.formats import FORMATS
from ...delivery.sizes import size_names
from ...generation import LOOKS
from ...refinement import REFINERS


def looks() -> tuple[str, ...]:
    """Names of the looks."""
    return tuple(LOOKS)


def refiners() -> tuple[str, ...]:
    """Names of the refiners."""
    return REFINERS.names()


def sizes() -> tuple[str, ...]:
    """Names of the delivery sizes."""
    return size_names()


def formats() -> tuple[str, ...]:
    """Names of the delivery formats."""
    return tuple(FORMATS)
