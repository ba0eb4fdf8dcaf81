"""The outcome of a person, and their folder of results, which is complete or absent.

These folders are the run's only record. Each is created by one rename, with the delivered files and
`outcome.json` in it. So a run that was killed at any moment can be resumed, and nobody is done
twice.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import WriteFailed
from ..files import make_folder

PEOPLE, FILE, _PARTS = "people", "outcome.json", ".unfinished"
# Error families whose cause is the machine, and not the person's photos or consent.
_PASSING = ("setup", "weights", "delivery", "batch", "comfyui", "internal")

State = Literal["delivered", "rejected", "failed", "waiting"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one person.

    state: "rejected": pictures were made, but none is good enough; "waiting": the run was stopped
        before their turn.
    inputs: a hash of all inputs.
    files: names of the delivered files, in the person's folder.
    likeness, percentile: of the best picture kept.
    reasons: why it was kept, or why pictures were rejected.
    needs: which photos they need, and why, in words.
    code, what, remedy: of a failure.
    figures: by trait, as `scoring.team_consistency.figures` gives them.
    seconds: of work.
    """

    name: str
    folder: str
    state: State
    inputs: str = ""
    files: tuple[str, ...] = ()
    sheet: str = ""
    likeness: float | None = None
    percentile: float | None = None
    reasons: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    code: str = ""
    what: str = ""
    remedy: str = ""
    figures: Mapping[str, Sequence[float] | None] = field(
        default_factory=dict[str, Sequence[float] | None]
    )
    seconds: float = 0.0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Outcome:
        """The outcome whose fields, as JSON has them, are in `value`.

        Raises:
            KeyError, TypeError: it is something else.
        """
        fields = dict(value)
        for name in ("files", "reasons", "needs"):
            fields[name] = tuple(value[name])
        return cls(**fields)

    @property
    def final(self) -> bool:
        """Whether another run on the same inputs would give the same outcome."""
        passing = self.state == "failed" and self.code.partition(".")[0] in _PASSING
        return self.state != "waiting" and not passing


class Results:
    """The folder that a batch delivers into.

    Raises:
        WriteFailed: from every method, where the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._people = folder / PEOPLE
        self._parts = folder / _PARTS
        make_folder(self._people)
        shutil.rmtree(self._parts, ignore_errors=True)  # of a run that was killed

    def outcome(self, folder: str) -> Outcome | None:
        """The outcome of an earlier run for the person with that folder; None if there is none."""
        try:
            value: dict[str, Any] = json.loads((self._people / folder / FILE).read_text("utf-8"))
            return Outcome.from_json(value)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def place(self, folder: str) -> Path:
        """The path of a person's folder."""
        return self._people / folder

    def delivered(self, outcome: Outcome | None) -> bool:
        """Whether a delivered file still exists."""
        return outcome is not None and any(
            (self.place(outcome.folder) / name).exists() for name in outcome.files
        )

    def places(self, folder: str, names: Iterable[str]) -> list[Path]:
        """All paths at which files can be while a folder is replaced: new, present and old."""
        place, old = self.place(folder), self._parts / f"{folder}.old"
        before = [path.name for path in place.iterdir()] if place.exists() else []
        return [each / name for name in {FILE, *names, *before} for each in (place, old)]

    def parts(self, folder: str, names: Iterable[str]) -> list[Path]:
        """The temporary paths of files of those names, until the folder is complete."""
        return [self._parts / folder / name for name in {FILE, *names}]

    def any(self) -> bool:
        """Whether there are results of an earlier run."""
        return any(self._people.iterdir())

    def put(self, outcome: Outcome, files: Mapping[str, bytes]) -> Outcome:
        """Write the person's folder in one step, replacing an older one."""
        part, place = self._parts / outcome.folder, self._people / outcome.folder
        written = {**files, FILE: json.dumps(asdict(outcome), indent=1).encode()}
        try:
            part.mkdir(parents=True)
            for name, data in written.items():
                _write(part / name, data, 0o666 if name in outcome.files else 0o600)
            _settle(part)
            if place.exists():
                old = part.with_name(f"{outcome.folder}.old")
                place.rename(old)
                part.rename(place)
                shutil.rmtree(old)
            else:
                part.rename(place)
            _settle(self._people)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise WriteFailed(
                f"The pictures of {outcome.name!r} can't be written: {error.strerror}",
                "Make room on the disk or check the folder's rights, and go on with --resume.",
            ) from error
        return outcome

    def finish(self) -> None:
        """Remove unfinished folders."""
        shutil.rmtree(self._parts, ignore_errors=True)


def failed(outcome: Outcome, code: str, what: str, remedy: str) -> Outcome:
    """`outcome` as a failure."""
    return replace(outcome, state="failed", code=code, what=what, remedy=remedy)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.touch(mode, exist_ok=False)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Sync the folder's entries to disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
