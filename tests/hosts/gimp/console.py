"""One GIMP without a screen that stays up and does what tests ask for; see inside.py."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .prepare import Gimp

_START_SECONDS = 120
_ANSWER_SECONDS = 240


class Console:
    """A running GIMP. folder: where its files may lie."""

    def __init__(self, connection: socket.socket, process: subprocess.Popen[bytes], folder: Path):
        connection.settimeout(_ANSWER_SECONDS)
        self._lines = connection.makefile("rw")
        self.process, self.folder = process, folder

    def ask(self, order: str, **arguments: Any) -> Any:
        """What the function called `order` in inside.py returns.

        Raises:
            RuntimeError: it raised.
        """
        self._lines.write(json.dumps({"order": order, **arguments}, default=str) + "\n")
        self._lines.flush()
        told = json.loads(self._lines.readline())
        if "raised" in told:
            raise RuntimeError(told["raised"])
        return told["answer"]


@contextmanager
def console(gimp: Gimp, profile: Path) -> Iterator[Console]:
    """A GIMP with the profile folder `profile` while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(_START_SECONDS)
        here = str(Path(__file__).parent)
        port = listener.getsockname()[1]
        program = f"import sys; sys.path.insert(0, {here!r}); import inside; inside.serve({port})"
        with (profile / "console.log").open("wb") as log:
            process = subprocess.Popen(
                gimp.command(
                    *("gimp-console", "-i", "-d", "-f", "--quit"),
                    *("--batch-interpreter=python-fu-eval", "-b", program),
                    environment={"GIMP3_DIRECTORY": str(profile), "HOME": str(profile)},
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                log_text = (profile / "console.log").read_text("utf-8", "replace")
                raise RuntimeError(f"GIMP did not come up: {log_text[-2000:]}") from None
            with connection:
                running = Console(connection, process, profile)
                yield running
                connection.shutdown(socket.SHUT_RDWR)  # `serve` returns, and GIMP quits
            process.wait(30)
        finally:
            process.kill()
            process.wait(15)


def lay_out(profile: Path, version: str) -> Path:
    """Make a profile folder that asks nothing and shows no welcome."""
    profile.mkdir(parents=True)
    (profile / "gimprc").write_text(
        f'(config-version "{version}")\n(show-welcome-dialog no)\n(check-updates no)\n'
        "(color-profile-policy keep)\n(save-session-info no)\n"
    )
    return profile


def samples(told: list[Any]) -> NDArray[np.uint8]:
    """uint8 (H, W, C) of what inside.py wrote; (H, W) where there is one channel."""
    path, height, width, channels = told
    read = np.frombuffer(Path(path).read_bytes(), np.uint8)
    return read.reshape((height, width, channels) if channels > 1 else (height, width))
