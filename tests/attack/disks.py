"""Disks that are full, or become so amid the work: nothing is lost, and what failed says so."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path

from . import sandbox
from .forked import Outcome
from .homes import NAMES, Home, Stored, lost
from .operations import OPERATIONS, Operation, setting_up
from .tally import Tally

TIMES = 160
_DISK = 24_000_000  # bytes
# What is left on it: nothing, a page, less than a picture, less than a copy of the vault.
_ROOM = (0, 4_096, 20_000, 70_000, 200_000, 700_000, 2_000_000)
_LEFT_OUT = ("batch", "server's job", "previews of looks", "card")
_BALLAST = "ballast"


def attack(tally: Tally, folder: Path, share: float) -> None:
    """Work where the disk of everything, or that of the deliveries alone, has no room."""
    dice = random.Random(tally.seed)
    chosen = [each for each in OPERATIONS if each.name not in _LEFT_OUT]
    for number in range(max(2, round(TIMES * share) // 20)):
        place = folder / f"home-{number}"
        small = place if number % 2 == 0 else place / "out"
        small.mkdir(parents=True)
        try:
            sandbox.mount_memory(small, _DISK)
        except OSError as error:
            tally.notes.append(f"left out, as nothing may be mounted here: {error.strerror}")
            return
        home = Home(place)
        try:
            setting_up(home)
            for _ in range(min(20, max(3, round(TIMES * share) // 2))):
                weights = [each.weight for each in chosen]
                operation = dice.choices(chosen, weights)[0]
                _fill(tally, home, small, operation, dice.randrange(1 << 32))
        finally:
            sandbox.unmount(small)
            home.clear()


def _fill(tally: Tally, home: Home, disk: Path, operation: Operation, seed: int) -> None:
    """Fill the disk, do the operation, look; make room, look again and do it again."""
    dice = random.Random(seed)
    name = dice.choice(NAMES[4:] if operation.new else NAMES[:4])
    before = home.stored()
    assert isinstance(before, Stored), before
    if operation.new and name in before.sitters:
        home.command("forget", name, "--yes").wait()
    elif not operation.new and name not in before.sitters:
        home.plant(name)
    before = home.stored()
    assert isinstance(before, Stored), before
    room = dice.choice(_ROOM)
    ballast = disk / _BALLAST
    _take(disk, ballast, room)
    where = f"disk seed {seed}, {operation.name}, {room} bytes left of {disk.name}"
    tally.count(operation.name)
    ended = operation.begin(home, name, dice).wait()
    if ended.trace or ended.timed_out:
        tally.fail("traceback", f"{where}: {ended.trace or 'it hangs'}")
    if b"forgotten: nothing" in ended.said and ended.code:
        tally.fail("wrong", f"{where}: it was forgotten, and failed with {ended.code}")
    full = home.stored()
    if isinstance(full, Outcome):
        tally.fail("damaged", f"{where}: can't be read while full: {full.said[-400:]!r}")
    ballast.unlink()
    after = home.stored()
    if isinstance(after, Outcome):
        tally.fail("damaged", f"{where}: can't be opened afterwards: {after.said[-400:]!r}")
        return
    for state in (full, after):
        if isinstance(state, Stored) and (gone := lost(before, state, [name])):
            tally.fail("lost", f"{where}: {gone} are not as they were")
    if not operation.allowed(before, after, name):
        tally.fail("damaged", f"{where}: {before.sitters.get(name)}, now {after.sitters.get(name)}")
    for fault in (*home.faults(), *home.torn()):
        tally.fail("leftover", f"{where}: {fault}")
        for left in home.out.rglob(fault.partition(":")[0]):
            left.unlink()
    for leak in home.plain():
        tally.fail("plain", f"{where}: {leak}")
    if operation.name.startswith("forget") and name not in after.sitters:
        return
    again = operation.begin(home, name, dice).wait()
    if again.trace or b"space" in again.said:  # that somebody is stored already is no fault
        tally.fail("wrong", f"{where}: with room it ends with {again.code}: {again.said[-300:]!r}")


def _take(disk: Path, ballast: Path, room: int) -> None:
    """Leave `room` bytes on the disk."""
    handle = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in (1 << 20, 4_096):  # to the last page
            with suppress(OSError):
                while os.write(handle, bytes(size)):
                    pass
        os.ftruncate(handle, max(0, os.fstat(handle).st_size - room))
    finally:
        os.close(handle)
