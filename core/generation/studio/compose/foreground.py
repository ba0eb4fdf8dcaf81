"""What a sitter's colours are without the background that shines through, by pymatting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

from ....images import Image, Mask
from ....settings import settings


def foreground_and_background(image: Image, matte: Mask) -> tuple[Image, Image]:
    """Both colours of each pixel (Germer, "Fast Multi-Level Foreground Estimation", 2020).

    image: sRGB (H, W, 3), 0..1.
    matte: (H, W), 0..1.

    Returns: foreground and background, sRGB float32 (H, W, 3).
    """
    estimate, set_threads = _pymatting()
    set_threads(settings().threads)
    return estimate(image, matte, return_background=True)


@cache
def _pymatting() -> tuple[Callable[..., Any], Callable[[int], None]]:
    """The estimator, and how to limit its threads.

    numba, which compiled it, starts one OpenMP thread a core when it is imported, and sets that
    number for the importing thread. Torch reads the same number: with two such processes on two
    cores it took up to eight times as long. So a thread that ends imports it.
    """
    with ThreadPoolExecutor(1) as apart:
        estimate = apart.submit(_estimator).result()
    numba: Any = import_module("numba")

    def set_threads(number: int) -> None:
        numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))

    return estimate, set_threads


def _estimator() -> Callable[..., Any]:
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

    return estimate_foreground_ml
