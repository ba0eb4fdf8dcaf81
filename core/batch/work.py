"""One person, from photos to delivered files. Runs where there is room: here or on a worker."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import Cancelled, ConsentError, HeadshotsError, NoFace, PhotoError, SeveralFaces
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
from .needs import coached, noticed, rejections
from .outcome import Outcome, failed
from .plan import Plan

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What a worker needs to know of a person. photos: file names with their content, or where
    it is.

    document: of the plan's recipe. handing_back: who they are is handed back, to be stored.
    """

    document: Mapping[str, Any]
    name: str
    folder: str
    consent: str
    inputs: str
    photos: Sequence[tuple[str, bytes | Path]]
    handing_back: bool = False


@dataclass(frozen=True)
class Made:
    """What came of it: files by name. identity: its bytes; empty where it isn't to be stored."""

    outcome: Outcome
    files: Mapping[str, bytes]
    identity: bytes = b""


def work(task: Task, stopped: Callable[[], bool] = lambda: False) -> Made:
    """Enrol, generate, score, keep, refine and deliver one person.

    Whatever is wrong with their photos or consent is the outcome, and no error.

    Raises:
        Cancelled: `stopped` answered True.
    """
    begun = monotonic()
    progress = Progress(stopped=stopped)
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
            # The text of a stranger's error may hold a path or a name; its type holds neither.
            _LOG.error("a person failed by %s", type(error).__name__)
            kind = type(error).__name__
            outcome = failed(
                outcome,
                "internal.error",
                f"{kind}, a fault in headshots",
                "Run headshots on these photos with HEADSHOTS_DEBUG=1, and please report it.",
            )
        if outcome.state != "delivered":
            # The coach says what enrolment noticed, and more.
            advice = coached(photos, progress)
            outcome = replace(outcome, needs=() if advice else outcome.needs)
            needs = [*what_to_add(judged), *needs, *advice]
        files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    named = _named(outcome)
    files = {named.get(name, name): data for name, data in files.items()}
    outcome = replace(outcome, files=tuple(named.values()))
    unique = tuple(dict.fromkeys((*outcome.needs, *needs)))
    took = round(monotonic() - begun, 3)
    return Made(replace(outcome, needs=unique, seconds=took), files, identity)


def _readable(task: Task, needs: list[str], progress: Progress) -> list[Photo]:
    """The photos that can be read; of each other one, why not, is added to `needs`.

    Raises:
        PhotoError: of the last one, where none can be read.
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
    """What became of them, the last scorecard of each picture that was judged, and who they are."""
    plan = Plan.of(task.document, {})
    recipe = plan.of_person(task.name, task.consent, folder)
    outputs = run(recipe, progress=progress, handed={plan.photos: Handed((photos,), "")})
    paths = [
        Path(path)
        for id in outputs.of(DELIVER_PICTURES.id)
        for path in lines(outputs.get(id, "paths"))
    ]
    cards = _judged(outputs)
    kept = sorted((card for card in cards if card.verdict == "keep"), key=lambda card: card.rank)
    best = kept[0] if kept else None
    sheets = any(True for _ in outputs.of(CONTACT_SHEET.id))
    ended = replace(
        outcome,
        state="delivered" if paths else "rejected",
        files=tuple(path.name for path in paths),
        sheet="contact-sheet.html" if sheets else "",
        likeness=_known(best.likeness) if best else None,
        percentile=_known(best.percentile) if best else None,
        reasons=best.reasons if best else tuple(rejections(cards)),
        needs=noticed(outputs.get(plan.enrol, "report")),
        figures=_figures(outputs) if paths else {},
    )
    return ended, cards, outputs.get(plan.enrol, "identity")


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
    """What the first delivered picture is like beside those of others."""
    link = outputs.recipe.nodes[next(outputs.of(DELIVER_PICTURES.id))].inputs["pictures"]
    assert isinstance(link, Link)  # an input of that kind has no constant
    (first, *_) = entered(outputs.outputs[link.node][link.slot])
    try:
        return figures(first)
    except (NoFace, SeveralFaces):
        return {}


def _named(outcome: Outcome) -> dict[str, str]:
    """How the delivered files are called, whose recipe numbers them: after the person."""
    if len(outcome.files) != 1:
        return {name: f"{outcome.folder} {name}" for name in outcome.files}
    (name,) = outcome.files
    end = re.fullmatch(r"\d*(.*)", name)
    return {name: f"{outcome.folder}{end[1] if end else Path(name).suffix}"}


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
