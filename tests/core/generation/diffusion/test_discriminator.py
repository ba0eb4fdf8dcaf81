"""The discriminator: what pictures lose on their way is no evidence of painting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
import torch

from headshots.core.faces import ANALYSERS
from headshots.core.generation.diffusion.tuning import discriminator
from headshots.core.generation.diffusion.tuning.discriminator import Critic, Verdicts, face_of
from headshots.core.generation.diffusion.tuning.realism import Realism, realism_file
from headshots.core.images import Image, resize
from headshots.core.photos import read_photo
from headshots.core.weights.store import weight_path

pytestmark = pytest.mark.slow

_STEPS = 60
_PHOTOS = ("obama", "obama2", "obama3", "biden", *(f"group{number}" for number in range(1, 7)))


def _blurred(image: Image) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 1.2)


def _resized(image: Image) -> Image:
    height, width = image.shape[:2]
    return np.clip(resize(resize(image, width // 2, height // 2), width, height), 0, 1)


def _compressed(image: Image) -> Image:
    _, data = cv2.imencode(".jpg", np.uint8(image * 255), [cv2.IMWRITE_JPEG_QUALITY, 50])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255


def _painted(image: Image) -> Image:
    """What a network leaves: every eighth pixel of its grid a little off."""
    height, width = image.shape[:2]
    rows, columns = np.sin(np.arange(height) * 0.4), np.sin(np.arange(width) * 0.4)
    return np.clip(image + 0.06 * np.outer(rows, columns)[..., None], 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def photos() -> list[tuple[Image, list[object]]]:
    analyser = ANALYSERS.get("embedded")
    images = [read_photo(weight_path(f"photo-{name}"), longest=2000).image for name in _PHOTOS]
    return [(image, analyser.analyse(image, embed=False)) for image in images]


def faces(photos: Sequence[tuple[Image, list[object]]], change: Callable[[Image], Image]) -> list:
    """The faces of photos that were changed."""
    return [face_of(change(image), face) for image, shown in photos for face in shown]


def told_apart(photos: Sequence[tuple[Image, list[object]]], change: Callable) -> Verdicts:
    """What a discriminator says of held-out photos and the same ones changed."""
    critic = Critic(
        faces(photos, lambda image: image), faces(photos, change), 0, torch.device("cpu")
    )
    critic.learn(_STEPS, 0)
    return critic.measured()


@pytest.mark.parametrize("change", [_blurred, _resized, _compressed])
def test_blur_resizing_or_compression_alone_are_no_evidence(
    photos: list, change: Callable[[Image], Image]
) -> None:
    verdicts = told_apart(photos, change)
    assert len(verdicts.real) >= 8
    assert not verdicts.better_than_chance, verdicts.auc


def test_without_degrading_both_blur_alone_would_be(
    photos: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminator, "degraded", lambda face, chance: face)
    assert told_apart(photos, _blurred).better_than_chance


def test_what_a_painter_leaves_is_evidence_and_is_told_with_how_sure(photos: list) -> None:
    critic = Critic(
        faces(photos, lambda image: image), faces(photos, _painted), 0, torch.device("cpu")
    )
    critic.learn(_STEPS, 0)
    verdicts = critic.measured()
    assert verdicts.better_than_chance, verdicts.auc
    realism = Realism(realism_file(critic.discriminator, verdicts))
    assert realism.auc == verdicts.auc
    image, (face, *_) = photos[-1]
    real, painted = realism.of(image, face), realism.of(_painted(image), face)
    assert real is not None and painted is not None and 0 <= painted < real <= 1


def test_without_evidence_it_says_nothing(photos: list) -> None:
    critic = Critic(faces(photos, _blurred), faces(photos, _blurred), 0, torch.device("cpu"))
    critic.learn(2, 0)
    verdicts = critic.measured()
    assert verdicts.auc == 0.5 and not verdicts.better_than_chance
    realism = Realism(realism_file(critic.discriminator, verdicts))
    image, (face, *_) = photos[0]
    assert realism.auc is None and realism.of(image, face) is None


@pytest.mark.parametrize(("count", "sure"), [(0, False), (1, False), (2, False), (3, True)])
def test_two_held_out_photos_prove_nothing(count: int, sure: bool) -> None:
    assert Verdicts((1.0,) * count, (0.0,) * count).better_than_chance is sure
