"""Whose pictures are made: folders of photos in, everybody's pictures out, some at a time."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from headshots.core.errors import InputError
from headshots.core.files import write_file
from headshots.core.weights.store import weight_path

from .entry import Person
from .making import PRIVATE, Order, broken, make
from .sheet import contact_sheet

PUBLIC = {
    "astronaut": ("demo-photo",),
    "senator": ("photo-biden",),
    "speaker": ("photo-obama", "photo-obama2", "photo-obama3"),
}
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".tif", ".tiff"}


def photos_of(folder: Path | None) -> dict[str, list[Path]]:
    """The photos of each person, by name in its order.

    Raises:
        InputError: there is no such folder, or no photo of anybody in it.
    """
    if folder is None:
        return {name: [weight_path(each) for each in photos] for name, photos in PUBLIC.items()}
    wanted = "Give a folder that holds a folder of photos for each person."
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}", wanted)
    files = {
        person.name: sorted(each for each in person.iterdir() if each.suffix.lower() in SUFFIXES)
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    files = {name: photos for name, photos in files.items() if photos}
    if not files:
        raise InputError(f"{folder} has no photos of anybody", wanted)
    return files


def make_all(files: Mapping[str, Sequence[Path]], order: Order, jobs: int) -> list[Person]:
    """Everybody of `files`, in their order, `jobs` at a time in processes of their own."""
    cores = os.cpu_count() or 1
    os.environ.setdefault("HEADSHOTS_THREADS", str(max(1, cores // max(1, jobs))))
    people: dict[str, Person] = {}
    # A process that forks amid the threads of ONNX Runtime hangs.
    with ProcessPoolExecutor(max(1, jobs), mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_one, name, photos, order): name for name, photos in files.items()}
        for done in as_completed(waiting):
            name = waiting[done]
            try:
                person = done.result()
            except Exception as error:  # a bug costs one person, not everybody's pictures
                traceback.print_exception(error)
                person = broken(name, files[name], order, error)
            people[name] = person
            sys.stderr.write(f"{person.name}: {person.usable} of {len(person.entries)} usable\n")
    return [people[name] for name in files]


def _one(name: str, photos: Sequence[Path], order: Order) -> Person:
    """One person, with the contact sheet; runs in a process of the pool."""
    person = make(name, photos, order)
    sheet = contact_sheet(person, order.folder)
    write_file(order.folder / "sheets" / f"{name}.png", sheet, mode=PRIVATE)
    return person
