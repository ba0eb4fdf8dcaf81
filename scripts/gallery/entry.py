"""What the gallery says of one picture and of one person, as `gallery.json` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headshots.core.scorecard import Verdict

KEPT, DELIVERABLE, REFUSED = "kept", "deliverable", "refused"
VERDICTS: Mapping[Verdict, str] = {"keep": KEPT, "spare": DELIVERABLE, "reject": REFUSED}


@dataclass(frozen=True)
class Entry:
    """One picture of one person.

    title: the look's. verdict: KEPT, DELIVERABLE (good enough, but others were kept before it) or
        REFUSED.
    reasons: as the scorecard says them; where no picture could be made, the error.
    defects: values of the measures that it is refused for, by name; an error has its code, with 1.
    file: relative to the gallery's folder; empty, as sha256 is, where there is no picture.
    photo: that the picture was made from.
    head_size, eye_line, likeness, percentile: None where they weren't measured.
    measures: values of all measures, by name. notes: as the scorecard says them.
    """

    person: str
    look: str
    title: str
    verdict: str
    reasons: tuple[str, ...]
    defects: Mapping[str, float]
    file: str = ""
    sha256: str = ""
    photo: str = ""
    likeness: float | None = None
    percentile: float | None = None
    head_size: float | None = None
    eye_line: float | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """One person. photos: how many were given. refused: "photo: why" of each not enrolled."""

    name: str
    photos: int
    refused: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def usable(self) -> int:
        """How many pictures the judge would let a photographer deliver."""
        return sum(each.verdict != REFUSED for each in self.entries)
