"""What every test gets: real weights and photos, and a data folder of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.settings import settings
from headshots.core.weights.catalogue import CATALOGUE
from headshots.core.weights.store import weight_path

# Read before any test can change the environment: the weights stay where setup put them.
_WEIGHTS = settings().weights


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this run; nothing of the person at the machine is read or written."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HEADSHOTS_")]:
            patch.delenv(name)
        patch.setenv("HEADSHOTS_DATA_DIR", str(folder))
        patch.setenv("HEADSHOTS_CONFIG_DIR", str(folder / "config"))
        patch.setenv("HEADSHOTS_WEIGHTS_DIR", str(_WEIGHTS))
        patch.setenv("HEADSHOTS_THREADS", "2")
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real photos.

    astronaut.png (one person), obama.jpg, obama2.jpg, obama3.jpg (three photos of one person),
    biden.jpg (another), obama_partial_face.jpg, obama_partial_face2.jpg (crops that cut the face)
    and group1.jpg to group6.jpg (several people each).
    """
    folder = tmp_path_factory.mktemp("photos")
    for weight in CATALOGUE.values():
        if weight.group != "default":
            shutil.copy(weight_path(weight.name), folder / weight.file)
    return folder


@pytest.fixture(scope="session")
def insightface_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A model folder for the insightface analyser, set; its recogniser is MobileFaceNet as ONNX."""
    from .mobilefacenet_onnx import convert

    folder = tmp_path_factory.mktemp("insightface")
    data = weight_path("mobilefacenet").read_bytes()
    (folder / "w600k_mbf.onnx").write_bytes(convert(data, scaled_inside=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_INSIGHTFACE_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="session")
def sitter(photos: Path) -> Identity:
    """A sitter enrolled from three different photos."""
    return _enrol(photos, "obama.jpg", "obama2.jpg", "obama3.jpg")


@pytest.fixture(scope="session")
def astronaut(photos: Path) -> Identity:
    """A sitter enrolled from the one photo of the demo."""
    return _enrol(photos, "astronaut.png")


def _enrol(photos: Path, *names: str) -> Identity:
    pictures = [read_photo(photos / name, longest=1600) for name in names]
    analyser, judge = ANALYSERS.get("embedded"), ANALYSERS.get("dlib")
    return enrol("Sitter", pictures, analyser=analyser, judge=judge).identity
