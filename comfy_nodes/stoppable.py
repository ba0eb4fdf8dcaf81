"""Runs work on a separate thread, with ComfyUI's progress bar and stop button."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from functools import cache
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from comfy.model_management import throw_exception_if_processing_interrupted
from comfy_api.latest import ComfyAPISync
from PIL import Image as Pillow

from ..core.images import Image, to_u8
from ..core.progress import Progress

T = TypeVar("T")

_POLL = 0.05  # seconds
_WHOLE = 1000  # ComfyUI's bar counts

_turn = Lock()


def stoppable(work: Callable[[Progress], T]) -> T:
    """The result of `work`, with the progress bar and previews of the running node.

    `work` may be inside a model for seconds between two checks for cancellation. So when the user
    stops it, it is abandoned: it ends at its next check, and its result is dropped. Later work
    waits for that, as the models serve one caller at a time.

    Raises:
        InterruptProcessingException: ComfyUI's stop button, within a tenth of a second.
    """
    stopped = Event()
    result: Future[T] = Future()
    node = copy_context()  # names the node to ComfyUI

    def report(share: float, note: str, preview: Image | None) -> None:
        picture = None if preview is None else Pillow.fromarray(to_u8(preview))
        _api().execution.set_progress(round(share * _WHOLE), _WHOLE, preview_image=picture)

    def run() -> None:
        with _turn:
            if stopped.is_set():
                return
            try:
                result.set_result(node.run(work, Progress(report, stopped.is_set)))
            except BaseException as error:  # raised again on the caller's thread
                result.set_exception(error)

    # A daemon, so that ComfyUI can be closed at any time.
    Thread(target=run, name="headshots", daemon=True).start()
    try:
        while not wait([result], _POLL).done:
            throw_exception_if_processing_interrupted()
    except BaseException:
        stopped.set()
        raise
    return result.result()


@cache
def _api() -> Any:
    return ComfyAPISync()
