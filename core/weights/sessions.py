"""Models opened for running: one session per file, loaded once, with the machine's threads.

A leaf: it imports the runtimes (onnxruntime, ai-edge-litert, ncnn), each when first asked for.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsCorrupt, WeightsMissing
from ..settings import settings
from .store import weight_path

Array = NDArray[Any]
S = TypeVar("S")

_sessions: dict[tuple[str, ...], Any] = {}
_lock = Lock()


class OnnxSession:
    """An ONNX model on the CPU; may be run from several threads at once.

    path: of the file.
    content: the model itself, where the file is of another format.
    inputs, outputs: names in the model's order.
    shapes: of both by name; None where a side is free.
    """

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        import onnxruntime

        # Off already, by the package's `__init__`, but where another pack in ComfyUI imported it
        # first, or where a build for Windows tells the system instead.
        onnxruntime.disable_telemetry_events()
        onnxruntime.set_default_logger_severity(3)  # errors only: it warns of missing GPUs
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings().threads
        options.inter_op_num_threads = 1
        # Its threads wait asleep: spinning would take the cores from what runs beside it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Memory planned ahead helps where shapes repeat; here each photo's crop has its own, and
        # every plan would be kept (MODNet over four shapes: 561 MB with plans, 451 MB without).
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                content or str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions share no base class
            raise _unreadable(path, error) from error
        self._releasing = onnxruntime.RunOptions()
        self._releasing.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self.inputs: tuple[str, ...] = tuple(each.name for each in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(each.name for each in self._session.get_outputs())
        self.shapes: dict[str, tuple[int | None, ...]] = {
            each.name: tuple(side if isinstance(side, int) else None for side in each.shape)
            for each in (*self._session.get_inputs(), *self._session.get_outputs())
        }

    def run(self, values: Mapping[str, Array], *, release: bool = False) -> list[Array]:
        """All outputs, in the model's order, for arrays by input name.

        release: hand the memory that the run took back to the system, instead of keeping it for
        the next run. For models that are large and seldom run: a run takes a sixth longer, and
        MODNet keeps 70 MB instead of 310.
        """
        options = self._releasing if release else None
        return [np.asarray(each) for each in self._session.run(None, dict(values), options)]


class LitertSession:
    """A LiteRT (tflite) model on the CPU; runs from several threads wait for each other.

    input_shape: of its one input.
    outputs: name and shape of each output, in the order of `run`.
    """

    def __init__(self, path: Path, member: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        content = _member(path, member) if member else path.read_bytes()
        try:
            with _without_delegate_notice():
                self._interpreter = Interpreter(
                    model_content=content, num_threads=settings().threads
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise _unreadable(path, error) from error
        inputs: list[dict[str, Any]] = self._interpreter.get_input_details()  # pyright: ignore
        made: list[dict[str, Any]] = self._interpreter.get_output_details()  # pyright: ignore
        self._input: int = inputs[0]["index"]
        self._made: tuple[int, ...] = tuple(each["index"] for each in made)
        self._running = Lock()
        self.input_shape: tuple[int, ...] = tuple(int(side) for side in inputs[0]["shape"])
        self.outputs: tuple[tuple[str, tuple[int, ...]], ...] = tuple(
            (each["name"], tuple(int(side) for side in each["shape"])) for each in made
        )

    def run(self, value: Array) -> list[Array]:
        """All outputs, in the order of `outputs`, for an array of shape `input_shape`."""
        with self._running:  # an interpreter keeps its tensors between set, invoke and get
            self._interpreter.set_tensor(self._input, value)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._made]


class NcnnSession:
    """An ncnn network on the CPU with one input and one output; may be run from several threads."""

    def __init__(self, param: Path, weights: Path) -> None:
        runtime: Any = import_module("ncnn")  # its binary module tells no types

        self._matrix: Callable[[Array], Any] = runtime.Mat
        self._net: Any = runtime.Net()
        self._net.opt.use_vulkan_compute = False
        # Its own threads wait for each other by spinning: where the cores have other work as well,
        # two took four times the CPU time of one. Whoever runs it can do so from several threads.
        self._net.opt.num_threads = 1
        for path, load in ((param, self._net.load_param), (weights, self._net.load_model)):
            if load(str(path)) != 0:
                raise _unreadable(path, "ncnn does not accept it")
        self._input: str = self._net.input_names()[0]
        self._output: str = self._net.output_names()[0]

    def run(self, value: Array) -> Array:
        """The output, float32 (C, H, W), for float32 (C, H, W)."""
        extractor = self._net.create_extractor()
        # ncnn's matrix borrows the array's memory, so the array must outlive the run.
        borrowed = np.ascontiguousarray(value, np.float32)
        extractor.input(self._input, self._matrix(borrowed).clone())
        _, result = extractor.extract(self._output)
        return np.array(result, np.float32)  # a copy: the matrix dies with the extractor


def onnx(model: str | Path) -> OnnxSession:
    """The session of a catalogue name, or of a file of the user's own given as a Path.

    Raises:
        UnknownName, WeightsMissing, WeightsCorrupt: see `weight_path`.
    """
    path = _own(model) if isinstance(model, Path) else weight_path(model)
    return _once(lambda: OnnxSession(path), "onnx", str(path))


def converted(name: str, convert: Callable[[bytes], bytes]) -> OnnxSession:
    """The session of the ONNX model that `convert` makes of the file of a catalogue name.

    `convert` raises ValueError for a file that is not what it expects.

    Raises:
        UnknownName, WeightsMissing, WeightsCorrupt: see `weight_path`.
    """
    path = weight_path(name)

    def make() -> OnnxSession:
        try:
            content = convert(path.read_bytes())
        except ValueError as error:
            raise _unreadable(path, error) from error
        return OnnxSession(path, content)

    return _once(make, "converted", str(path))


def litert(name: str, member: str = "") -> LitertSession:
    """The session of a catalogue name, or of `member` inside it where the file is a zip.

    Raises:
        UnknownName, WeightsMissing, WeightsCorrupt: see `weight_path`.
    """
    path = weight_path(name)
    return _once(lambda: LitertSession(path, member), "litert", str(path), member)


def ncnn(param: str, weights: str) -> NcnnSession:
    """The session of a network by the catalogue names of its structure and its weights.

    Raises:
        UnknownName, WeightsMissing, WeightsCorrupt: see `weight_path`.
    """
    paths = weight_path(param), weight_path(weights)
    return _once(lambda: NcnnSession(*paths), "ncnn", *map(str, paths))


def _once(make: Callable[[], S], *key: str) -> S:
    with _lock:  # two threads asking at once must not load the same weights twice
        if key not in _sessions:
            _sessions[key] = make()
        return _sessions[key]


def _own(path: Path) -> Path:
    if not path.is_file():
        raise WeightsMissing(
            f"There is no model file at {path}", "Check the path and its spelling."
        )
    return path.resolve()


def _member(path: Path, member: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, why: object) -> WeightsCorrupt:
    detail: Sequence[str] = str(why).strip().splitlines() or [type(why).__name__]
    return WeightsCorrupt(
        f"The model file {path} can't be opened: {detail[0]}",
        "Replace it; for a file that setup fetched, delete it and run `headshots setup`.",
    )


@contextmanager
def _without_delegate_notice() -> Generator[None]:
    """Keep one line off stderr.

    The runtime writes "INFO: Created TensorFlow Lite XNNPACK delegate for CPU." past Python and
    has no setting for it; anything else written meanwhile is passed on.
    """
    try:
        saved = os.dup(2)
    except OSError:  # there is no stderr to keep clean
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            caught.seek(0)
            for line in caught:
                if b"Created TensorFlow Lite XNNPACK delegate" not in line:
                    os.write(2, line)
