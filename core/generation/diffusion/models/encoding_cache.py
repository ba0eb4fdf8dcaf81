"""A cache of encodings, as prompts and a sitter's photos recur."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from ....images import Image

_MOST = 32


class EncodingCache:
    """The most recently used values by key."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The cached value of `key`; `make` computes it if it is missing."""
        if key not in self._answers:
            self._answers[key] = make()
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return self._answers[key]


def key_of(image: Image) -> Hashable:
    """A key for a picture, without its pixels."""
    return image.shape, hashlib.sha256(image.tobytes()).digest()
