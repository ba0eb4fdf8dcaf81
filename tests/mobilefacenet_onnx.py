"""MobileFaceNet's tflite file as ONNX, to stand in for a user's own recogniser on real weights."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from headshots.core.faces import ANALYSERS
from headshots.core.faces.onnx_graph import Graph
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

_PADDING = {0: "SAME", 1: "VALID"}


@contextmanager
def recognising(folder: Path) -> Generator[None]:
    """A user's own recogniser in `folder` is that of the settings while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_INSIGHTFACE_DIR", str(folder))
        patch.setattr(ANALYSERS, "_made", {})  # one over another folder may have been made before
        settings.cache_clear()
        yield
    settings.cache_clear()


def convert(data: bytes, *, scaled_inside: bool, widened: int = 192) -> bytes:
    """The network for RGB (N, 3, 112, 112).

    scaled_inside: pixels 0..255 come in and the network scales them, as older exports do; else it
        expects them scaled to about -1..1.
    widened: dimensions of the embedding; more than its own 192 by a fixed random turn, which leaves
        the cosines as they are.
    """
    model = schema.Model.GetRootAsModel(data, 0)
    network = model.Subgraphs(0)
    names = {
        value: name
        for name, value in vars(schema.BuiltinOperator).items()
        if isinstance(value, int)
    }
    graph = Graph()
    values: dict[int, str] = {}
    first = "pixels"
    if scaled_inside:
        first = graph.node("Sub", first, graph.constant(np.float32([127.5])))
        first = graph.node("Mul", first, graph.constant(np.float32([1 / 128])))
    values[network.Inputs(0)] = first

    def value(index: int) -> str:
        """The name of a tensor: a result so far, or a constant per channel."""
        if index not in values:
            values[index] = graph.constant(array(index).reshape(1, -1, 1, 1))
        return values[index]

    def array(index: int) -> np.ndarray:
        tensor = network.Tensors(index)
        raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
        return raw.view("<f4").reshape(tensor.ShapeAsNumpy())

    for index in range(network.OperatorsLength()):
        operator = network.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, (output,) = operator.InputsAsNumpy(), operator.OutputsAsNumpy()
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            weights = array(inputs[1]).transpose((0, 3, 1, 2) if kind[0] == "C" else (3, 0, 1, 2))
            stride = _options(operator, kind).StrideH()
            same = _PADDING[_options(operator, kind).Padding()] == "SAME"
            size, given = weights.shape[2], network.Tensors(inputs[0]).ShapeAsNumpy()[1]
            total = max(0, (-(-given // stride) - 1) * stride + size - given) if same else 0
            before, after = int(total // 2), int(total - total // 2)
            values[output] = graph.node(
                "Conv",
                value(inputs[0]),
                graph.constant(weights),
                graph.constant(array(inputs[2])),
                kernel_shape=(size, size),
                strides=(stride, stride),
                pads=(before, before, after, after),
                group=len(weights) if kind[0] == "D" else 1,
            )
        elif kind == "RESHAPE":
            values[output] = graph.node("Flatten", value(inputs[0]), axis=1)
        else:
            values[output] = graph.node(kind.capitalize(), *(value(each) for each in inputs))
    last = values[network.Outputs(0)]
    if widened > 192:
        turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(widened, 192)))
        last = graph.node("MatMul", last, graph.constant(turn.T.astype(np.float32)))
    return graph.model("pixels", ("batch", 3, 112, 112), last, widened)


def arcface_512(folder: Path) -> Path:
    """A recogniser of ArcFace's shape in `folder`: the embedding turned into 512 dimensions."""
    file = folder / "mobilefacenet_512.onnx"
    data = weight_path("mobilefacenet").read_bytes()
    file.write_bytes(convert(data, scaled_inside=False, widened=512))
    return file


def _options(operator: schema.Operator, kind: str) -> schema.Conv2DOptions:
    options = schema.Conv2DOptions() if kind == "CONV_2D" else schema.DepthwiseConv2DOptions()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options
