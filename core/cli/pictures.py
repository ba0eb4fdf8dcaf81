"""Commands that make, judge and deliver pictures."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ..recipes.documents import built_in
from ..recipes.runner import Results
from ..recipes.step import Constant, Step
from ..recipes.steps import (
    AUTHENTICITY_CARD,
    CHOOSE_LOOK,
    CONTACT_SHEET,
    DELIVER_PICTURES,
    KEEP_BEST,
    PAINTING,
    READ_PICTURES,
    REFINE,
    STUDIO,
    TEAM_FRAMING,
    TEAM_SPREAD,
)
from ..recipes.values import lines
from .declared import Json, Sitter, declared_option, default, keyword, option, with_signature
from .machine import DEMO_CONSENT
from .output import Output
from .perform import (
    perform,
    require_keepers,
    show_files,
    show_scores,
    with_cards,
    with_framing,
    with_looks,
    with_painting,
    with_team,
)

if TYPE_CHECKING:
    from ..picture import Picture

DEMO_LOOKS = (
    *("studio-grey", "executive", "clean-white", "corporate-blue"),
    *("warm-canvas", "daylight", "monochrome", "dramatic"),
)
DEMO_COUNT = len(DEMO_LOOKS)
DEMO_KEEP = 6  # fewer than are made, so that the sheet shows rejects too
DEMO_SEED = 1
DEMO_WIDTH = 800  # the demo's photo has 512 pixels: larger pictures would only be softer

Pictures = Annotated[
    list[str], typer.Argument(metavar="PICTURE...", help=READ_PICTURES.input("paths").tooltip)
]
Out = Annotated[str, option(DELIVER_PICTURES, "folder", "--out", "-o")]
Size = Annotated[str, option(DELIVER_PICTURES, "size")]
Format = Annotated[str, option(DELIVER_PICTURES, "format")]

_SIZE = default(DELIVER_PICTURES, "size")
_FORMAT = default(DELIVER_PICTURES, "format")
_OUT = default(DELIVER_PICTURES, "folder")


Looks = Annotated[
    list[str] | None,
    typer.Option(
        "--look",
        "-l",
        metavar="LOOK",
        help="A look of `headshots looks`; give several and the pictures go round them.",
    ),
]
Cards = Annotated[
    bool, typer.Option("--cards", help="Write an authenticity card for each keeper, too.")
]
Team = Annotated[
    list[str] | None,
    typer.Option(
        "--team",
        metavar="NAME",
        help="Another stored sitter of the same team; give all of them. Head size and eye line are "
        "then those that everybody's photos can carry. Implies --matched.",
    ),
]
# The inputs of each step that are options, with flags where these are not the default ones.
_OPTIONS: Mapping[str, tuple[Step, Mapping[str, tuple[str, ...]]]] = {
    "Studio": (
        STUDIO,
        {"count": ("--count", "-n"), "seed": (), "width": (), "matched": ("--matched",)}
        | {"generator": ()},
    ),
    "Keep best": (KEEP_BEST, {"keep": (), "least_percentile": ()}),
    "Painting": (
        PAINTING,
        {each.name: () for each in PAINTING.inputs}
        | {"accept_licence": ("--accept-licence",), "tuned": ("--tuned/--not-tuned",)},
    ),
    "Deliver": (
        DELIVER_PICTURES,
        {"size": (), "format": (), "carry": (), "folder": ("--out", "-o")},
    ),
}


def _generate(
    name: str,
    look: list[str] | None,
    head: float,
    eye_line: float,
    team: list[str] | None,
    cards: bool,
    json: bool,
    **options: Constant,
) -> None:
    from ..delivery.formats import LAYERED  # late: --help must not wait for NumPy

    document = built_in("generate")
    if look:
        document = with_looks(document, look)
    document = with_framing(document, head, eye_line)
    if team:
        document = with_team(document, [name, *team])
        options["matched"] = True
    painted = options["generator"] != default(STUDIO, "generator")
    inputs: dict[str, Constant] = {
        f"{title}.{each}": options[each]
        for title, (step, names) in _OPTIONS.items()
        for each in (names if step is not PAINTING or painted else ())
    }
    inputs |= {
        "Sitter.name": name,
        "Studio.layers": options["format"] in LAYERED,
        "Contact sheet.folder": options["folder"],
    }
    if painted:
        document = with_painting(document)
    if cards:
        document = with_cards(document)
        inputs[f"{AUTHENTICITY_CARD.title}.folder"] = options["folder"]
    output = Output(json)
    _show_made(perform(document, inputs, output), str(options["folder"]), output)


generate = with_signature(
    _generate,
    "generate",
    "Make headshots of an enrolled sitter, keep the best and say why.",
    [
        keyword("name", Sitter, inspect.Parameter.empty),
        keyword("look", Looks, None),
        declared_option(CHOOSE_LOOK, CHOOSE_LOOK.input("head")),
        declared_option(CHOOSE_LOOK, CHOOSE_LOOK.input("eye_line")),
        keyword("team", Team, None),
        *(
            declared_option(step, step.input(each), *flags)
            for step, names in _OPTIONS.values()
            for each, flags in names.items()
        ),
        keyword("cards", Cards, False),
        keyword("json", Json, False),
    ],
)


def demo(
    out: Annotated[str, option(CONTACT_SHEET, "folder", "--out", "-o")] = "demo",
    json: Json = False,
) -> None:
    """Make headshots of the demo's public-domain portrait."""
    from ..weights.store import weight_path

    document = with_looks(built_in("quick_headshot"), DEMO_LOOKS)
    inputs: dict[str, Constant] = {
        "Photos.paths": str(weight_path("demo-photo")),
        "Enrol.name": "Demo sitter",
        "Enrol.consent": DEMO_CONSENT,
        "Studio.count": DEMO_COUNT,
        "Studio.seed": DEMO_SEED,
        "Studio.width": DEMO_WIDTH,
        "Keep best.keep": DEMO_KEEP,
        "Deliver.folder": out,
        "Contact sheet.folder": out,
        "Contact sheet.title": "headshots demo",
    }
    output = Output(json)
    _show_made(perform(document, inputs, output), out, output)


def score(name: Sitter, picture: Pictures, json: Json = False) -> None:
    """Measure how like the sitter pictures are, and whether they are good enough to deliver."""
    output = Output(json)
    results = perform(
        built_in("score_a_picture"),
        {"Sitter.name": name, "Pictures.paths": "\n".join(picture)},
        output,
    )
    judged = results.get(next(results.of(KEEP_BEST.id)), "judged")
    output.result(judged)
    show_scores(output, [each.card for each in judged])


def refine(
    name: Sitter,
    picture: Pictures,
    refiner: Annotated[str, option(REFINE, "refiner")] = default(REFINE, "refiner"),
    strength: Annotated[float, option(REFINE, "strength")] = default(REFINE, "strength"),
    longest: Annotated[int, option(REFINE, "longest")] = default(REFINE, "longest"),
    size: Size = _SIZE,
    format: Format = _FORMAT,
    out: Out = "refined",
    json: Json = False,
) -> None:
    """Improve pictures of a sitter, each with its authenticity card.

    Where likeness would fall, a picture stays as it is.
    """
    spare(picture, out)
    output = Output(json)
    results = perform(
        built_in("refine_and_deliver"),
        {
            "Sitter.name": name,
            "Pictures.paths": "\n".join(picture),
            "Refine.refiner": refiner,
            "Refine.strength": strength,
            "Refine.longest": longest,
            "Deliver.size": size,
            "Deliver.format": format,
            "Deliver.folder": out,
            f"{AUTHENTICITY_CARD.title}.folder": out,
        },
        output,
    )
    refined = lines(results.get(next(results.of(REFINE.id)), "notes")) + _notes(results)
    (card,) = results.of(AUTHENTICITY_CARD.id)
    notes, files = (lines(results.get(card, each)) for each in ("notes", "paths"))
    show_files(output, refined + notes, _files(results) + files)


def deliver(
    picture: Pictures,
    size: Size = _SIZE,
    format: Format = _FORMAT,
    carry: Annotated[str, option(DELIVER_PICTURES, "carry")] = default(DELIVER_PICTURES, "carry"),
    out: Out = "delivered",
    json: Json = False,
) -> None:
    """Write pictures in a named size and format."""
    spare(picture, out)
    output = Output(json)
    results = perform(
        built_in("deliver"),
        {
            "Pictures.paths": "\n".join(picture),
            "Deliver.size": size,
            "Deliver.format": format,
            "Deliver.carry": carry,
            "Deliver.folder": out,
        },
        output,
    )
    show_files(output, _notes(results), _files(results))


def card(
    name: Sitter,
    picture: Pictures,
    named: Annotated[bool, option(AUTHENTICITY_CARD, "named", "--named")] = False,
    show_photo: Annotated[bool, option(AUTHENTICITY_CARD, "show_photo", "--show-photo")] = False,
    language: Annotated[str, option(AUTHENTICITY_CARD, "language", "--language")] = "en",
    out: Annotated[str, option(AUTHENTICITY_CARD, "folder", "--out", "-o")] = "cards",
    json: Json = False,
) -> None:
    """Write authenticity cards: how like the sitter, what was changed, what is photographed."""
    output = Output(json)
    title = AUTHENTICITY_CARD.title
    results = perform(
        with_cards(built_in("score_a_picture")),
        {
            "Sitter.name": name,
            "Pictures.paths": "\n".join(picture),
            f"{title}.files": "\n".join(picture),
            f"{title}.folder": out,
            f"{title}.named": named,
            f"{title}.show_photo": show_photo,
            f"{title}.language": language,
        },
        output,
    )
    (step,) = results.of(AUTHENTICITY_CARD.id)
    notes, files = (lines(results.get(step, each)) for each in ("notes", "paths"))
    show_files(output, notes, files)


def spread(picture: Pictures, json: Json = False) -> None:
    """Measure how alike the pictures of a team are, which one stands out and what to do."""
    output = Output(json)
    document = built_in("compare_a_team")
    results = perform(document, {"Pictures.paths": "\n".join(picture)}, output)
    report = lines(results.get(next(results.of(TEAM_SPREAD.id)), "report"))
    output.result({"report": report})
    for line in report:
        output.line(line)


def spare(pictures: list[str], out: str) -> None:
    """Refuse to write into the folder of the pictures, where an original could be replaced."""
    for picture in map(Path, pictures):
        if Path(out).resolve() == (picture if picture.is_dir() else picture.parent).resolve():
            raise InputError(
                f"{picture} lies in the folder {out} itself",
                "Choose another --out, so that no original is replaced.",
            )


def _files(results: Results) -> list[str]:
    return _lines(results, "paths")


def _notes(results: Results) -> list[str]:
    return _lines(results, "notes")


def _lines(results: Results, name: str) -> list[str]:
    return [line for id in results.of(DELIVER_PICTURES.id) for line in lines(results.get(id, name))]


def _show_made(results: Results, folder: str, output: Output) -> None:
    """Print what was made, what was kept and where it is."""
    judged: list[Picture] = results.get(next(results.of(KEEP_BEST.id)), "judged")
    files = _files(results)
    page = Path(folder) / "contact-sheet.html"
    framing = [
        line for id in results.of(TEAM_FRAMING.id) for line in lines(results.get(id, "notes"))
    ]
    notes = [*framing, *_notes(results)]
    output.result(
        {
            "files": files,
            "contact_sheet": str(page),
            "notes": notes,
            "pictures": judged,
        }
    )
    show_scores(output, [each.card for each in judged])
    for note in notes:
        output.line(note)
    require_keepers(results)
    output.line(f"{len(files)} of {len(judged)} kept in {folder}. Look at {page}")
