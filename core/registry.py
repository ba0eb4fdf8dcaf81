"""Back ends by name, imported only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from importlib import import_module
from threading import Lock
from typing import Any, Generic, TypeVar

from .errors import UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """Names for things that are made on first use.

    A thing is registered as `"module:callable"`, the module relative to the core package
    (`"faces.embedded:load"`), so that registering imports nothing. The callable takes no
    arguments; what it returns is kept and given to everybody who asks.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._places: dict[str, str] = {}
        self._made: dict[str, T] = {}
        self._lock = Lock()

    def add(self, name: str, place: str) -> None:
        """Register `name`; a name already taken raises ValueError and changes nothing."""
        if name in self._places:
            raise ValueError(f"{self._kind} {name!r} is registered as {self._places[name]!r}")
        self._places[name] = place

    def put(self, name: str, made: T) -> None:
        """Replace the thing that `name`, which is registered, stands for by `made`."""
        with self._lock:
            self._made[name] = made

    def names(self) -> tuple[str, ...]:
        """All registered names, in the order of registration."""
        return tuple(self._places)

    def get(self, name: str) -> T:
        """The thing called `name`, made on first use.

        Raises:
            UnknownName: nothing of that name is registered.
            SetupError: its package or weights are missing.
        """
        if name not in self._places:
            raise unknown(self._kind, name, self.names())
        with self._lock:  # two threads asking at once must not load the weights twice
            if name not in self._made:
                self._made[name] = resolve(self._places[name])()
            return self._made[name]


def resolve(place: str) -> Callable[..., Any]:
    """What is at `"module:callable"`, the module relative to the core package."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(f".{module}", __package__), attribute)


def unknown(kind: str, name: str, known: tuple[str, ...]) -> UnknownName:
    """The error for a name that is not among `known`, with the nearest known one."""
    return UnknownName(
        f"No {kind} is called {name!r}", f"{nearest(name, known)}Known: {', '.join(known)}."
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """A question whether the nearest of `known` was meant; empty where none is near."""
    near = get_close_matches(name, tuple(known), n=1)
    return f"Did you mean {near[0]!r}? " if near else ""
