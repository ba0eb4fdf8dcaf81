"""Faults of the cut-out: none in real mattes, each found where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from headshots.core.images import Mask
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.measures.cutout import matte_faults

if TYPE_CHECKING:
    from .conftest import Headshot

NAMES = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")


def _failed(matte: Mask, shot: Headshot) -> set[str]:
    return {
        each.name
        for each in matte_faults(Portrait(shot.image, matte, shot.face))
        if not each.passed
    }


@pytest.mark.parametrize("name", NAMES)
def test_faults_are_found_and_only_they(headshots: dict[str, Headshot], name: str) -> None:
    shot = headshots[name]
    assert not _failed(shot.matte, shot)
    chin = shot.face.landmarks[152]
    hole = shot.matte.copy()
    cv2.circle(hole, (int(chin[0]), int(chin[1] + 0.35 * shot.face.width)), 24, 0, -1)
    assert _failed(hole, shot) == {"matte-holes"}
    top = shot.matte.copy()
    top[: int(shot.face.landmarks[10, 1] - 0.08 * shot.face.width)] = 0
    assert _failed(top, shot) == {"cut-hair"}
    side = shot.matte.copy()
    side[:, : int(shot.face.landmarks[234, 0] - 0.05 * shot.face.width)] = 0
    assert _failed(side, shot) == {"cut-hair"}
    loose = shot.matte.copy()
    loose[10:90, 10:80] = 1
    assert "loose-pieces" in _failed(loose, shot)


def test_an_empty_matte_is_all_hole(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    assert _failed(np.zeros_like(shot.matte), shot) == {"matte-holes"}
    assert "matte-holes" not in _failed(np.ones_like(shot.matte), shot)
