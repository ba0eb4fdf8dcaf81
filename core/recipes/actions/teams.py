"""The steps about several sitters: framing them alike, joining their pictures, comparing them."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np

from ...errors import InputError
from ...framing.room import ROOM
from ...generation import Look
from ...generation.team_framing import Prices, room_of, team_look
from ...identity.identity import Identity
from ...identity.stored import KIND, stored_sitter
from ...images import Image, resize
from ...picture import Picture, unlike
from ...progress import Progress
from ...scoring.team_consistency import Range, TeamSpread, team_spread
from ...vault import key_of, open_vault
from ...vault.ids import name_of
from ..values import lines

_TALL = 640  # pixels, of the strip


def team_framing(
    progress: Progress,
    looks: tuple[Look, ...],
    first: Identity | None,
    second: Identity | None,
    third: Identity | None,
    fourth: Identity | None,
    fifth: Identity | None,
    sixth: Identity | None,
    sitters: str,
) -> tuple[tuple[Look, ...], str]:
    """HeadshotsTeamFraming."""
    people: dict[str, Identity | str] = {key_of(name): name for name in _named_in(sitters)}
    linked = (first, second, third, fourth, fifth, sixth)
    people |= {key_of(each.name): each for each in linked if each}
    if not people:
        raise InputError("No sitter of the team is linked", "Link those whose pictures are made.")
    rooms: list[dict[str, Prices]] = [{} for _ in looks]
    for number, person in enumerate(people.values()):
        progress.update(number / len(people), f"Framing {number + 1} of {len(people)} people")
        # One at a time: of each only the prices are kept.
        identity = stored_sitter(person, "generate") if isinstance(person, str) else person
        for room, look in zip(rooms, looks, strict=True):
            room[identity.name] = room_of(identity.photos, look)
    framed = [team_look(look, room) for look, room in zip(looks, rooms, strict=True)]
    notes = [each.said for each in framed]
    notes += [
        f"{name}: no photo has the room for the framing of {each.look.title}. {ROOM}"
        for each in framed
        for name in each.left_out
    ]
    return tuple(each.look for each in framed), "\n".join(notes)


def fingerprint(sitters: str = "", **_: object) -> str:
    """Changes when what is stored of one of the sitters does."""
    vault = open_vault()
    return " ".join(vault.fingerprint(name_of(each), KIND) for each in _named_in(sitters))


def join_sitters(
    progress: Progress,
    pictures: list[Picture],
    second: list[Picture] | None = None,
    third: list[Picture] | None = None,
    fourth: list[Picture] | None = None,
    fifth: list[Picture] | None = None,
    sixth: list[Picture] | None = None,
) -> tuple[list[Picture]]:
    """HeadshotsJoin."""
    others = (second, third, fourth, fifth, sixth)
    return (_named([*pictures, *chain.from_iterable(each or [] for each in others)]),)


def spread_of_team(progress: Progress, pictures: list[Picture]) -> tuple[str, list[Image]]:
    """HeadshotsTeamSpread."""
    spread = team_spread(pictures, progress)
    return "\n".join(report(spread)), [strip([each.image for each in pictures])]


def report(spread: TeamSpread) -> list[str]:
    """The spread in words: the verdict, then a line for each trait."""
    unknown = [
        f"{trait.title}: not known, as fewer than two pictures tell" for trait in spread.unknown
    ]
    return [spread.verdict, *map(_line, spread.ranges), *unknown]


def strip(images: list[Image]) -> Image:
    """The pictures side by side, at one height."""
    tall = min(_TALL, *(image.shape[0] for image in images))
    return np.hstack(
        [
            np.clip(
                resize(image, max(1, round(image.shape[1] * tall / image.shape[0])), tall), 0, 1
            )
            for image in images
        ]
    )


def _named_in(sitters: str) -> list[str]:
    """The names of stored sitters in lines, ids resolved, nobody twice."""
    return list({key_of(name): name for name in map(name_of, lines(sitters))}.values())


def _line(spread: Range) -> str:
    trait = spread.trait
    figures = spread.low, spread.high, spread.range, spread.deviation
    low, high, apart, deviation = map(trait.write, figures)
    unit = trait.unit if trait.unit == "°" else f" {trait.unit}"
    # A colour has no lowest and highest value, only distances.
    between = "" if trait.unit == "Lab" else f"{low} to {high}{unit}, "
    return f"{trait.title}: {between}range {apart}{unit}, standard deviation {deviation}"


def _named(pictures: list[Picture]) -> list[Picture]:
    """`pictures` named after their sitters, numbered where one has several."""
    many = Counter(each.sitter for each in pictures)
    count: Counter[str] = Counter()
    names: list[str] = []
    for each in pictures:
        count[each.sitter] += 1
        number = f"{count[each.sitter]:02}" if many[each.sitter] > 1 or not each.sitter else ""
        names.append(" ".join(filter(None, (each.sitter, number))))
    return [each.renamed(name) for each, name in zip(pictures, unlike(names), strict=True)]
