"""Known light comes back from a finished picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import WeightsCorrupt
from headshots.core.faces.regions import NOSE_TIP
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import Identity
from headshots.core.portrait import average_face as shipped
from headshots.core.portrait.average_face import average_face
from headshots.core.portrait.light import measure_light

from ...lit_plates import rendered

DIRECTED = [name for name, light in PATTERNS.items() if light.ratio > 2.5]


@pytest.fixture(scope="module")
def plates(sitter: Identity, astronaut: Identity) -> list[Plate]:
    return [make_plate(identity.photos[0], 400) for identity in (sitter, astronaut)]


def test_the_average_face_is_a_face_that_looks_at_the_camera() -> None:
    points, normals = average_face()
    assert points.shape == normals.shape == (468, 3)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    assert points[:, 2].argmax() in (NOSE_TIP, 4)
    assert 13 < np.ptp(points[:, 0]) < 17, "centimetres"
    assert normals[50, 0] < 0 < normals[280, 0], "the cheeks look outwards"
    assert (normals[:, 2] > 0).mean() > 0.9


def test_a_broken_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "weight_path", lambda name: Path(__file__))
    average_face.cache_clear()
    try:
        with pytest.raises(WeightsCorrupt):
            average_face()
    finally:
        average_face.cache_clear()


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("name", DIRECTED)
def test_known_light_comes_back(plates: list[Plate], name: str, side: float) -> None:
    light = PATTERNS[name]
    for plate in plates:
        measured = measure_light(
            rendered(plate, replace(light, azimuth=side * light.azimuth)), plate.face
        )
        assert abs(side * measured.azimuth - light.azimuth) < 15
        assert abs(measured.elevation - light.elevation) < 23
        assert abs(np.log2(measured.ratio / light.ratio)) < 0.9
        assert measured.confidence > 0.5
