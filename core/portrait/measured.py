"""Properties that are measured on first use, and only once even with several threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Cache:
    """The measured values of one object, each behind its own lock.

    Threads that need the same value wait for one measurement; threads that need different values
    don't wait for each other.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._locks: dict[str, RLock] = {}
        self._lock = Lock()

    def once(self, name: str, measure: Callable[[], T]) -> T:
        """The value called `name`; `measure` runs if it is missing."""
        with self._lock:
            own = self._locks.setdefault(name, RLock())
        with own:
            if name not in self._values:
                self._values[name] = measure()
            return self._values[name]

    def get(self, name: str) -> Any:
        """The value called `name`; None if it is missing."""
        return self._values.get(name)

    def clear(self, keep: tuple[str, ...] = ()) -> None:
        """Drop all values except those named in `keep`; they are measured again on next use."""
        with self._lock:
            self._values = {name: self._values[name] for name in keep if name in self._values}


class measured(Generic[T]):
    """A property that is measured once and stored in the object's `cache`."""

    def __init__(self, measure: Callable[[Any], T]) -> None:
        self._measure = measure
        self._name = measure.__name__
        self.__doc__ = measure.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> measured[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> measured[T] | T:
        if instance is None:
            return self
        return instance.cache.once(self._name, lambda: self._measure(instance))
