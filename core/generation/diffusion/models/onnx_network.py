"""A network of an ONNX file in PyTorch, so that what it says has a gradient.

Of the format's operators there are those that recognisers of faces are made of.
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
    """The network of `path`, with one input and one output; nothing of it is trained.

    Raises:
        ExtraMissing: the package that reads the format isn't installed.
        SetupError: it has an operation that isn't known here.
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
            told = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
            if node.op_type == "Constant":
                self._keep(node.output[0], onnx.numpy_helper.to_array(told["value"]))
            elif node.op_type not in _OPERATORS:
                raise SetupError(
                    f"{path} has the operation {node.op_type!r}, which has no gradient here",
                    "Steer by another recogniser: HEADSHOTS_ANALYSER=embedded.",
                )
            else:
                given, made = tuple(node.input), node.output[0]
                self._steps.append(_Step(_OPERATORS[node.op_type], given, made, told))
        (self._given,) = (each.name for each in graph.input if each.name not in self._buffer_of)
        self._made: str = graph.output[0].name

    def _keep(self, name: str, values: Any) -> None:
        buffer = f"weight{len(self._buffer_of)}"
        self.register_buffer(buffer, torch.from_numpy(values.copy()))
        self._buffer_of[name] = buffer

    def forward(self, given: Tensor) -> Tensor:
        """What the file makes of `given`."""
        values = {name: getattr(self, buffer) for name, buffer in self._buffer_of.items()}
        values[self._given] = given
        for step in self._steps:
            # An input that was left out has no name.
            inputs = (values[name] if name else None for name in step.given)
            values[step.made] = step.run(step.told, *inputs)
        return values[self._made]


@dataclass(frozen=True)
class _Step:
    run: Callable[..., Tensor]
    given: tuple[str, ...]
    made: str
    told: _Attributes


def _convolved(told: _Attributes, given: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    top, left, bottom, right = told.get("pads", (0, 0, 0, 0))
    padded = functional.pad(given, (left, right, top, bottom))
    strides, dilations = told.get("strides", (1, 1)), told.get("dilations", (1, 1))
    return functional.conv2d(
        padded, weight, bias, tuple(strides), 0, tuple(dilations), told.get("group", 1)
    )


def _normalised(
    told: _Attributes, given: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    epsilon = told.get("epsilon", 1e-5)
    return functional.batch_norm(given, mean, variance, scale, shift, False, 0.0, epsilon)


def _linear(told: _Attributes, given: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    rows = given.T if told.get("transA", 0) else given
    made = rows @ (weight.T if told.get("transB", 0) else weight) * told.get("alpha", 1.0)
    return made if bias is None else made + told.get("beta", 1.0) * bias


def _reshaped(told: _Attributes, given: Tensor, shape: Tensor) -> Tensor:
    # A side of 0 stays as it is.
    return given.reshape([int(side) or given.shape[place] for place, side in enumerate(shape)])


def _rectified(told: _Attributes, given: Tensor, slope: Tensor) -> Tensor:
    return functional.prelu(given, slope.flatten())


def _flattened(told: _Attributes, given: Tensor) -> Tensor:
    return given.flatten(told.get("axis", 1))


def _averaged(told: _Attributes, given: Tensor) -> Tensor:
    return given.mean(dim=(2, 3), keepdim=True)


def _same(told: _Attributes, given: Tensor, *_: Tensor) -> Tensor:
    return given


def _plain(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operation that is told nothing but its inputs."""

    def run(told: _Attributes, *given: Tensor) -> Tensor:
        return function(*given)

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
    "Dropout": _same,  # drops nothing but in training
}
