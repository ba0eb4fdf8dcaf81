"""Culls a folder: measures all frames, stacks them, chooses, and writes sidecars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SidecarUnreadable
from ..progress import SILENT, Progress
from .choice import Judged, judge
from .frames import Frame, Naming, read_frames, sidecars_of, usual_naming
from .journal import Journal
from .measures import Measures
from .stacks import in_order, stacked
from .workers import measured


@dataclass(frozen=True, eq=False)
class Card:
    """The frames of a folder, measured and judged, in shooting order.

    judged: None of a frame that is in no stack.
    """

    folder: Path
    frames: tuple[Frame, ...]
    measures: tuple[Measures, ...]
    judged: tuple[Judged | None, ...]


@dataclass(frozen=True)
class Outcome:
    """What was said of a frame.

    stack, rank, size: see `choice.Judged`; 0 for a frame that was left out.
    rating: the stars that it was given; None for a frame that was left out.
    own: whether a person had rated it, whose stars stay.
    reason: why; of a frame that was left out, why it was.
    sidecars: that were written.
    """

    frame: str
    stack: int
    rank: int
    size: int
    rating: int | None
    own: bool
    reason: str
    sidecars: tuple[str, ...]


def read_card(folder: Path, *, workers: int = 0, progress: Progress = SILENT) -> Card:
    """The frames of `folder`, judged.

    workers: processes; 0 for one a core.

    Raises:
        PhotoNotFound, PhotoUnreadable: see `read_frames`.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    frames = read_frames(folder)
    measures = measured([each.shown for each in frames], progress, workers)
    order = in_order([each.name for each in frames], measures)
    frames, measures = [frames[i] for i in order], [measures[i] for i in order]
    names = [each.name for each in frames]
    judged: list[Judged | None] = [None] * len(frames)
    for number, stack in enumerate(stacked(names, measures), 1):
        called = [frames[i].shown.name for i in stack]
        for place, one in zip(
            stack, judge([measures[i] for i in stack], called, number), strict=True
        ):
            judged[place] = one
    return Card(folder, tuple(frames), tuple(measures), tuple(judged))


def write_verdicts(
    card: Card, *, naming: Naming = "auto", replace: bool = False, dry_run: bool = False
) -> list[Outcome]:
    """Write what is said of each frame to its sidecars; what is said of each, in shooting order.

    A sidecar that can't be edited stays, and the outcome says why.

    replace: ratings and labels of a person's own are replaced.
    dry_run: nothing is written.
    """
    journal, usual = Journal(card.folder), usual_naming(card.frames)
    outcomes: list[Outcome] = []
    for frame, measures, judged in zip(card.frames, card.measures, card.judged, strict=True):
        if judged is None:
            outcomes.append(Outcome(frame.name, 0, 0, 0, None, False, _left_out(measures), ()))
            continue
        sidecars = sidecars_of(frame, naming, usual)
        outcomes.append(_written(journal, frame, judged, sidecars, replace, dry_run))
    return outcomes


def _written(
    journal: Journal,
    frame: Frame,
    judged: Judged,
    sidecars: Sequence[Path],
    replace: bool,
    dry_run: bool,
) -> Outcome:
    verdict = judged.verdict
    rating, own, reason, done = verdict.rating, False, verdict.reason, list[str]()
    write = journal.preview if dry_run else journal.write
    for sidecar in sidecars:
        try:
            written = write(sidecar, verdict, replace=replace)
        except SidecarUnreadable as error:
            reason += f". {error}"
            continue
        done.append(str(sidecar))
        own = own or written.rating is None
    place = (judged.stack, judged.rank, judged.size)
    return Outcome(frame.name, *place, rating, own, reason, tuple(done))


def _left_out(measures: Measures) -> str:
    if measures.fault:
        return measures.fault
    return f"The slate of {measures.slate}" if measures.slate else "No face was found"
