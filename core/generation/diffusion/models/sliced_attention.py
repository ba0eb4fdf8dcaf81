"""Attention in slices, for devices on which it is not one kernel, such as Apple's.

There the scores of all queries and keys exist at once: for klein with four references 14 GB.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_ATTENTION = torch.nn.functional.scaled_dot_product_attention


class SlicedAttention:
    """Wraps `network`, and is called like it.

    most: bytes of scores at once.
    """

    def __init__(self, network: Any, most: float) -> None:
        self._network, self._most = network, most

    def __call__(self, *args: Any, **more: Any) -> Any:
        """The network's output, as without slices."""
        with _Slices(self._most):
            return self._network(*args, **more)


class _Slices(TorchFunctionMode):
    def __init__(self, most: float) -> None:
        super().__init__()
        self._most = most

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is _ATTENTION:
            return self._sliced(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))

    def _sliced(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, **more: Any
    ) -> Tensor:
        mask = more.pop("attn_mask", mask)
        row = query[..., 0, 0].numel() * key.shape[-2] * query.element_size()
        count = max(1, int(self._most // row))
        whole = count >= query.shape[-2] or more.get("is_causal", False)
        if whole or (mask is not None and mask.shape[-2] != 1):
            return _ATTENTION(query, key, value, attn_mask=mask, **more)
        slices = [_ATTENTION(q, key, value, attn_mask=mask, **more) for q in query.split(count, -2)]
        return torch.cat(slices, dim=-2)
