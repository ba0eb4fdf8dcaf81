"""The packages of the extra `diffusion`, imported when a model is opened.

By name, as most of what they export has no types that could be followed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ....errors import ExtraMissing
from ....installation import adding
from ....settings import settings


def require_packages() -> None:
    """Raise ExtraMissing if one of the packages isn't installed."""
    try:
        import_module("torch")
        import_module("accelerate")
        import_module("diffusers")
        import_module("peft")
        import_module("psutil")
        import_module("transformers")
    except ImportError as error:
        raise ExtraMissing(
            f"Diffusion models need {error.name!r}, which isn't installed",
            f"Run `{adding('diffusion')}`.",
        ) from error


def diffusers(name: str) -> Any:
    """The class of diffusers called `name`."""
    return getattr(import_module("diffusers"), name)


def transformers(name: str) -> Any:
    """The class of transformers called `name`."""
    return getattr(import_module("transformers"), name)


@contextmanager
def threads() -> Generator[None]:
    """As many threads on the processor as the settings say; what else uses torch here gets its own
    back.
    """
    torch = import_module("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(settings().threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet() -> Generator[None]:
    """Without the libraries' own bars and warnings on stderr, which may repeat a prompt."""
    loggings = [
        import_module("diffusers.utils.logging"),
        import_module("transformers.utils.logging"),
    ]
    before = [each.get_verbosity() for each in loggings]
    for each in loggings:
        each.disable_progress_bar()
        each.set_verbosity_error()
    try:
        yield
    finally:
        for each, verbosity in zip(loggings, before, strict=True):
            each.enable_progress_bar()
            each.set_verbosity(verbosity)
