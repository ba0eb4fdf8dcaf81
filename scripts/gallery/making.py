"""One person's pictures: enrolled, made in every look, judged, and written beside the page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from headshots.core.errors import HeadshotsError, NoUsablePhoto
from headshots.core.faces import ANALYSERS
from headshots.core.files import write_file
from headshots.core.generation import GENERATORS, Candidate, Look, Request
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.photos import Photo, read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.score import score_all
from headshots.core.scoring.selection import choose
from headshots.core.vault.consent import agreed

from .entry import REFUSED, VERDICTS, Entry, Person

LONGEST = 2048  # pixels of a photo's longer side
# The pictures and the page are as private as the sitter's photos.
PRIVATE = 0o600
# A picture whose face can't be told has no measure that fails.
NO_FACE = "no-single-face"
BROKEN = "broken"


@dataclass(frozen=True)
class Order:
    """What is made of everybody. folder: the gallery's. width: of each picture, in pixels."""

    folder: Path
    looks: tuple[Look, ...]
    width: int
    seed: int


def make(name: str, files: Sequence[Path], order: Order) -> Person:
    """Every look of the person whom `files` show, written into the gallery's folder.

    What can't be enrolled or made is a refusal in words.
    """
    photos, refused = _read(files)
    try:
        if not photos:
            raise NoUsablePhoto("No photo can be read", "; ".join(refused))
        identity, more = _enrolled(name, photos)
    except HeadshotsError as error:
        entries = tuple(_failed(name, look, error) for look in order.looks)
        return Person(name, len(files), refused, entries)
    (order.folder / name).mkdir(parents=True, exist_ok=True)
    entries = _entries(identity, order)
    return Person(name, len(files), refused + more, entries)


def broken(name: str, files: Sequence[Path], order: Order, error: Exception) -> Person:
    """A person of whom the program itself broke."""
    words = f"{type(error).__name__}: {error}"
    entries = (
        Entry(name, look.name, look.title, REFUSED, (words,), {BROKEN: 1.0}) for look in order.looks
    )
    return Person(name, len(files), (), tuple(entries))


def _enrolled(name: str, photos: Sequence[Photo]) -> tuple[Identity, tuple[str, ...]]:
    """The identity, and of each photo that it doesn't have its name and why."""
    enrollment = enrol(
        name,
        photos,
        consent=agreed(name, "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face="largest",  # the folder says whose photo it is
    )
    refused = tuple(
        f"{report.name}: {'; '.join(f.text for f in report.findings if f.severity == 'blocks')}"
        for report in enrollment.reports
        if not report.accepted
    )
    return enrollment.identity, refused


def _read(files: Sequence[Path]) -> tuple[list[Photo], tuple[str, ...]]:
    photos: list[Photo] = []
    refused: list[str] = []
    for file in files:
        try:
            photos.append(read_photo(file, longest=LONGEST))
        except HeadshotsError as error:
            refused.append(f"{file.name}: {error}")
    return photos, tuple(refused)


def _failed(person: str, look: Look, error: HeadshotsError) -> Entry:
    return Entry(person, look.name, look.title, REFUSED, (str(error),), {error.code: 1.0})


def _entries(identity: Identity, order: Order) -> tuple[Entry, ...]:
    """One for each look, in their order."""
    made: dict[str, Entry] = {}
    pictures: list[Picture] = []
    for look, candidate in candidates(identity, order):
        if isinstance(candidate, HeadshotsError):
            made[look.name] = _failed(identity.name, look, candidate)
        else:
            pictures.append(Picture(look.name, candidate.portrait, candidate.provenance))
    cards = score_all(pictures, identity)
    scored = [each.scored(card) for each, card in zip(pictures, cards, strict=True)]
    for picture in choose(scored, keep=len(scored)) if scored else ():
        look = next(each for each in order.looks if each.name == picture.name)
        made[picture.name] = _entry(picture, look, identity.name, order.folder)
    return tuple(made[each.name] for each in order.looks)


def candidates(
    identity: Identity, order: Order
) -> Iterator[tuple[Look, Candidate | HeadshotsError]]:
    """A candidate for each look, or the error that stands for it.

    All looks are one request, as people make one; those after a failure are asked for one by one.
    """
    waiting = list(order.looks)
    try:
        for candidate in _generate(identity, tuple(waiting), order):
            yield waiting.pop(0), candidate
    except HeadshotsError:
        for look in waiting:
            try:
                (candidate,) = _generate(identity, (look,), order)
                yield look, candidate
            except HeadshotsError as error:
                yield look, error


def _generate(identity: Identity, looks: tuple[Look, ...], order: Order) -> Iterator[Candidate]:
    request = Request(identity, looks, len(looks), order.seed, order.width)
    return GENERATORS.get("studio").generate(request)


def _entry(picture: Picture, look: Look, person: str, folder: Path) -> Entry:
    card = picture.card
    data = encode(picture.portrait.image, "jpeg")
    file = f"{person}/{look.name}.jpg"
    write_file(folder / file, data, mode=PRIVATE)
    measures = {each.name: each.value for each in card.measures}
    return Entry(
        person=person,
        look=look.name,
        title=look.title,
        verdict=VERDICTS[card.verdict],
        reasons=card.reasons,
        defects=_defects(card),
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        photo=picture.provenance.photo,
        likeness=card.likeness,
        percentile=card.percentile,
        head_size=measures.get("head-size"),
        eye_line=measures.get("eye-line"),
        measures=measures,
        notes=card.notes,
    )


def _defects(card: Scorecard) -> dict[str, float]:
    """What the picture is refused for."""
    if card.verdict != "reject":
        return {}
    failed = {each.name: each.value for each in card.measures if each.refuses}
    return failed or {NO_FACE: 1.0}
