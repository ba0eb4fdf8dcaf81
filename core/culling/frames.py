"""The frames in a folder: files of one name are one press of the shutter, such as RAW and JPEG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import PhotoNotFound, PhotoUnreadable
from ..photos.file_type import RAW_SUFFIXES, SUFFIXES

# How sidecars are called. "lightroom": IMG_1.xmp, as Lightroom, Bridge and Capture One have it;
# "darktable": IMG_1.CR3.xmp, as darktable and digiKam have it; "auto": what is there.
Naming: TypeAlias = Literal["auto", "lightroom", "darktable"]


@dataclass(frozen=True)
class Frame:
    """One press of the shutter.

    name: its path from the folder, without suffix.
    files: all of it, such as a RAW file and its JPEG.
    sidecars: those that are there already.
    """

    name: str
    files: tuple[Path, ...]
    sidecars: tuple[Path, ...] = ()

    @property
    def shown(self) -> Path:
        """The file that is quickest to look at: the JPEG beside a RAW file."""
        return min(self.files, key=lambda each: each.suffix.lower() in RAW_SUFFIXES)

    @property
    def master(self) -> Path:
        """The file that is worked on: the RAW, where there is one."""
        return max(self.files, key=lambda each: each.suffix.lower() in RAW_SUFFIXES)


def read_frames(folder: Path) -> list[Frame]:
    """The frames in `folder` and in those below it, by their names.

    Raises:
        PhotoNotFound: there are none.
        PhotoUnreadable: the folder can't be read.
    """
    photos: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    sidecars: dict[Path, list[Path]] = defaultdict(list)
    try:
        for path in sorted(_files(folder)):
            if path.suffix.lower() in SUFFIXES:
                photos[path.parent, path.stem.casefold()].append(path)
            elif path.suffix.lower() == ".xmp":
                sidecars[path.parent].append(path)
    except OSError as error:
        raise PhotoUnreadable(
            f"{folder} can't be read: {error.strerror}", "Check the folder and its rights."
        ) from error
    frames = [
        Frame(
            (place / files[0].stem).relative_to(folder).as_posix(),
            tuple(files),
            _own(files, sidecars[place]),
        )
        for (place, _), files in photos.items()
    ]
    if not frames:
        raise PhotoNotFound(
            f"There are no photos in the folder {folder}", "Give the folder of a card's frames."
        )
    return frames


def sidecars_of(frame: Frame, naming: Naming, usual: Naming) -> tuple[Path, ...]:
    """The sidecars to write for a frame.

    usual: how those of the folder are called; what "auto" takes where the frame has none.
    """
    if naming == "auto" and frame.sidecars:
        return frame.sidecars
    if (usual if naming == "auto" else naming) == "darktable":
        wanted = [each.with_name(f"{each.name}.xmp") for each in frame.files]
    else:
        wanted = [frame.master.with_suffix(".xmp")]
    there = {each.name.casefold(): each for each in frame.sidecars}
    return tuple(there.get(each.name.casefold(), each) for each in wanted)


def usual_naming(frames: Iterable[Frame]) -> Naming:
    """How most sidecars that are there are called; "lightroom" where there are none."""
    pairs = [(frame, each) for frame in frames for each in frame.sidecars]
    whole = sum(each.stem in {file.name for file in frame.files} for frame, each in pairs)
    return "darktable" if 2 * whole > len(pairs) else "lightroom"


def _files(folder: Path) -> Iterable[Path]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _own(files: Iterable[Path], sidecars: Iterable[Path]) -> tuple[Path, ...]:
    names = {name.casefold() for each in files for name in (f"{each.stem}.xmp", f"{each.name}.xmp")}
    return tuple(each for each in sidecars if each.name.casefold() in names)
