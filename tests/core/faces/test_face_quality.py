"""Quality falls as a photo gets worse."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.images import Image
from headshots.core.photos import read_photo


def _qualities(images: list[Image]) -> list[float]:
    analyser = ANALYSERS.get("embedded")
    found = [analyser.analyse(image.astype(np.float32), embed=False) for image in images]
    return [faces[0].quality if faces else 0.0 for faces in found]


@pytest.fixture(scope="module", params=["obama.jpg", "obama2.jpg", "biden.jpg"])
def head(request: pytest.FixtureRequest, photos: Path) -> Image:
    image = read_photo(photos / request.param).image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    return np.ascontiguousarray(face.box.grown(0.7).cut(image))


def _falls(qualities: list[float]) -> bool:
    return all(after <= before + 0.02 for before, after in pairwise(qualities))


def test_blur(head: Image) -> None:
    found = _qualities([head, *(cv2.GaussianBlur(head, (0, 0), s) for s in (2, 4, 8))])
    assert found[0] > 0.9
    assert _falls(found)
    assert found[2] < 0.75


def test_size(head: Image) -> None:
    shares = (0.5, 0.3, 0.2, 0.12)
    small = [cv2.resize(head, None, fx=s, fy=s, interpolation=cv2.INTER_AREA) for s in shares]
    found = _qualities([head, *small])
    assert _falls(found)
    assert found[-1] < 0.35


def test_darkness(head: Image) -> None:
    found = _qualities([head * np.float32(share) for share in (1, 0.4, 0.2, 0.1)])
    assert _falls(found)
    assert found[-1] < 0.3


def test_burnt_out(head: Image) -> None:
    found = _qualities([np.clip(head * np.float32(gain), 0, 1) for gain in (1, 2, 3, 5)])
    assert _falls(found)
    assert found[-1] < 0.6


def test_cut_face(photos: Path) -> None:
    whole, cut = (
        read_photo(photos / name).image for name in ("obama.jpg", "obama_partial_face2.jpg")
    )
    assert _falls(_qualities([whole, cut]))
