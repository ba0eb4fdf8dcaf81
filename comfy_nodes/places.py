"""Restricts where nodes may read and write to ComfyUI's own folders, unless it serves only us."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import folder_paths
from comfy.cli_args import args

from ..core.errors import InputError, PhotoNotFound
from ..core.recipes.places import really_below, resolve_within
from ..core.recipes.step import Input
from ..core.recipes.values import lines


def placed(declared: Input, text: str) -> str:
    """`text`, the value of an input that names files or a folder, as paths in ComfyUI's folders.

    Raises:
        InputError: nodes may not read or write there.
    """
    match declared.path:
        case "folder":
            output = Path(folder_paths.get_output_directory())
            if not text.strip():
                return text
            return str(resolve_within(output, text, "ComfyUI's output folder"))
        case "file" | "files":
            return "\n".join(readable(line) for line in lines(text))
        case _:
            return text


def below_output(path: str) -> Path | None:
    """The part of `path` below ComfyUI's output folder; None if it lies elsewhere."""
    output = Path(folder_paths.get_output_directory()).absolute()
    absolute = Path(path).absolute()
    return absolute.relative_to(output) if absolute.is_relative_to(output) else None


def below_input(path: Path) -> str:
    """`path` as a line of *Read photos* names it: by its part below the input folder, if any."""
    own = Path(folder_paths.get_input_directory()).absolute()
    return path.relative_to(own).as_posix() if path.is_relative_to(own) else str(path)


def require_there(declared: Input, text: str) -> None:
    """Refuse files to be read that aren't there, and none at all where some must be.

    text: as `placed` gives it.

    Raises:
        InputError, PhotoNotFound: with what to do in the node itself.
    """
    if declared.path not in ("file", "files"):
        return
    paths = [Path(line) for line in lines(text)]
    if not paths and declared.default is None:
        raise InputError("There are no photos here yet", "Drop some onto the node, or add them.")
    missing = [below_input(path) for path in paths if not _there(path)]
    if missing:
        raise PhotoNotFound(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in the input folder",
            "Drop the photos onto the node, or take away what is missing.",
        )


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a name
        return False


def readable(name: str) -> str:
    """The path for a name in the input folder, or with "[output]" or "[temp]" in another folder.

    Raises:
        InputError: it lies elsewhere, and others can reach this server.
    """
    # ComfyUI's own way from there to a path refuses, since 0.33 at the latest, whole paths.
    plain, named = folder_paths.annotated_filepath(name)
    path = Path(named or folder_paths.get_input_directory(), plain.strip()).absolute()
    if only_for_this_machine() or _inside(path):
        return str(path)
    raise InputError(
        f"{name!r} is outside ComfyUI's folders, and this server can be reached by others",
        "Put it into ComfyUI's input folder, and give its name there.",
    )


def _inside(path: Path) -> bool:
    """Whether a path is in one of ComfyUI's folders, and no link in it leads out."""
    return ".." not in path.parts and any(really_below(own, path) for own in _own_folders())


def _own_folders() -> list[Path]:
    return [
        Path(folder).absolute()
        for folder in (
            folder_paths.get_input_directory(),
            folder_paths.get_output_directory(),
            folder_paths.get_temp_directory(),
        )
    ]


def only_for_this_machine() -> bool:
    """Whether nobody on another machine can reach this server."""
    return all(map(loopback, args.listen.split(",")))


def loopback(host: str) -> bool:
    """Whether `host` is a name or an address of this machine for itself."""
    try:
        return ip_address(host.strip()).is_loopback
    except ValueError:
        return host.strip() == "localhost"
