"""The command `batch`, for team shoots."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BatchIncomplete, InputError
from ..recipes.documents import built_in_names, named_or_file
from ..recipes.steps import CHOOSE_LOOK
from .comfyui import AllowRemote, Comfy, name_comfyuis
from .declared import Json, option
from .output import Output
from .recipes import assignments

if TYPE_CHECKING:
    from ..batch.engine import Engine


def batch(
    people: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="A folder with a folder for each person, named after them, with their photos and "
            "consent.txt or consent.json in it; or a CSV file with the columns name, photos and "
            "consent, and dress and colour for a recipe with the step Clothes.",
        ),
    ],
    look: Annotated[str, option(CHOOSE_LOOK, "looks", "--look", "-l")] = "team-neutral",
    recipe: Annotated[
        str,
        typer.Option(
            metavar="RECIPE",
            help="The recipe to run for each person: a JSON file, or the name of one that comes "
            "with headshots.",
        ),
    ] = "one_of_a_team",
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="INPUT=VALUE",
            help="Change an input of the recipe, such as size=linkedin, count=12 or keep=2.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to deliver into.")
    ] = Path("batch"),
    workers: Annotated[
        int,
        typer.Option(min=0, max=256, help="People worked on at once; 0: one for each core."),
    ] = 0,
    ray: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Run on the Ray cluster at that address, or on this machine's with 'auto'.",
        ),
    ] = "",
    comfy: Comfy = None,
    allow_remote: AllowRemote = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue the batch in that folder. People who are done are skipped if their "
            "photos, consent and recipe are the same.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Make headshots of a whole company, matched, with a report that says who needs what."""
    from ..batch.batch import run_batch
    from ..batch.people import read_people
    from ..batch.plan import Plan
    from ..batch.report import PAGE
    from ..isolation import reading_apart
    from ..passphrase import PASSPHRASE
    from ..settings import settings
    from ..vault import ask_early

    name_comfyuis(comfy, allow_remote)
    if ray and settings().comfy:
        raise InputError("--ray and --comfy don't go together", "Give one of them.")
    plan = Plan.of(named_or_file(recipe, built_in_names()), assignments(set), look)
    if ray:
        plan.require_nothing_stored()
    if PASSPHRASE.asks:  # now, as a prompt would be lost in the progress output
        ask_early(storing=bool(plan.saving))
    with reading_apart():
        everybody = read_people(people)
    plan.require_clothes(everybody)
    output = Output(json)
    with (
        _engine(ray, min(workers or os.cpu_count() or 1, len(everybody)), plan.paints) as engine,
        output.progress() as progress,
    ):
        outcomes = run_batch(
            everybody,
            plan,
            out,
            engine,
            title=people.resolve().name,
            resume=resume,
            progress=progress,
        )
    output.result({"report": str(out / PAGE), "people": outcomes})
    output.table(
        ("Person", "State", "Likeness", "Why", "Photos needed, and why"),
        [
            (
                each.name,
                each.state,
                "" if each.likeness is None else f"{each.likeness:.3f}",
                "; ".join([each.what] if each.what else each.reasons),
                "; ".join(each.needs),
            )
            for each in outcomes
        ],
    )
    output.line(f"The report is {out / PAGE}.")
    short = [each for each in outcomes if each.state != "delivered"]
    if short:
        raise BatchIncomplete(
            f"{len(short)} of {len(outcomes)} people have no picture",
            f"{out / PAGE} says who needs what. Correct their folders and run with --resume.",
        )


@contextmanager
def _engine(ray: str, workers: int, paints: bool) -> Generator[Engine]:
    if not ray:
        from ..batch.local import Processes

        yield Processes(workers, paints=paints)
        return
    from ..batch.cluster import cluster

    with cluster(ray, paints=paints) as joined:
        yield joined
