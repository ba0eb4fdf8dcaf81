"""Encodings kept for a while: looks, prompts and a sitter's photos come again and again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from ....images import Image

_MOST = 32


class Kept:
    """The answers last asked for, by key; the oldest are dropped."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives; what it gave under the same key lately."""
        if key not in self._answers:
            self._answers[key] = make()
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return self._answers[key]


def key_of(image: Image) -> Hashable:
    """A key for a picture that holds none of its pixels."""
    return image.shape, hashlib.sha256(image.tobytes()).digest()
