"""Works on one person, from photos to delivered files, on any engine's worker."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import Cancelled, ConsentError, HeadshotsError, NoFace, PhotoError, SeveralFaces
from ..faces import ANALYSERS
from ..framing.common import Prices
from ..generation import LOOKS, framed
from ..generation.team_framing import cannot_carry, room_of, unenrolled
from ..identity.codec import to_bytes
from ..identity.identity import Identity
from ..photos import Photo, read_photo
from ..progress import Progress
from ..recipes.actions.images import entered
from ..recipes.actions.pictures import LONGEST
from ..recipes.graph import Link
from ..recipes.runner import Handed, run
from ..recipes.runner import Results as Outputs
from ..recipes.step import Kind
from ..recipes.steps import CONTACT_SHEET, DELIVER_PICTURES
from ..recipes.values import lines
from ..scorecard import Scorecard
from ..scoring.selection import what_to_add
from ..scoring.team_consistency import Figures, figures
from ..scratch import scratch
from ..settings import settings
from ..vault.consent import agreed, require
from ..vault.policy import retention_days
from .needs import coached, noticed, rejections
from .outcome import Outcome, failed
from .people import Person
from .plan import Plan, chosen

_FRAMED = 1000  # pixels of the longest side at which photos are asked for their room
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """The work on one person, as sent to a worker.

    photos: file names, each with its content or its path.
    document: of the plan's recipe.
    handing_back: the enrolled identity is returned, to be stored.
    only_room: nothing is made; what framings the photos can carry is returned.
    """

    document: Mapping[str, Any]
    name: str
    folder: str
    consent: str
    inputs: str
    photos: Sequence[tuple[str, bytes | Path]]
    handing_back: bool = False
    only_room: bool = False


@dataclass(frozen=True)
class WorkResult:
    """The result for one person.

    files: content by name.
    identity: as bytes; empty where it isn't to be stored.
    rooms: for each of the plan's looks `unframed` what the person's photos can carry, where only
        that was asked; empty where they don't consent or no photo can be used.
    """

    outcome: Outcome
    files: Mapping[str, bytes]
    identity: bytes = b""
    rooms: Sequence[Prices] = ()


def task_for(person: Person, plan: Plan, *, only_room: bool = False) -> Task:
    """The work on `person`, whose photos are read from their files by the worker."""
    return Task(
        document=plan.dressing(person).recipe.document(),
        name=person.name,
        folder=person.folder,
        consent=person.consent,
        inputs=plan.inputs_of(person),
        photos=[(path.name, path) for path in person.photos],
        handing_back=bool(plan.saving) and not only_room,
        only_room=only_room,
    )


def work(task: Task, stopped: Callable[[], bool] = lambda: False) -> WorkResult:
    """Run the recipe for one person: enrol, generate, score, keep, refine, deliver.

    Faults of their photos or consent become the outcome and raise no error.

    Raises:
        Cancelled: `stopped` returned True.
    """
    begun = monotonic()
    progress = Progress(stopped=stopped)
    if task.only_room:
        return WorkResult(
            Outcome(task.name, task.folder, "waiting"), {}, rooms=_rooms(task, progress)
        )
    outcome = Outcome(task.name, task.folder, "rejected", task.inputs)
    with scratch() as folder:
        needs: list[str] = []
        photos: list[Photo] = []
        judged: list[Scorecard] = []
        identity = b""
        try:
            photos = list(_readable(task, needs, progress))
            outcome, judged, enrolled = _run(task, photos, folder, outcome, progress)
            identity = to_bytes(enrolled) if task.handing_back else b""
        except Cancelled:
            raise
        except ConsentError as error:
            outcome, photos = failed(outcome, error.code, error.what, error.remedy), []
        except HeadshotsError as error:
            outcome = failed(outcome, error.code, error.what, error.remedy)
        except Exception as error:
            # The text of an unexpected error may hold a path or a name; its type holds neither.
            _LOG.error("a person failed by %s", type(error).__name__)
            kind = type(error).__name__
            outcome = failed(
                outcome,
                "internal.error",
                f"{kind}, a fault in headshots",
                "Run headshots on these photos with HEADSHOTS_DEBUG=1, and please report it.",
            )
        if outcome.state != "delivered":
            # The coach's advice includes what enrolment noticed.
            advice = coached(photos, progress)
            outcome = replace(outcome, needs=() if advice else outcome.needs)
            needs = [*what_to_add(judged), *needs, *advice]
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    named = _named(outcome)
    files = {named.get(name, name): data for name, data in files.items()}
    outcome = replace(outcome, files=tuple(named.values()))
    unique = tuple(dict.fromkeys((*outcome.needs, *needs)))
    took = round(monotonic() - begun, 3)
    return WorkResult(replace(outcome, needs=unique, seconds=took), files, identity)


def _rooms(task: Task, progress: Progress) -> list[Prices]:
    """See `WorkResult.rooms`. A fault has no say here; it is told when their pictures are made."""
    plan = Plan.of(task.document, {})
    face = plan.recipe.nodes[plan.enrol].inputs["face"]
    try:
        require(agreed(task.name, task.consent, days=retention_days()), "generate", task.name)
        photos = unenrolled(
            _small(task, progress),
            ANALYSERS.get(settings().analyser),
            face if isinstance(face, str) else "only",
        )
        return [room_of(photos, LOOKS[name]) for name in plan.unframed] if photos else []
    except Cancelled:
        raise
    except HeadshotsError:
        return []
    except Exception as error:  # as in `work`
        _LOG.error("a person's photos could not be framed by %s", type(error).__name__)
        return []


def _small(task: Task, progress: Progress) -> Iterator[Photo]:
    """The photos that can be read, reduced."""
    for name, data in task.photos:
        progress.check()
        with suppress(PhotoError):
            yield read_photo(data, name=name, longest=_FRAMED)


def _readable(task: Task, needs: list[str], progress: Progress) -> list[Photo]:
    """The photos that can be read; for each of the others the reason is added to `needs`.

    Raises:
        PhotoError: none can be read; the error of the last one.
    """
    photos: list[Photo] = []
    for name, data in task.photos:
        progress.check()
        try:
            photos.append(read_photo(data, name=name, longest=LONGEST))
        except PhotoError as error:
            if not photos and name == task.photos[-1][0]:
                raise
            needs.append(f"{error.what}. {error.remedy}")
    return photos


def _run(
    task: Task, photos: list[Photo], folder: str, outcome: Outcome, progress: Progress
) -> tuple[Outcome, list[Scorecard], Identity]:
    """The outcome, the last scorecard of each judged picture, and the identity."""
    plan = Plan.of(task.document, {})
    recipe = plan.of_person(task.name, task.consent, folder)
    outputs = run(recipe, progress=progress, handed={plan.photos: Handed((photos,), "")})
    paths = [
        Path(path)
        for id in outputs.of(DELIVER_PICTURES.id)
        for path in lines(outputs.get(id, "paths"))
    ]
    cards = _judged(outputs)
    keepers = sorted((card for card in cards if card.verdict == "keep"), key=lambda card: card.rank)
    best = keepers[0] if keepers else None
    sheets = any(True for _ in outputs.of(CONTACT_SHEET.id))
    ended = replace(
        outcome,
        state="delivered" if paths else "rejected",
        files=tuple(path.name for path in paths),
        sheet="contact-sheet.html" if sheets else "",
        likeness=_finite(best.likeness) if best else None,
        percentile=_finite(best.percentile) if best else None,
        reasons=best.reasons if best else tuple(rejections(cards)),
        needs=(*noticed(outputs.get(plan.enrol, "report")), *_unlike(plan, outputs)),
        figures=_figures(outputs) if paths else {},
    )
    return ended, cards, outputs.get(plan.enrol, "identity")


def _unlike(plan: Plan, outputs: Outputs) -> Iterator[str]:
    """That the sitter's photos can't carry the framing of a matched set."""
    identity: Identity = outputs.get(plan.enrol, "identity")
    for node in plan.looks:
        head, eye_line = (float(str(node.inputs[each])) for each in ("head", "eye_line"))
        for name in chosen(node):
            look = framed(LOOKS[name], head, eye_line)
            if (said := cannot_carry(identity, look)) is not None:
                yield said


def _judged(outputs: Outputs) -> list[Scorecard]:
    """The last scorecard of each picture that was judged."""
    latest: dict[str, Scorecard] = {}
    for id, values in outputs.outputs.items():
        for declared, value in zip(outputs.recipe.nodes[id].step.outputs, values, strict=True):
            if declared.kind is Kind.PICTURES:
                cards = [each.scorecard for each in value if each.scorecard]
                latest |= {card.picture: card for card in cards if card.verdict != "pending"}
    return list(latest.values())


def _figures(outputs: Outputs) -> Figures:
    """The figures of the first delivered picture that a team is compared by."""
    link = outputs.recipe.nodes[next(outputs.of(DELIVER_PICTURES.id))].inputs["pictures"]
    assert isinstance(link, Link)  # an input of that kind has no constant
    (first, *_) = entered(outputs.outputs[link.node][link.slot])
    try:
        return figures(first)
    except (NoFace, SeveralFaces):
        return {}


def _named(outcome: Outcome) -> dict[str, str]:
    """New names for the delivered files, after the person instead of by number."""
    if len(outcome.files) != 1:
        return {name: f"{outcome.folder} {name}" for name in outcome.files}
    (name,) = outcome.files
    end = re.fullmatch(r"\d*(.*)", name)
    return {name: f"{outcome.folder}{end[1] if end else Path(name).suffix}"}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
