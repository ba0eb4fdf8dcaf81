"""Sessions: real models, opened once, quiet, safe to share between threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import UnknownName, WeightsCorrupt, WeightsMissing
from headshots.core.weights import sessions


def test_a_litert_model_tells_its_shapes_and_runs() -> None:
    session = sessions.litert("mobilefacenet")
    assert session.input_shape == (2, 112, 112, 3)
    assert session.outputs == (("embeddings", (2, 192)),)
    (embeddings,) = session.run(np.zeros(session.input_shape, np.float32))
    assert embeddings.shape == (2, 192)


def test_a_member_of_a_task_file_is_a_model() -> None:
    session = sessions.litert("face-landmarker", "face_landmarks_detector.tflite")
    shapes = [array.shape for array in session.run(np.zeros((1, 256, 256, 3), np.float32))]
    assert (
        shapes == [shape for _, shape in session.outputs] == [(1, 1, 1, 1434), (1, 1, 1, 1), (1, 1)]
    )


def test_an_unknown_member_is_a_named_error() -> None:
    with pytest.raises(WeightsCorrupt, match="no-such-model"):
        sessions.litert("face-landmarker", "no-such-model.tflite")


def test_an_onnx_model_takes_arrays_by_name() -> None:
    session = sessions.onnx("modnet")
    (matte,) = session.run({session.inputs[0]: np.zeros((1, 3, 64, 96), np.float32)})
    assert matte.shape == (1, 1, 64, 96)


def test_an_ncnn_network_enlarges_four_times() -> None:
    grey = np.full((3, 8, 12), 0.5, np.float32)
    result = sessions.ncnn("span-x4-param", "span-x4-bin").run(grey)
    assert result.shape == (3, 32, 48)
    assert result.mean() == pytest.approx(0.5, abs=0.02)


def test_a_session_is_loaded_once_even_when_threads_ask_together() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sessions.litert("selfie-segmenter"), range(8)))
    assert len({id(session) for session in found}) == 1


def test_threads_that_share_a_litert_session_get_their_own_results() -> None:
    session = sessions.litert("mobilefacenet")
    random = np.random.default_rng(0)
    inputs = [random.normal(size=session.input_shape).astype(np.float32) for _ in range(8)]
    alone = [session.run(value)[0] for value in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda value: session.run(value)[0], inputs))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_bad_names_and_files_are_named_errors(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="modnet"):
        sessions.onnx("modnett")
    with pytest.raises(WeightsMissing):
        sessions.onnx(tmp_path / "none.onnx")
    foreign = tmp_path / "foreign.onnx"
    foreign.write_bytes(b"not a model")
    with pytest.raises(WeightsCorrupt, match=r"foreign\.onnx"):
        sessions.onnx(foreign)


def test_nothing_is_written_to_the_terminal() -> None:
    program = (
        "import numpy as np\n"
        "from headshots.core.weights import sessions as s\n"
        "a = s.litert('mobilefacenet'); a.run(np.zeros(a.input_shape, np.float32))\n"
        "s.onnx('modnet'); s.ncnn('span-x4-param', 'span-x4-bin')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
