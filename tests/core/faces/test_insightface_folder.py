"""A user's own recogniser: found in any usual layout, or a named error that says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import SetupError, WeightsCorrupt, WeightsMissing
from headshots.core.faces import ANALYSERS
from headshots.core.faces.insightface import ArcFaceRecogniser, find_recogniser, load
from headshots.core.faces.onnx_graph import Graph, first_operators
from headshots.core.images import Image
from headshots.core.photos import read_photo
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

from ...mobilefacenet_onnx import convert


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that the settings name."""
    monkeypatch.setenv("HEADSHOTS_INSIGHTFACE_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture(scope="module")
def model(insightface_dir: Path) -> Path:
    return insightface_dir / "w600k_mbf.onnx"


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg").image


def _other(path: Path, shape: tuple[int | str, ...] = ("n", 3, 192, 192)) -> None:
    """A small model that is no recogniser, such as the packs' landmark models."""
    graph = Graph()
    flat = graph.node("Flatten", graph.node("GlobalAveragePool", "data"), axis=1)
    path.write_bytes(graph.model("data", shape, flat, 3))


@pytest.mark.parametrize("scaled_inside", [True, False])
def test_matches_the_embedded_one(tmp_path: Path, portrait: Image, scaled_inside: bool) -> None:
    data = weight_path("mobilefacenet").read_bytes()
    path = tmp_path / "own.onnx"
    path.write_bytes(convert(data, scaled_inside=scaled_inside))
    (face,) = ANALYSERS.get("embedded").analyse(portrait)
    recogniser = ArcFaceRecogniser(path)
    assert recogniser.name.startswith("own-")
    # Without its own scaling it gets insightface's, which differs by half a percent.
    tolerance = 1e-4 if scaled_inside else 5e-3
    assert recogniser.embed(portrait, [face])[0] == pytest.approx(face.embedding, abs=tolerance)


def test_pack(folder: Path, model: Path, portrait: Image) -> None:
    """The layout of buffalo_l: the recogniser beside four models for other jobs."""
    for name in ("det_10g", "1k3d68", "2d106det", "genderage"):
        _other(folder / f"{name}.onnx")
    shutil.copy(model, folder / "w600k_r50.onnx")
    assert find_recogniser() == folder / "w600k_r50.onnx"
    (face,) = load().analyse(portrait)
    assert face.embedding.shape == (192,)


def test_told_by_shape_where_names_are_strange(folder: Path, model: Path) -> None:
    _other(folder / "something.onnx")
    shutil.copy(model, folder / "mine.onnx")
    assert find_recogniser() == folder / "mine.onnx"


def test_lone_file(folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "glintr100.onnx"
    shutil.copy(model, path)
    monkeypatch.setenv("HEADSHOTS_INSIGHTFACE_DIR", str(path))
    settings.cache_clear()
    assert find_recogniser() == path


def test_several(folder: Path, model: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        shutil.copy(model, folder / name)
    with pytest.raises(SetupError, match=r"several recognisers: a\.onnx, b\.onnx"):
        find_recogniser()


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("antelopev2/antelopev2/glintr100.onnx", "antelopev2/antelopev2"),
        ("buffalo_l/w600k_r50.onnx", "buffalo_l"),
        ("models/buffalo_l/w600k_r50.onnx", "models/buffalo_l"),
    ],
)
def test_too_deep(folder: Path, model: Path, inside: str, place: str) -> None:
    path = folder / inside
    path.parent.mkdir(parents=True)
    shutil.copy(model, path)
    with pytest.raises(WeightsMissing) as caught:
        find_recogniser()
    assert str(folder / place) in caught.value.remedy


def test_still_packed(folder: Path) -> None:
    (folder / "antelopev2.zip").write_bytes(b"PK")
    with pytest.raises(WeightsMissing, match=r"antelopev2\.zip, which is still packed"):
        find_recogniser()


def test_nothing_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsMissing, match="holds no recogniser"):
        find_recogniser()
    _other(folder / "det_10g.onnx")
    with pytest.raises(WeightsMissing, match="holds no recogniser"):
        find_recogniser()
    monkeypatch.setenv("HEADSHOTS_INSIGHTFACE_DIR", str(folder / "elsewhere"))
    settings.cache_clear()
    with pytest.raises(WeightsMissing, match="does not exist"):
        find_recogniser()


def test_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADSHOTS_INSIGHTFACE_DIR", raising=False)
    settings.cache_clear()
    with pytest.raises(WeightsMissing, match="No folder of insightface models is set"):
        load()
    settings.cache_clear()


def test_not_a_recogniser(folder: Path) -> None:
    _other(folder / "landmarks.onnx")
    with pytest.raises(SetupError, match="not a face recogniser"):
        load()


def test_not_a_model(folder: Path) -> None:
    (folder / "broken.onnx").write_bytes(b"\x08\x08not onnx")
    with pytest.raises(WeightsCorrupt):
        load()


def test_network_that_answers_nothing(folder: Path, portrait: Image) -> None:
    graph = Graph()
    zero = graph.node("Mul", "data", graph.constant(np.zeros(1, np.float32)))
    flat = graph.node("Flatten", graph.node("GlobalAveragePool", zero), axis=1)
    (folder / "dead.onnx").write_bytes(graph.model("data", ("n", 3, 112, 112), flat, 3))
    with pytest.raises(WeightsCorrupt, match="empty or not a number"):
        load().analyse(portrait)


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 40, b"\x3a\xff\xff\xff\xff\x0f", bytes(range(256))]
)
def test_operators_of_rubbish(data: bytes) -> None:
    assert isinstance(first_operators(data, 8), tuple)
