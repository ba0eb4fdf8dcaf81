"""ONNX models written from scratch: just enough of the format for a feed-forward network.

The `onnx` package would be a heavy dependency for the few messages that are needed. Field numbers
are those of onnx.proto (ONNX 1.15, IR version 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..images import Float

IR_VERSION = 8
OPSET = 13
_FLOAT, _INT64 = 1, 7
_INT, _INTS = 2, 7


class Graph:
    """A graph under construction; every method that adds a node returns its output's name."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, values: Float | Sequence[int]) -> str:
        """A tensor: float32 of any shape, or whole numbers as a list."""
        name = f"c{len(self._constants)}"
        if isinstance(values, np.ndarray):
            array, kind = np.asarray(values, "<f4"), _FLOAT
        else:
            array, kind = np.asarray(values, "<i8"), _INT64
        shape = b"".join(_number(1, side) for side in array.shape)
        self._constants.append(
            shape + _number(2, kind) + _text(8, name) + _bytes(9, array.tobytes())
        )
        return name

    def node(self, operator: str, *inputs: str, **attributes: int | Sequence[int]) -> str:
        """One operation on named tensors."""
        name = f"n{len(self._nodes)}"
        message = b"".join(_text(1, each) for each in inputs) + _text(2, name)
        message += _text(3, name) + _text(4, operator)
        message += b"".join(_bytes(5, _attribute(*each)) for each in attributes.items())
        self._nodes.append(message)
        return name

    def model(self, input_name: str, shape: Sequence[int | str], output: str, size: int) -> bytes:
        """The finished model, with one float32 input and one float32 output (batch, `size`)."""
        graph = b"".join(_bytes(1, each) for each in self._nodes) + _text(2, "network")
        graph += b"".join(_bytes(5, each) for each in self._constants)
        graph += _bytes(11, _value(input_name, shape)) + _bytes(12, _value(output, ("batch", size)))
        return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, each) for each in value) + _number(20, _INTS)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sides = b"".join(
        _bytes(1, _number(1, side) if isinstance(side, int) else _text(2, side)) for side in shape
    )
    tensor = _number(1, _FLOAT) + _bytes(2, sides)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _varint(value: int) -> bytes:
    pieces = bytearray()
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def first_operators(model: bytes, count: int) -> tuple[str, ...]:
    """The operators of the first `count` nodes of an ONNX model; fewer if it has fewer."""
    operators: list[str] = []
    for graph in _fields(model, 7):
        for node in _fields(graph, 1):
            operators.extend(bytes(each).decode("utf-8", "replace") for each in _fields(node, 4))
            if len(operators) == count:
                return tuple(operators)
    return tuple(operators)


def _fields(message: bytes | memoryview, wanted: int) -> Iterator[memoryview]:
    """The length-delimited fields numbered `wanted`; stops at what it can't read."""
    view, position = memoryview(message), 0
    while position < len(view):
        key, position = _read_varint(view, position)
        if key & 7 == 0:
            _, position = _read_varint(view, position)
        elif key & 7 == 2:
            length, position = _read_varint(view, position)
            if key >> 3 == wanted:
                yield view[position : position + length]
            position += length
        elif key & 7 in (1, 5):
            position += 8 if key & 7 == 1 else 4
        else:
            return


def _read_varint(view: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(view):
        byte = view[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, position
