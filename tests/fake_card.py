"""A graphics card that is none: its tensors lie in main memory, and are told from the others.

What is moved to the card computes there as the processor does. A tensor that is on the card and one
that is not can't be used together, as with a real one.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

CARD = torch.device("cuda:0")
_MEMORY = torch.device("cpu")
_ATEN = torch.ops.aten
# What takes tensors of both: copies, and indices of numbers.
_BOTH = {_ATEN.copy_, _ATEN._to_copy, _ATEN.index, _ATEN.index_put_, _ATEN.set_}


class Card:
    """The storages that are on it."""

    def __init__(self) -> None:
        self._keys: set[int] = set()

    def holds(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self._keys

    def put(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._keys:
            self._keys.add(storage._cdata)
            weakref.finalize(storage, self._keys.discard, storage._cdata)

    def drop(self, tensor: torch.Tensor) -> None:
        self._keys.discard(tensor.untyped_storage()._cdata)


@contextmanager
def fake_card() -> Generator[Card]:
    """The card while the block runs, for all that is asked of `CARD`."""
    card = Card()
    with _Moves(card), _Checks(card):
        yield card


def _is_device(value: Any) -> bool:
    return isinstance(value, torch.device) or (
        isinstance(value, str) and value.partition(":")[0] in ("cuda", "cpu", "meta")
    )


class _Moves(TorchFunctionMode):
    """Moves of tensors, new ones on the card, and what they say of where they are."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if getattr(func, "__self__", None) is torch.Tensor.device:
            real = func(*args)
            return CARD if real == _MEMORY and self._card.holds(args[0]) else real
        if func in (torch.Tensor.to, torch.Tensor.cpu, torch.Tensor.cuda):
            return self._moved(func, args, kwargs)
        if not _cuda(kwargs.get("device")):
            return func(*args, **kwargs)
        if func is torch._C._nn._parse_to:  # what is asked of `Module.to`
            return CARD, *func(*args, **kwargs)[1:]
        made = func(*args, **kwargs | {"device": _MEMORY})
        self._card.put(made)
        return made

    def _moved(self, func: Any, args: Any, kwargs: Any) -> Any:
        tensor, *more = args
        before = self._card.holds(tensor)
        wanted = {torch.Tensor.cpu: _MEMORY, torch.Tensor.cuda: CARD}.get(func)
        if func is not torch.Tensor.to:
            more, kwargs = [], {}
        for each in (*more, kwargs.get("device")):
            if _is_device(each):
                wanted = torch.device(each)
            elif isinstance(each, torch.Tensor):
                wanted = CARD if self._card.holds(each) else _MEMORY
        plain = [_MEMORY if _cuda(each) else each for each in more]
        if _cuda(kwargs.get("device")):
            kwargs["device"] = _MEMORY
        result = torch.Tensor.to(tensor, *plain, **kwargs) if plain or kwargs else tensor
        if wanted is None or wanted.type == "meta" or tensor.is_meta:
            return result
        after = wanted.type == "cuda"
        if after != before:
            result = result.detach().clone()
            self._card.put(result) if after else self._card.drop(result)
        return result


def _cuda(value: Any) -> bool:
    return _is_device(value) and torch.device(value).type == "cuda"


class _Checks(TorchDispatchMode):
    """Every operation's tensors are on the card, or none is but for single numbers."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tensors = [
            each
            for each in pytree.tree_leaves((args, kwargs))
            if isinstance(each, torch.Tensor) and not each.is_meta
        ]
        there = [self._card.holds(each) for each in tensors]
        if func.overloadpacket not in _BOTH:
            strays = [
                each.shape for each, on in zip(tensors, there, strict=True) if each.ndim and not on
            ]
            if any(there) and strays:
                raise RuntimeError(f"{func}: tensors {strays} are not on the card")
        result = func(*args, **(kwargs or {}))
        if any(there) and (func.overloadpacket not in _BOTH or there[0]):
            for each in pytree.tree_leaves(result):
                if isinstance(each, torch.Tensor):
                    self._card.put(each)
        return result
