"""One framing for everybody of a matched batch, settled before anybody is made.

A first pass asks the photos of all people for their room (work.py); only prices come back. The
choice is kept beside the results, so that a resumed batch, and who joins it later, has the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import write_file
from ..framing.common import Prices
from ..generation import LOOKS, Look
from ..generation.team_framing import TeamLook, framed, team_look
from ..progress import Progress
from .engine import Engine
from .people import Person
from .plan import Plan
from .work import task_for

FILE = "framing.json"


@dataclass(frozen=True)
class Choice:
    """The framing of a look that a batch is made with.

    own: head size and eye line of the look itself.
    head, eye_line: the common ones.
    said: the same in words, with how many people's photos can carry it.
    """

    own: tuple[float, float]
    head: float
    eye_line: float
    said: str

    @classmethod
    def of(cls, look: Look, common: TeamLook) -> Choice:
        framing = common.look.framing
        return cls(_own(look), framing.head, framing.eyes, common.said)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Choice:
        """The choice whose fields, as JSON has them, are in `value`.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        head, eyes = value["own"]
        return cls(
            (float(head), float(eyes)),
            float(value["head"]),
            float(value["eye_line"]),
            str(value["said"]),
        )


Choices = Mapping[str, Choice]


def kept_choices(plan: Plan, folder: Path) -> Choices | None:
    """The choices of an earlier run in `folder` for the looks of `plan`; None where they don't fit
    or there are none.
    """
    try:
        records: Mapping[str, Mapping[str, Any]] = json.loads((folder / FILE).read_text("utf-8"))
        choices = {name: Choice.from_json(records[name]) for name in plan.unframed}
        for name, choice in choices.items():
            look = LOOKS[name]
            if _own(look) != choice.own:
                return None
            framed(look, choice.head, choice.eye_line)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InputError):
        return None
    return choices


def choose(
    people: Sequence[Person],
    plan: Plan,
    folder: Path,
    engine: Engine,
    check: Callable[[], Collection[str]],
    progress: Progress,
) -> Choices:
    """Settle the framing of the looks of `plan` by the photos of `people`, and keep it in `folder`.

    check: see `Engine.run`.

    Raises:
        WriteFailed: the folder can't be written.
        Cancelled: stopped through `check`.
    """
    looks = [LOOKS[name] for name in plan.unframed]
    rooms: list[dict[str, Prices]] = [{} for _ in looks]
    included = [
        person for person in people if person.fault is None and person.folder not in check()
    ]
    tasks = (task_for(person, plan, only_room=True) for person in included)
    with closing(engine.run(tasks, check)) as running:
        for number, result in enumerate(running, 1):
            progress.update(0.0, f"Framing: the photos of {number} of {len(included)} people")
            for room, prices in zip(rooms, result.rooms, strict=False):
                room[result.outcome.folder] = prices
    choices = {
        look.name: Choice.of(look, team_look(look, room))
        for look, room in zip(looks, rooms, strict=True)
    }
    records = {name: asdict(choice) for name, choice in choices.items()}
    write_file(folder / FILE, json.dumps(records, indent=1).encode(), mode=0o600)
    return choices


def _own(look: Look) -> tuple[float, float]:
    return look.framing.head, look.framing.eyes
