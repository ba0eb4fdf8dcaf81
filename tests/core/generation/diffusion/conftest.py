"""Tiny models of every family, laid out as real ones are, and set as those of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots.core.settings import settings

FAMILIES = ("sd15", "sdxl", "klein")


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a diffusers folder of each family, small enough for a processor."""
    from ....tiny import models as tiny

    folder = tmp_path_factory.mktemp("models")
    for name in FAMILIES:
        getattr(tiny, name)(folder / name)
    return folder


@pytest.fixture
def models(tiny_models: Path) -> Iterator[Path]:
    """The tiny models, set; with no ComfyUI around."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(tiny_models))
        settings.cache_clear()
        yield tiny_models
    settings.cache_clear()


@pytest.fixture(scope="session")
def arcface_512(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recogniser of ArcFace's shape."""
    from ....mobilefacenet_onnx import arcface_512

    return arcface_512(tmp_path_factory.mktemp("arcface"))


@pytest.fixture
def without_tiles() -> Iterator[None]:
    """No second pass in tiles, which takes most of the time where a model paints 64 pixels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("headshots.core.generation.diffusion.generator.is_larger", lambda *_: False)
        yield
