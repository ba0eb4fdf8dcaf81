"""Runs a part of a recipe in one ComfyUI: upload, watch, download, and clean up there."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from secrets import token_hex
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from ..errors import ComfyuiFailed, ComfyuiRefused, ComfyuiUnreachable
from ..images import Float, Image, Mask, from_u8
from ..photos.writing import encode
from ..progress import Progress
from .connection import Connection, File, Listener
from .prompt import Form, Part, Spot, prompt
from .words import failure

_LOOK_SECONDS = 0.2  # between two checks for cancellation
_STOP_SECONDS = 15.0  # for an interrupted prompt to end, as a node ends at its next step


def run_part(connection: Connection, part: Part, progress: Progress) -> dict[Spot, Any]:
    """The wanted outputs of `part`: lists of images or masks, or text.

    However it ends, nothing of it stays in ComfyUI's queue and history, and the uploaded files and
    those that nodes reported as written are emptied.

    Raises:
        Cancelled: stopped through `progress`; so is the prompt.
        ComfyuiUnreachable, ComfyuiRefused: as `Connection`.
        ComfyuiFailed, ComfyuiOutOfMemory: a node failed, was stopped there, or gave nothing.
    """
    values: dict[Spot, Any] = {spot: [] for spot in part.wanted}
    rounds = part.rounds()
    for number, each in enumerate(rounds):
        share = progress.part(number / len(rounds), (number + 1) / len(rounds))
        for spot, value in _Round(connection, each, share).run().items():
            values[spot] = value if part.wanted[spot] == "text" else values[spot] + value
    return values


class _Round:
    def __init__(self, connection: Connection, part: Part, progress: Progress) -> None:
        self._connection, self._part, self._progress = connection, part, progress
        self._folder = f"headshots-{token_hex(8)}"
        self._files: list[File] = []
        self._done: set[str] = set()

    def run(self) -> dict[Spot, Any]:
        try:
            request = prompt(self._part, self._upload)
            outputs = self._outputs(request.nodes)
            return {
                spot: self._brought(spot, outputs.get(id, {})) for spot, id in request.shown.items()
            }
        finally:
            self._empty()

    def _upload(self, picture: Image | Mask) -> str:
        """Upload a picture into ComfyUI's temporary folder; returns its name for Load Image."""
        self._tell(0, "uploading")
        name = f"{len(self._files) + 1}.png"
        file = {"filename": name, "subfolder": self._folder, "type": "temp"}
        self._files.append(file)
        colours = np.repeat(picture[..., None], 3, 2) if picture.ndim == 2 else picture
        self._connection.upload(file, encode(colours, "png"))
        return f"{self._folder}/{name} [temp]"

    def _outputs(self, nodes: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Run a prompt to its end; returns the outputs of its nodes that show something, by id."""
        history: Mapping[str, Any] = {}
        with self._connection.listening() as listener:
            id = self._connection.send(nodes, listener)
            try:
                self._watch(id, listener, len(nodes))
            except BaseException:
                with suppress(ComfyuiUnreachable, ComfyuiRefused):
                    self._stop(id, listener)
                raise
            finally:
                with suppress(ComfyuiUnreachable, ComfyuiRefused):
                    history = self._connection.history(id)
                    self._files += _files(history.get("outputs", {}))
                    self._connection.forget(id)
        status = history.get("status") or {}
        if status.get("status_str") == "success":
            return history["outputs"]
        messages = dict(status.get("messages") or [])
        where = str(self._connection.address)
        if "execution_error" in messages:
            raise failure(where, messages["execution_error"], self._part.titles)
        raise ComfyuiFailed(
            f"{where}: the prompt was stopped there", "Run it again when that ComfyUI is free."
        )

    def _watch(self, id: str, listener: Listener, count: int) -> None:
        """Wait until ComfyUI reports that the prompt has ended, however it ended."""
        self._tell(0, "waiting")
        while True:
            self._progress.check()
            kind, data = listener.next(_LOOK_SECONDS) or ("", {})
            if data.get("prompt_id") != id:
                continue
            match kind:
                case "executing" if data.get("node") is None:
                    return
                case "executing" | "progress":
                    node = str(data["node"])
                    self._done.add(node)
                    within = data.get("value", 0) / max(data.get("max", 1), 1)
                    share = (len(self._done) - 1 + within) / count
                    self._tell(share, self._part.titles.get(node, ""))
                case "execution_cached":
                    self._done.update(data["nodes"])
                case _:
                    pass

    def _stop(self, id: str, listener: Listener) -> None:
        """Stop the prompt, and wait for its end, as it may write files until then."""
        self._connection.stop(id)
        until = monotonic() + _STOP_SECONDS
        while self._connection.running(id) and monotonic() < until:
            listener.next(_LOOK_SECONDS)

    def _brought(self, spot: Spot, shown: Mapping[str, Any]) -> list[Float] | str:
        form = self._part.wanted[spot]
        values = shown.get("text" if form == "text" else "images")
        if not values:
            raise ComfyuiFailed(
                f"{self._connection.address}: {self._part.titles[spot[0]]} gave nothing at its "
                f"output {spot[1]}",
                "Run the recipe in ComfyUI itself, which shows what its nodes give.",
            )
        if form == "text":
            return str(values[0])
        pictures: list[Float] = []
        for file in values:
            self._tell(1, "fetching")
            pictures.append(_decoded(self._connection.fetch(file), form))
        return pictures

    def _empty(self) -> None:
        """Overwrite the files with empty ones: ComfyUI has no way to remove files."""
        with suppress(ComfyuiUnreachable, ComfyuiRefused):
            for file in self._files:
                self._connection.upload(file, b"")

    def _tell(self, share: float, what: str) -> None:
        note = f"ComfyUI at {self._connection.address}: {what}" if what else ""
        self._progress.update(share, note)


def _files(outputs: Mapping[str, Mapping[str, Any]]) -> Iterator[File]:
    """Every file that nodes reported as written."""
    for shown in outputs.values():
        for values in shown.values():
            for value in values if isinstance(values, Sequence) else ():
                if isinstance(value, Mapping) and {"filename", "type"} <= value.keys():
                    yield {"subfolder": "", **value}


def _decoded(data: bytes, form: Form) -> Float:
    """The picture in a file, sRGB or grey float32 0..1; transparency is laid over white."""
    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            pixels = from_u8(np.asarray(opened.convert("RGBA")))
    except (UnidentifiedImageError, OSError, Pillow.DecompressionBombError) as error:
        raise ComfyuiFailed(
            "ComfyUI sent a picture that can't be read", "Run the recipe in ComfyUI itself."
        ) from error
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    laid = colours * alpha + (1 - alpha)
    return np.ascontiguousarray(laid[..., 0] if form == "mask" else laid, np.float32)
