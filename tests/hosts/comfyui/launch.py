"""Starts ComfyUI as tests need it: `launch.py FOLDER_OF_COMFYUI ARGUMENTS...`.

The CPU build of torch has no torchvision beside it that fits. ComfyUI wants only torchvision's
Python part, which asks for two operators by name when it is imported; declared here, never called.
Where pip found no CPU build, torchvision fits and declares them itself.

Connections to other machines are refused, and each is written to stderr; so is the name of every
file that is opened to be written and of every folder that is made.
"""

from __future__ import annotations

import os
import runpy
import sys
from ipaddress import ip_address

LOCAL = {"localhost", "", None}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook that refuses what leads elsewhere."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in LOCAL and not _loopback(str(host)):
        sys.stderr.write(f"network refused: {event} {host}\n")
        raise ConnectionRefusedError(f"{host} is not this machine")


def note_what_is_written(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook; Python's own compiled modules are left out."""
    opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    path = arguments[0] if opened or event == "os.mkdir" else None
    if isinstance(path, str | bytes) and "__pycache__" not in os.fsdecode(path):
        sys.stderr.write(f"written: {os.fsdecode(path)}\n")


def _loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def main() -> None:
    sys.addaudithook(stay_on_this_machine)
    sys.addaudithook(note_what_is_written)
    import torch

    if torch.version.cuda is None:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401

    engine = sys.argv.pop(1)
    sys.argv[0] = os.path.join(engine, "main.py")  # noqa: PTH118  as ComfyUI compares strings
    sys.path[0] = engine
    os.chdir(engine)
    runpy.run_path(sys.argv[0], run_name="__main__")


main()
