"""Writes sidecars so that each can be taken back: what it was is on disk before it changes.

The records lie in a hidden folder beside the frames, one file for each sidecar. They hold what the
sidecar was, what was added, and nothing of a face.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import SidecarUnreadable, WriteFailed
from ..files import discard_parts, make_folder, write_file
from .sidecar import Verdict, Written, merged, without

FOLDER = ".headshots-cull"
_LARGEST = 64_000_000  # bytes of a record


@dataclass(frozen=True)
class Record:
    """What happened to one sidecar.

    sidecar: its path from the culled folder.
    before: its bytes as they were; None where there was no file.
    states: SHA-256, hex, of the bytes that were written, and of those that stood there until then.
    written: what was added.
    """

    sidecar: str
    before: bytes | None
    states: tuple[str, ...]
    written: Written

    def is_ours(self, data: bytes) -> bool:
        """Whether nobody has changed the sidecar since we wrote it."""
        return _digest(data) in self.states


class Journal:
    """The sidecars below `folder`, and what they were."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check_writable(self) -> None:
        """Raise WriteFailed if the folder can't be written: a card with its lock on, say."""
        if not os.access(self._folder, os.W_OK):
            raise WriteFailed(
                f"{self._folder} can't be written",
                "Copy the frames to a disk first, or see what would be written by --dry-run.",
            )

    def write(self, sidecar: Path, verdict: Verdict, *, replace: bool = False) -> Written:
        """Merge `verdict` into the sidecar, and keep what it was; returns what was written.

        See `sidecar.merged` for `replace`.

        Raises:
            SidecarUnreadable: it is no XMP that can be edited; it stays as it is.
            WriteFailed: no permission, no room.
        """
        now = _read(sidecar)
        record = self._record(self._place(sidecar))
        before = self._before(sidecar, now, record)
        data, written = merged(before, sidecar.name, verdict, replace=replace)
        if now == data and record is not None:
            return record.written
        states = (_digest(data), *([] if now is None or now == before else [_digest(now)]))
        new = Record(str(sidecar.relative_to(self._folder)), before, states, written)
        make_folder(self._folder / FOLDER)
        write_file(self._place(sidecar), _encoded(new))
        write_file(sidecar, data)
        return written

    def preview(self, sidecar: Path, verdict: Verdict, *, replace: bool = False) -> Written:
        """What `write` would write; raises as it does."""
        before = self._before(sidecar, _read(sidecar), self._record(self._place(sidecar)))
        return merged(before, sidecar.name, verdict, replace=replace)[1]

    def undo(self) -> Iterator[tuple[Path, str]]:
        """Take back all that was written; tells each sidecar and what became of it.

        "restored": every byte is what it was, or the file is gone where there was none. "cleaned":
        somebody has changed it since, and only what we added was taken out. A sidecar that can't be
        read any more is left, with the reason.
        """
        for place in sorted((self._folder / FOLDER).glob("*.json")):
            record = self._record(place)
            if record is None:
                continue
            sidecar = self._folder / record.sidecar
            try:
                outcome = self._undone(sidecar, record)
            except SidecarUnreadable as error:
                yield sidecar, str(error)
                continue
            place.unlink()
            yield sidecar, outcome
        with suppress(OSError):  # another program's files may lie in it
            (self._folder / FOLDER).rmdir()

    def _undone(self, sidecar: Path, record: Record) -> str:
        discard_parts(sidecar)
        now = _read(sidecar)
        if now is None or now == record.before:
            return "restored"
        if not record.is_ours(now):
            write_file(sidecar, without(now, sidecar.name, record.written))
            return "cleaned"
        if record.before is None:
            sidecar.unlink()
        else:
            write_file(sidecar, record.before)
        return "restored"

    def _before(self, sidecar: Path, now: bytes | None, record: Record | None) -> bytes | None:
        """The sidecar as it would be without us."""
        if record is None or now is None or now == record.before:
            return now
        return record.before if record.is_ours(now) else without(now, sidecar.name, record.written)

    def _place(self, sidecar: Path) -> Path:
        relative = str(sidecar.relative_to(self._folder))
        return self._folder / FOLDER / f"{_digest(relative.encode())[:32]}.json"

    def _record(self, place: Path) -> Record | None:
        data = _read(place)
        return None if data is None else _decoded(data, place)


def _read(path: Path) -> bytes | None:
    try:
        if path.stat().st_size > _LARGEST:
            raise SidecarUnreadable(f"{path.name} is larger than any sidecar", "Move it away.")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SidecarUnreadable(
            f"{path.name} can't be opened: {error.strerror}", "Check that you may read it."
        ) from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _encoded(record: Record) -> bytes:
    values = asdict(record)
    before = None if record.before is None else base64.b64encode(record.before).decode()
    return json.dumps(values | {"before": before}).encode()


def _decoded(data: bytes, place: Path) -> Record:
    try:
        values: dict[str, Any] = json.loads(data)
        before = values["before"]
        said: dict[str, Any] = values["written"]
        return Record(
            str(values["sidecar"]),
            None if before is None else base64.b64decode(before, validate=True),
            tuple(values["states"]),
            Written(
                said["rating"],
                said["label"],
                tuple(said["keywords"]),
                said["former_rating"],
                said["former_label"],
            ),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SidecarUnreadable(
            f"The record {place} of an earlier cull is damaged",
            "Move it away; the sidecar that it is about then stays as it is.",
        ) from error
