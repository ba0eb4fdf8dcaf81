"""dlib's face recognition ResNet, read from its own weights file and rebuilt as ONNX.

dlib runs it in about 100 ms a face; the same arithmetic takes a tenth of that in onnxruntime, and
no compiled face library has to be installed. The structure is that of dlib's example
dnn_face_recognition_ex.cpp: a 7x7 stem, then five levels of residual blocks of 32 to 256 filters,
29 convolutions, and 128 outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..images import Float
from .onnx_graph import Graph

SIZE = 150
# What the network's input layer subtracts (red, green, blue) and divides by.
_MEAN = np.array([122.782, 117.001, 104.298], np.float32)
_SCALE = 256.0
# Filters of each residual block in order, True where it halves the size.
_BLOCKS = (
    *((32, False),) * 3,
    *((64, True), *((64, False),) * 3),
    *((128, True), *((128, False),) * 2),
    *((256, True), *((256, False),) * 2),
    (256, True),
)


def convert(data: bytes) -> bytes:
    """The ONNX model of dlib's weights file: "pixels" float32 (N, 3, 150, 150) RGB 0..255 in,
    float32 (N, 128) out, as dlib's `compute_face_descriptor` gives.

    Raises:
        ValueError: not that file.
    """
    layers = _layers(data)
    graph = Graph()
    values = graph.node("Sub", "pixels", graph.constant(_MEAN.reshape(1, 3, 1, 1)))
    values = graph.node("Mul", values, graph.constant(np.full(1, 1 / _SCALE, np.float32)))
    values = graph.node("Relu", _convolution(graph, values, next(layers), 3, 7, 2))
    values = graph.node("MaxPool", values, kernel_shape=(3, 3), strides=(2, 2))
    side, channels = 35, 32
    for filters, halving in _BLOCKS:
        stride = 2 if halving else 1
        inner = _convolution(graph, values, next(layers), channels, 3, stride)
        inner = graph.node("Relu", inner)
        inner = _convolution(graph, inner, next(layers), filters, 3, 1)
        if halving:
            values = graph.node("AveragePool", values, kernel_shape=(2, 2), strides=(2, 2))
            pooled, convolved = (side - 2) // 2 + 1, (side - 3) // 2 + 1
            # dlib adds tensors of different sizes as if the smaller one went on with zeros.
            values = _padded(graph, values, filters - channels, 0)
            inner = _padded(graph, inner, 0, pooled - convolved)
            side, channels = pooled, filters
        values = graph.node("Relu", graph.node("Add", inner, values))
    values = graph.node("Flatten", graph.node("GlobalAveragePool", values), axis=1)
    (weights,) = next(layers)
    values = graph.node("MatMul", values, graph.constant(weights.reshape(256, 128)))
    return graph.model("pixels", ("batch", 3, SIZE, SIZE), values, 128)


def _convolution(
    graph: Graph, values: str, layer: tuple[Float, ...], channels: int, size: int, stride: int
) -> str:
    """A convolution and the scale and shift after it, folded into one."""
    parameters, affine = layer
    scale, shift = np.split(affine, 2)
    filters = len(scale)
    weights = parameters[:-filters].reshape(filters, channels, size, size)
    biases = parameters[-filters:] * scale + shift
    padding = size // 2 if stride == 1 else 0
    return graph.node(
        "Conv",
        values,
        graph.constant(weights * scale[:, None, None, None]),
        graph.constant(biases),
        kernel_shape=(size, size),
        strides=(stride, stride),
        pads=(padding,) * 4,
    )


def _padded(graph: Graph, values: str, channels: int, side: int) -> str:
    """Zeros after the last channels, rows and columns."""
    if channels == side == 0:
        return values
    return graph.node("Pad", values, graph.constant([0, 0, 0, 0, 0, channels, side, side]))


def _layers(data: bytes) -> Iterator[tuple[Float, ...]]:
    """The parameters of each layer in order: (filters and biases, scale and shift); last (fc,)."""
    position = 0
    while (start := data.find(b"con_4", position)) >= 0:
        convolution, position = _tensor(data, start + len(b"con_4"))
        start = data.find(b"affine_", position)
        affine, position = _tensor(data, start + len(b"affine_"))
        yield convolution, affine
    start = data.find(b"fc_2", position)
    if start < 0:
        raise ValueError("it is not dlib's face recognition network")
    position = start + len(b"fc_2")
    for _ in range(2):  # how many outputs and inputs
        _, position = _integer(data, position)
    yield (_tensor(data, position)[0],)


def _tensor(data: bytes, position: int) -> tuple[Float, int]:
    """The flat tensor serialised at `position`, and where it ends.

    dlib writes a version, four sizes, then little-endian floats.
    """
    sizes: list[int] = []
    for _ in range(5):
        value, position = _integer(data, position)
        sizes.append(value)
    count = int(np.prod(sizes[1:]))
    return np.frombuffer(data, "<f4", count, position).astype(np.float32), position + 4 * count


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """One of dlib's packed integers: a byte with the length, then little-endian bytes."""
    length = data[position] & 0x0F
    end = position + 1 + length
    return int.from_bytes(data[position + 1 : end], "little"), end
