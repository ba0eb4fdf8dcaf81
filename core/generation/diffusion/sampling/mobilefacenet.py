"""MobileFaceNet in PyTorch, so that likeness has a gradient; it steers and never judges.

The weights come from its tflite file; a test compares the outputs with those of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from math import ceil
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ....faces.alignment import ARCFACE, ARCFACE_SIZE, similarity
from ....images import Float
from ....weights.store import weight_path

_Values = dict[int, Tensor]
_SIMPLE: dict[str, Callable[..., Tensor]] = {
    "ADD": torch.add,
    "SUB": torch.sub,
    "MUL": torch.mul,
    "ABS": torch.abs,
    "RELU": torch.relu,
}
# Largest factor of supersampling for aligned faces.
_FINEST = 8


class Recogniser(torch.nn.Module):
    """Turns aligned faces into embeddings; its weights are fixed."""

    name = "mobilefacenet"

    def __init__(self) -> None:
        super().__init__()
        schema = import_module("ai_edge_litert.schema_py_generated")
        self._model = schema.Model.GetRootAsModel(weight_path("mobilefacenet").read_bytes(), 0)
        self._network = self._model.Subgraphs(0)
        names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
        self._steps = [self._step(place, names, schema) for place in self._places()]

    def _places(self) -> range:
        return range(self._network.OperatorsLength())

    def _step(self, place: int, names: dict[Any, str], schema: Any) -> Callable[[_Values], None]:
        """One operation, which adds its result to the values by tensor number."""
        operator = self._network.Operators(place)
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs = [int(each) for each in operator.InputsAsNumpy()]
        (output,) = (int(each) for each in operator.OutputsAsNumpy())
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            return self._convolution(operator, kind, inputs, output, schema)
        if kind == "RESHAPE":
            return lambda values: values.update({output: values[inputs[0]].flatten(1)})
        constants = [self._constant(each) for each in inputs]

        def simple(values: _Values) -> None:
            operands = (
                values[number] if name is None else getattr(self, name)
                for number, name in zip(inputs, constants, strict=True)
            )
            values[output] = _SIMPLE[kind](*operands)

        return simple

    def _convolution(
        self, operator: Any, kind: str, inputs: Sequence[int], output: int, schema: Any
    ) -> Callable[[_Values], None]:
        deep = kind == "DEPTHWISE_CONV_2D"
        options = schema.DepthwiseConv2DOptions() if deep else schema.Conv2DOptions()
        table = operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        kernel = self._array(inputs[1]).transpose((3, 0, 1, 2) if deep else (0, 3, 1, 2))
        weight, bias = f"weight{output}", f"bias{output}"
        self.register_buffer(weight, torch.from_numpy(kernel.copy()))
        self.register_buffer(bias, torch.from_numpy(self._array(inputs[2]).copy()))
        stride, size = options.StrideH(), kernel.shape[2]
        side = int(self._network.Tensors(inputs[0]).ShapeAsNumpy()[1])
        same = options.Padding() == schema.Padding.SAME
        total = max(0, (-(-side // stride) - 1) * stride + size - side) if same else 0
        before, after = total // 2, total - total // 2
        groups = len(kernel) if deep else 1

        def convolve(values: _Values) -> None:
            padded = functional.pad(values[inputs[0]], (before, after, before, after))
            values[output] = functional.conv2d(
                padded, getattr(self, weight), getattr(self, bias), stride, groups=groups
            )

        return convolve

    def _array(self, tensor: int) -> Float:
        described = self._network.Tensors(tensor)
        raw = self._model.Buffers(described.Buffer()).DataAsNumpy()
        return np.asarray(raw.view("<f4").reshape(described.ShapeAsNumpy()), np.float32)

    def _constant(self, tensor: int) -> str | None:
        """The name of the buffer with a constant for each channel; None for a computed tensor."""
        if not self._model.Buffers(self._network.Tensors(tensor).Buffer()).DataLength():
            return None
        name = f"constant{tensor}"
        if not hasattr(self, name):
            channels = torch.from_numpy(self._array(tensor).reshape(1, -1, 1, 1).copy())
            self.register_buffer(name, channels)
        return name

    def forward(self, faces: Tensor) -> Tensor:
        """Embeddings (batch, 192) of unit length of aligned faces (batch, 3, 112, 112), -1..1."""
        scaled = faces * (127.5 / 128)  # as in its training
        both = self._run(torch.cat([scaled, scaled.flip(3)]))
        one, mirrored = functional.normalize(both, dim=1).chunk(2)
        return functional.normalize(one + mirrored, dim=1)

    def _run(self, pixels: Tensor) -> Tensor:
        values: _Values = {int(self._network.Inputs(0)): pixels}
        for step in self._steps:
            step(values)
        return values[int(self._network.Outputs(0))]


def aligned(pixels: Tensor, points: Float) -> Tensor:
    """The face (1, 3, 112, 112) of a picture (1, 3, H, W), by its five points (5, 2) in pixels.

    A large face is supersampled and averaged, so that no pixels are skipped.
    """
    scale = float(np.hypot(*similarity(points.astype(np.float32), ARCFACE)[:, 0]))
    finer = min(_FINEST, max(1, ceil(1 / max(scale, 1e-6))))
    side = ARCFACE_SIZE * finer
    target = (ARCFACE + 0.5) * np.float32(finer) - np.float32(0.5)
    forth = similarity(points.astype(np.float32), target)
    back = torch.from_numpy(cv2.invertAffineTransform(forth)).to(pixels)
    columns = torch.arange(side, dtype=pixels.dtype, device=pixels.device)
    rows, columns = torch.meshgrid(columns, columns, indexing="ij")
    grid = torch.stack([columns, rows, torch.ones_like(rows)], dim=-1) @ back.T
    size = torch.tensor([pixels.shape[3], pixels.shape[2]]).to(pixels)
    sampled = functional.grid_sample(
        pixels, ((grid + 0.5) / size * 2 - 1)[None], align_corners=False
    )
    return functional.avg_pool2d(sampled, finer)
