"""What every test gets: real weights and photos, and a data folder of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from headshots.core import vault
from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.settings import settings
from headshots.core.vault.consent import agreed
from headshots.core.weights.catalogue import CATALOGUE
from headshots.core.weights.store import weight_path

from . import packing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine is no fault of what is tested; all else is as hypothesis has it here or in CI.
hypothesis.settings.register_profile("unhurried", parent=hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("unhurried")

# pytest-xdist sets this in its workers. They share the cores, so each uses one thread.
_THREADS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2

# Read before any test can change the environment: the weights stay where setup put them.
_WEIGHTS = settings().weights


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --from-wheel tests/hosts`: hosts have what the wheel installs, not this tree.

    `pytest --engine=FOLDER tests/hosts/comfyui`: in another ComfyUI than 0.3.75.
    """
    parser.addoption("--from-wheel", action="store_true", help="Hosts run the wheel of this tree.")
    parser.addoption("--engine", type=Path, help="The folder of a ComfyUI to run instead.")


def pytest_configure(config: pytest.Config) -> None:
    """Set what torch and the BLAS libraries read when they are loaded, before workers start."""
    if getattr(config.option, "numprocesses", None):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def from_wheel(request: pytest.FixtureRequest) -> bool:
    """Whether hosts are to run what the wheel installs."""
    return bool(request.config.getoption("--from-wheel"))


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
        patch.setenv("HEADSHOTS_MASTER", "file")  # the keyring is that of the person at the machine
        patch.setenv("HEADSHOTS_THREADS", str(_THREADS))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def everybody_told(data_dir: Path) -> Iterator[None]:
    """Who expired in a file's tests is told there, or a command of the next file says it first."""
    yield
    settings.cache_clear()
    if (data_dir / vault.FILE).exists():
        with suppress(HeadshotsError):
            stored = vault.open_vault()
            stored.acknowledge(each.id for each in stored.notices())


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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    source = packing.sources(tmp_path_factory.mktemp("source"))
    return packing.wheel(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this test, with data and configuration of its own in it."""
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEADSHOTS_CONFIG_DIR", str(tmp_path / "config"))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


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


# Not for the whole session: while it runs, nothing else in this process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium without a screen; see `hosts.browser.page_in` for a page in it."""
    from .hosts.browser import browsing

    with browsing() as running:
        yield running


def _enrol(photos: Path, *names: str) -> Identity:
    pictures = [read_photo(photos / name, longest=1600) for name in names]
    analyser, judge = ANALYSERS.get("embedded"), ANALYSERS.get("dlib")
    return enrol(
        "Sitter", pictures, consent=agreed("Sitter", "yes", days=30), analyser=analyser, judge=judge
    ).identity
