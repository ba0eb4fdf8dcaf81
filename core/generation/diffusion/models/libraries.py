"""The packages of the extra `diffusion`, imported when a model is loaded.

They are imported by name, as most of their exports have no usable types.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ....errors import ExtraMissing
from ....installation import adding
from ....settings import settings

PACKAGES = ("torch", "accelerate", "diffusers", "peft", "psutil", "transformers")


def require_packages() -> None:
    """Raise ExtraMissing if one of the packages isn't installed."""
    try:
        for name in PACKAGES:
            import_module(name)
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
    """Torch with as many CPU threads as the settings say, while the block runs."""
    torch = import_module("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(settings().threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def quiet() -> Generator[None]:
    """No progress bars and warnings of the libraries, which may repeat a prompt."""
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
