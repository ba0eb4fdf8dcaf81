"""The rebuilt network against dlib's own runtime."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import WeightsCorrupt
from headshots.core.faces import ANALYSERS
from headshots.core.faces.dlib import chip
from headshots.core.faces.dlib_network import convert
from headshots.core.images import from_u8, to_u8
from headshots.core.photos import read_photo
from headshots.core.weights.sessions import converted
from headshots.core.weights.store import weight_path


@pytest.mark.parametrize("photo", ["obama.jpg", "biden.jpg", "astronaut.png"])
def test_same_as_dlib(photos: Path, photo: str) -> None:
    dlib = pytest.importorskip("dlib")
    image = read_photo(photos / photo).image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    pixels = to_u8(chip(image, face.landmarks))
    network = dlib.face_recognition_model_v1(str(weight_path("dlib-recogniser")))
    theirs = np.array(network.compute_face_descriptor(pixels))
    batch = from_u8(pixels).transpose(2, 0, 1)[None] * np.float32(255)
    (ours,) = converted("dlib-recogniser", convert).run({"pixels": batch})
    assert ours[0] == pytest.approx(theirs, abs=1e-5)


def test_analyser_needs_no_dlib() -> None:
    ANALYSERS.get("dlib")
    assert ANALYSERS.get("dlib").recogniser.name == "dlib"
    source = Path(sys.modules["headshots.core.faces.dlib"].__file__ or "").read_text("utf-8")
    assert "import dlib" not in source


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError):
        convert(b"not a network")
    with pytest.raises(WeightsCorrupt):
        converted("face-detector-short", convert)
