"""Runs the network of an ONNX file in PyTorch, so that its output has a gradient.

It supports the operators that face recognisers use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ....errors import ExtraMissing, SetupError
from ....installation import adding

_Attributes = Mapping[str, Any]


class OnnxNetwork(torch.nn.Module):
    """The network of the file `path`, with one input and one output; its weights are buffers.

    Raises:
        ExtraMissing: the package that reads the format isn't installed.
        SetupError: it has an operator that isn't supported.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            onnx = import_module("onnx")
        except ImportError as error:
            raise ExtraMissing(
                "A recogniser's file is read for its gradient with 'onnx', which isn't installed",
                f"Run `{adding('diffusion')}`.",
            ) from error
        graph = onnx.load(str(path)).graph
        self._buffer_of: dict[str, str] = {}
        for each in graph.initializer:
            self._keep(each.name, onnx.numpy_helper.to_array(each))
        self._steps: list[_Step] = []
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                self._keep(node.output[0], onnx.numpy_helper.to_array(attributes["value"]))
            elif node.op_type not in _OPERATORS:
                raise SetupError(
                    f"{path} has the operation {node.op_type!r}, which has no gradient here",
                    "Steer by another recogniser: HEADSHOTS_ANALYSER=embedded.",
                )
            else:
                inputs, output = tuple(node.input), node.output[0]
                self._steps.append(_Step(_OPERATORS[node.op_type], inputs, output, attributes))
        (self._input,) = (each.name for each in graph.input if each.name not in self._buffer_of)
        self._output: str = graph.output[0].name

    def _keep(self, name: str, values: Any) -> None:
        buffer = f"weight{len(self._buffer_of)}"
        self.register_buffer(buffer, torch.from_numpy(values.copy()))
        self._buffer_of[name] = buffer

    def forward(self, tensor: Tensor) -> Tensor:
        """The network's output for `tensor`."""
        values = {name: getattr(self, buffer) for name, buffer in self._buffer_of.items()}
        values[self._input] = tensor
        for step in self._steps:
            # An omitted input has an empty name.
            inputs = (values[name] if name else None for name in step.inputs)
            values[step.output] = step.run(step.attributes, *inputs)
        return values[self._output]


@dataclass(frozen=True)
class _Step:
    run: Callable[..., Tensor]
    inputs: tuple[str, ...]
    output: str
    attributes: _Attributes


def _convolved(attributes: _Attributes, tensor: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    padded = functional.pad(tensor, (left, right, top, bottom))
    strides, dilations = attributes.get("strides", (1, 1)), attributes.get("dilations", (1, 1))
    return functional.conv2d(
        padded, weight, bias, tuple(strides), 0, tuple(dilations), attributes.get("group", 1)
    )


def _normalised(
    attributes: _Attributes,
    tensor: Tensor,
    scale: Tensor,
    shift: Tensor,
    mean: Tensor,
    variance: Tensor,
) -> Tensor:
    epsilon = attributes.get("epsilon", 1e-5)
    return functional.batch_norm(tensor, mean, variance, scale, shift, False, 0.0, epsilon)


def _linear(attributes: _Attributes, tensor: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    rows = tensor.T if attributes.get("transA", 0) else tensor
    columns = weight.T if attributes.get("transB", 0) else weight
    output = rows @ columns * attributes.get("alpha", 1.0)
    return output if bias is None else output + attributes.get("beta", 1.0) * bias


def _reshaped(attributes: _Attributes, tensor: Tensor, shape: Tensor) -> Tensor:
    # A side of 0 keeps its size.
    return tensor.reshape([int(side) or tensor.shape[place] for place, side in enumerate(shape)])


def _rectified(attributes: _Attributes, tensor: Tensor, slope: Tensor) -> Tensor:
    return functional.prelu(tensor, slope.flatten())


def _flattened(attributes: _Attributes, tensor: Tensor) -> Tensor:
    return tensor.flatten(attributes.get("axis", 1))


def _averaged(attributes: _Attributes, tensor: Tensor) -> Tensor:
    return tensor.mean(dim=(2, 3), keepdim=True)


def _same(attributes: _Attributes, tensor: Tensor, *_: Tensor) -> Tensor:
    return tensor


def _plain(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operation without attributes."""

    def run(attributes: _Attributes, *inputs: Tensor) -> Tensor:
        return function(*inputs)

    return run


_OPERATORS: Mapping[str, Callable[..., Tensor]] = {
    "Conv": _convolved,
    "BatchNormalization": _normalised,
    "PRelu": _rectified,
    "Relu": _plain(torch.relu),
    "Sigmoid": _plain(torch.sigmoid),
    "Abs": _plain(torch.abs),
    "Add": _plain(torch.add),
    "Sub": _plain(torch.sub),
    "Mul": _plain(torch.mul),
    "Div": _plain(torch.div),
    "MatMul": _plain(torch.matmul),
    "Gemm": _linear,
    "Flatten": _flattened,
    "Reshape": _reshaped,
    "GlobalAveragePool": _averaged,
    "Identity": _same,
    "Dropout": _same,  # works only in training
}
