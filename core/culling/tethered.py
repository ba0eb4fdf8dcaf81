"""A tethered shoot: each new frame is judged, put to the current person, and their best named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import numpy as np

from .arrivals import Arrivals
from .choice import Judged, judge
from .likeness import same_person_limit, unit
from .measures import Measures, measure

_UNNAMED = "Somebody"  # until a slate or the keyboard says who it is


@dataclass(frozen=True)
class News:
    """What is said of a new frame.

    person: whose it is; empty where it was put to nobody.
    stars: -1 where it has none. best: whether it is their best so far.
    reason: why, or why it was put to nobody.
    seconds: from when it was found whole until it was judged.
    """

    name: str
    person: str
    stars: int
    best: bool
    reason: str
    seconds: float


@dataclass(eq=False)
class _Person:
    frames: list[tuple[Path, Measures]] = field(default_factory=list[tuple[Path, Measures]])

    def judged(self) -> list[Judged]:
        return judge([each for _, each in self.frames], [path.name for path, _ in self.frames], 1)

    def best(self) -> Path | None:
        ranks = [each.rank for each in self.judged()] if self.frames else []
        return self.frames[ranks.index(1)][0] if ranks else None

    def shows(self, frame: Measures) -> bool:
        """Whether a frame shows whom the others show."""
        if not self.frames:
            return True
        mean = np.mean([each.embedding for _, each in self.frames], axis=0)
        return float(frame.embedding @ unit(mean)) >= same_person_limit()


class Tethered:
    """The people in front of the camera and their frames. What their faces are known by is in
    memory, while the shoot runs.

    Attributes:
        person: who is in front of the camera.
    """

    def __init__(self, folder: Path, person: str = "") -> None:
        self.person = person or _UNNAMED
        self._arrivals = Arrivals(folder)
        self._people: dict[str, _Person] = {}
        self._presses: set[Path] = set()  # RAW and JPEG of one press are one frame

    @property
    def there(self) -> bool:
        """Whether the folder is there."""
        return self._arrivals.there

    @property
    def best(self) -> Path | None:
        """The best frame of the current person so far; None before their first."""
        known = self._people.get(self.person)
        return known.best() if known else None

    def look(self, tell: Callable[[News], None]) -> None:
        """Judge what has come since the last look, and `tell` of each frame.

        Raises:
            SetupError: weights are missing.
        """
        for path in self._arrivals.look():
            if path.with_suffix("") not in self._presses:
                self._judge(path, tell)
        for path in self._arrivals.given_up():
            tell(News(path.name, "", -1, False, "It can't be read", 0.0))

    def _judge(self, path: Path, tell: Callable[[News], None]) -> None:
        start = monotonic()
        frame = measure(path)
        if frame.fault:  # perhaps it is still being written
            self._arrivals.unreadable(path)
            return
        self._presses.add(path.with_suffix(""))

        def said(person: str, reason: str, stars: int = -1, best: bool = False) -> None:
            tell(News(path.name, person, stars, best, reason, monotonic() - start))

        if frame.slate:
            self.person = frame.slate
            said(self.person, f"The slate of {self.person}")
            return
        if not frame.faces:
            said("", "No face was found")
            return
        known = self._people.setdefault(self.person, _Person())
        if not known.shows(frame):
            said("", f"Another face than in the frames of {self.person}: who is it?")
            return
        known.frames.append((path, frame))
        verdict = known.judged()[-1]
        said(self.person, verdict.verdict.reason, verdict.verdict.rating, verdict.rank == 1)
