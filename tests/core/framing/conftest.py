"""The outline of a real photo."""

from __future__ import annotations

import pytest

from headshots.core.framing import Outline
from headshots.core.identity.identity import Identity


@pytest.fixture(scope="module")
def outline(sitter: Identity) -> Outline:
    """Of a photo with room on every side."""
    photo = next(each for each in sitter.photos if each.name == "obama.jpg")
    assert photo.outline is not None
    return photo.outline
