"""Values that are worked out when they are first asked for, and once, whatever thread asks."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Kept:
    """The measured values of one object, each behind a lock of its own.

    So two threads that ask for the same value wait for one measurement, and two that ask for
    different values don't wait for each other.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._locks: dict[str, RLock] = {}
        self._lock = Lock()

    def once(self, name: str, measure: Callable[[], T]) -> T:
        """The value called `name`, by `measure` where it is not there yet."""
        with self._lock:
            own = self._locks.setdefault(name, RLock())
        with own:
            if name not in self._values:
                self._values[name] = measure()
            return self._values[name]

    def known(self, name: str) -> Any:
        """The value called `name`, None where it is not there yet."""
        return self._values.get(name)

    def clear(self, but: tuple[str, ...] = ()) -> None:
        """Forget all values but those of these names; they are measured anew when asked for."""
        with self._lock:
            self._values = {name: self._values[name] for name in but if name in self._values}


class measured(Generic[T]):
    """A property that is measured once and kept in the object's `kept`."""

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
        return instance.kept.once(self._name, lambda: self._measure(instance))
