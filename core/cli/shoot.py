"""Commands for the day of a shoot."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from signal import SIGINT, SIGTERM, signal
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import InputError
from ..vault.names import check_name
from .declared import Json
from .output import Output

if TYPE_CHECKING:
    from ..culling.cull import Outcome
    from ..culling.tethered import News, Tethered
    from ..culling.watch_page import WatchPage

_LOOK_SECONDS = 0.2  # between two looks at a folder

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The frames of a card; folders in it are read, too."),
]
Workers = Annotated[
    int, typer.Option(min=0, max=16, help="Processes that look at frames; 0: one for each core.")
]


def cull(
    folder: Folder,
    sidecars: Annotated[
        Literal["auto", "lightroom", "darktable"],
        typer.Option(
            help="How sidecars are called: IMG_1.xmp for Lightroom and Capture One, IMG_1.CR3.xmp "
            "for darktable and digiKam; auto: as those that are there."
        ),
    ] = "auto",
    replace_ratings: Annotated[
        bool,
        typer.Option("--replace-ratings", help="Replace stars and labels that somebody gave, too."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back what cull has written into this folder.")
    ] = False,
    workers: Workers = 0,
    json: Json = False,
) -> None:
    """Judge a card's frames, and name the best of each burst to Lightroom and others by XMP."""
    output = Output(json)
    _require(folder, "Give the folder of a card's frames.")
    if undo and dry_run:
        raise InputError("--undo and --dry-run don't go together", "Give one of them.")
    if undo:
        _undo(folder, output)
        return
    from ..culling.cull import read_card, write_verdicts
    from ..culling.journal import Journal

    if not dry_run:
        Journal(folder).check_writable()  # before minutes of work
    with output.progress() as progress:
        card = read_card(folder, workers=workers, progress=progress)
    outcomes = write_verdicts(card, naming=sidecars, replace=replace_ratings, dry_run=dry_run)
    output.result({"frames": outcomes})
    output.table(
        ("Frame", "Stack", "Stars", "Why"),
        [(each.frame, str(each.stack or ""), _stars(each), each.reason) for each in outcomes],
    )
    stacks = len({each.stack for each in outcomes if each.stack})
    left = sum(not each.stack for each in outcomes)
    own = sum(each.own for each in outcomes)
    written = sum(len(each.sidecars) for each in outcomes)
    output.line(f"{len(outcomes)} frames in {stacks} stacks; {left} without a face were left out.")
    if own:
        output.line(f"{own} frames had stars of somebody's own, which stay.")
    output.line(
        f"{written} sidecars would be written."
        if dry_run
        else f"{written} sidecars are written; --undo takes it back."
    )


def sort(
    folder: Folder,
    by: Annotated[
        Literal["auto", "face", "slate", "order"],
        typer.Option(
            help="face: who looks alike is one person; slate: whose slate was held into the "
            "frames before; order: the people of --people came one after the other; auto: slate "
            "where there is one, else order where a list is given, else face."
        ),
    ] = "auto",
    people: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Who was there: a CSV file with the column name, and consent where it is known.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the list is written.")
    ] = Path("people"),
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a list that is there already.")
    ] = False,
    workers: Workers = 0,
    json: Json = False,
) -> None:
    """Sort a card's frames to people, and write the list of them that `headshots batch` takes."""
    from ..culling.cull import read_card
    from ..culling.people import by_face, by_slate
    from ..culling.people_list import PAGE, TABLE, read_list, write_list

    output = Output(json)
    _require(folder, "Give the folder of a card's frames.")
    if by == "order" and people is None:
        raise InputError(
            "--by order needs a list", "Give --people, a CSV file of who came, in that order."
        )
    listed = read_list(people) if people else []
    names = [each.name for each in listed]
    with output.progress() as progress:
        card = read_card(folder, workers=workers, progress=progress)
    if by == "auto":
        slates = any(each.slate for each in card.measures)
        by = "slate" if slates else "order" if people else "face"
    shoot = by_slate(card) if by == "slate" else by_face(card, names if by == "order" else ())
    consents = {each.name: each.consent for each in listed}
    write_list(card, shoot, out, consents, replace=replace)
    output.result(
        {
            "people": [
                {
                    "name": each.name,
                    "frames": [card.frames[place].name for place in each.frames],
                    "chosen": [card.frames[place].name for place in each.chosen],
                }
                for each in shoot.people
            ],
            "aside": {card.frames[place].name: why for place, why in shoot.aside.items()},
            "list": str(out / TABLE),
        }
    )
    output.table(
        ("Person", "Frames", "Chosen"),
        [(each.name, str(len(each.frames)), str(len(each.chosen))) for each in shoot.people],
    )
    for place, why in sorted(shoot.aside.items()):
        output.line(f"{card.frames[place].name}: {why}")
    output.line(f"Add who agreed on {out / PAGE}, or in the column consent of {out / TABLE}.")
    output.line(f"Then: headshots batch {out / TABLE}")


def slate(
    people: Annotated[
        Path, typer.Argument(metavar="CSV", help="Who comes: a CSV file with the column name.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The PDF to write.")
    ] = Path("slates.pdf"),
    json: Json = False,
) -> None:
    """Print a card with a code for each person, to be held into their first frame."""
    from ..culling.people_list import read_list
    from ..culling.slate_pages import write_slates

    output = Output(json)
    names = [each.name for each in read_list(people)]
    write_slates(names, out)
    output.result({"file": str(out), "people": len(names)})
    output.line(f"{len(names)} slates are in {out}.")


def watch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the camera's program writes frames.")
    ],
    look: Annotated[
        str,
        typer.Option(
            "--look", "-l", help="The look of the best frame on the page; empty: as it is."
        ),
    ] = "team-neutral",
    person: Annotated[str, typer.Option(help="Who is first in front of the camera.")] = "",
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Judge each new frame of a tethered shoot, and show the best one so far on a page.

    A slate in a frame, or a name typed here, says who is in front of the camera. Ctrl+C ends it.
    """
    from ..culling.tethered import Tethered
    from ..culling.watch_page import WatchPage
    from ..generation import find_look
    from ..scratch import scratch

    _require(folder, "Give the folder that frames are written into.")
    chosen = find_look(look) if look else None
    shoot, output, names = Tethered(folder, person), Output(False), _typed_names()
    with scratch() as place:
        page = WatchPage(Path(place), chosen)
        output.line(f"The page is {page.path}. Type a name for the next person; Ctrl+C ends.")
        if browser:
            webbrowser.open(page.path.as_uri())
        try:
            with _stopped_by_signals() as stopped:
                _follow(shoot, page, output, names, stopped)
            output.line("The shoot has ended. Now: headshots cull, headshots sort.")
        finally:
            page.end()


def _require(folder: Path, remedy: str) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", remedy)


@contextmanager
def _stopped_by_signals() -> Generator[Event]:
    """An event that Ctrl+C sets, or the system's wish that we end: work in hand is finished.

    An exception instead may come where nobody can raise it, and is lost then.
    """
    stopped = Event()

    def stop(number: int, frame: object) -> None:
        stopped.set()

    former = {each: signal(each, stop) for each in (SIGINT, SIGTERM)}
    try:
        yield stopped
    finally:
        for each, handler in former.items():
            signal(each, handler)


def _follow(
    shoot: Tethered, page: WatchPage, output: Output, names: SimpleQueue[str], stopped: Event
) -> None:
    there = True

    def tell(news: News) -> None:
        stars = "" if news.stars < 0 else str(news.stars)
        said = (news.name, news.person, stars, news.reason, f"{news.seconds:.1f} s")
        output.line("  ".join(each for each in said if each))
        sys.stdout.flush()
        page.tell(news, shoot.person, shoot.best)

    while not stopped.wait(_LOOK_SECONDS):
        while not names.empty():
            try:
                shoot.person = check_name(names.get())
            except InputError as error:
                output.line(str(error))
            page.tell(None, shoot.person, shoot.best)
        shoot.look(tell)
        if shoot.there != there:
            there = shoot.there
            output.line("The folder is back." if there else "The folder is gone; waiting for it.")


def _typed_names() -> SimpleQueue[str]:
    """The lines typed from now on that name somebody."""
    names: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        # Not by sys.stdin, whose lock this thread would hold when the program ends.
        rest, encoding = b"", sys.stdin.encoding
        with suppress(OSError):  # nobody types
            while part := os.read(0, 4096):
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    if name := line.decode(encoding, "replace").strip():
                        names.put(name)

    Thread(target=read, daemon=True).start()
    return names


def _undo(folder: Path, output: Output) -> None:
    from ..culling.journal import Journal

    undone = [(str(path), outcome) for path, outcome in Journal(folder).undo()]
    output.result({"sidecars": [{"sidecar": path, "outcome": each} for path, each in undone]})
    for path, outcome in undone:
        if outcome != "restored":
            output.line(f"{path}: {outcome}")
    restored = sum(outcome == "restored" for _, outcome in undone)
    output.line(f"{restored} of {len(undone)} sidecars are what they were.")


def _stars(outcome: Outcome) -> str:
    if outcome.rating is None:
        return ""
    return "own" if outcome.own else str(outcome.rating)
