"""Who is in which frame: by the face in memory, by slates, or by the order of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..images import Float
from .choice import SPOILT
from .cull import Card
from .likeness import same_person_limit, unit

# Two stacks that are so unlike, as a cosine, are never put to one person by the face alone: above
# `same_person` of single photos, as a stack's mean is steadier. How much liker it must be to its
# own person than to anybody else.
_SAME, _CLEARLY = 0.50, 0.06
_MOST_PHOTOS = 12  # handed on of each person: more adds nothing to an enrolment


@dataclass(frozen=True)
class Person:
    """A person of a shoot.

    frames: places in the card of all their frames, in shooting order.
    chosen: those to be enrolled from: the best of their stacks.
    """

    name: str
    frames: tuple[int, ...]
    chosen: tuple[int, ...]


@dataclass(frozen=True)
class Sorted:
    """The frames of a card by people.

    aside: places of frames that were put to nobody, and why.
    """

    people: tuple[Person, ...]
    aside: dict[int, str]


def by_face(card: Card, names: Sequence[str] = ()) -> Sorted:
    """The people of a card, told apart by their faces, in the order of their first frame.

    names: theirs, in that order; without it they are called Person 1 and so on.

    Raises:
        InputError: there are more or fewer people than names.
    """
    stacks, aside = _stacks(card)
    groups, unclear = _grouped(stacks)
    aside |= {place: why for stack, why in unclear for place in stack.places}
    if names and len(names) != len(groups):
        raise InputError(
            f"{len(groups)} people are in the frames, and the list has {len(names)}",
            "Put into the list who was there, in the order of the shoot, or sort by faces alone.",
        )
    called = names or [f"Person {number}" for number in range(1, len(groups) + 1)]
    people = [_person(card, name, group) for name, group in zip(called, groups, strict=True)]
    return Sorted(tuple(people), aside)


def by_slate(card: Card) -> Sorted:
    """The people of a card, by the slates that were held into their first frames.

    Its person is who holds a slate, or whose face most frames after it show. Another face is put to
    nobody: somebody tried the light, or a slate was forgotten.

    Raises:
        InputError: no frame shows a slate.
    """
    if not any(each.slate for each in card.measures):
        raise InputError(
            "No frame shows a slate",
            "Print slates by `headshots slate`, and have each person hold theirs into a frame.",
        )
    stacks, aside = _stacks(card)
    named: dict[str, list[_Stack]] = {}
    for stack in stacks:
        slates = [each.slate for each in card.measures[: stack.places[0]] if each.slate]
        if slates:
            named.setdefault(slates[-1], []).append(stack)
        else:
            aside |= dict.fromkeys(stack.places, "it was taken before the first slate")
    holders = {
        each.slate: each.embedding for each in card.measures if each.slate and each.faces == 1
    }
    faces = {name: _usual(each, holders.get(name)) for name, each in named.items()}
    people: list[Person] = []
    for name, taken in named.items():
        own: list[_Stack] = []
        for stack in taken:
            likeness = {other: float(stack.face @ face) for other, face in faces.items()}
            rivals = [value for other, value in likeness.items() if other != name]
            if likeness[name] < same_person_limit():
                why = f"another face than in the other frames after the slate of {name}"
            elif rivals and max(rivals) > likeness[name]:
                why = f"it was taken after the slate of {name}, and looks more like somebody else"
            else:
                own.append(stack)
                continue
            aside |= dict.fromkeys(stack.places, why)
        people.append(_person(card, name, own))
    return Sorted(tuple(people), aside)


@dataclass(frozen=True, eq=False)
class _Stack:
    """places: in the card. face: float32 (D,), unit length, the mean of its sound frames."""

    places: tuple[int, ...]
    face: Float


def _stacks(card: Card) -> tuple[list[_Stack], dict[int, str]]:
    """The stacks that show one person, and which frames are aside."""
    aside: dict[int, str] = {}
    stacks: dict[int, list[int]] = {}
    for place, (frame, judged) in enumerate(zip(card.measures, card.judged, strict=True)):
        if frame.slate:
            continue
        if judged is None:
            aside[place] = frame.fault or "no face was found"
        elif frame.faces > 1:
            aside[place] = "several people are in it"
        else:
            stacks.setdefault(judged.stack, []).append(place)
    return [_Stack(tuple(each), _mean(card, each)) for each in stacks.values()], aside


def _mean(card: Card, places: Sequence[int]) -> Float:
    sound = [place for place in places if _cost(card, place) < SPOILT] or places
    return unit(np.mean([card.measures[place].embedding for place in sound], axis=0))


def _grouped(stacks: Sequence[_Stack]) -> tuple[list[list[_Stack]], list[tuple[_Stack, str]]]:
    """Stacks of one person each, and those that may be two people's, with the reason."""
    if len(stacks) < 2:
        return [[each] for each in stacks], []
    from scipy.cluster.hierarchy import fcluster, linkage

    faces = np.stack([each.face for each in stacks])
    tree = linkage(faces, method="average", metric="cosine")
    labels = [int(each) for each in fcluster(tree, 1 - _SAME, criterion="distance")]
    groups: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(label, []).append(index)
    means = {label: unit(faces[each].mean(axis=0)) for label, each in groups.items()}
    unclear: list[tuple[_Stack, str]] = []
    for index, label in enumerate(labels):
        others = [float(faces[index] @ mean) for key, mean in means.items() if key != label]
        rest = [each for each in groups[label] if each != index]
        own = float(faces[index] @ unit(faces[rest].mean(axis=0))) if rest else 1.0
        if others and max(others) > own - _CLEARLY and max(others) > same_person_limit():
            unclear.append((stacks[index], "two people look like it"))
    doubtful = {id(stack) for stack, _ in unclear}
    sure = [[stacks[i] for i in each if id(stacks[i]) not in doubtful] for each in groups.values()]
    return sorted((each for each in sure if each), key=lambda each: each[0].places[0]), unclear


def _usual(stacks: Sequence[_Stack], holder: Float | None) -> Float:
    """The face of who holds the slate; where it is in no stack, the one of most of them.

    A slate that was forgotten or can't be read would otherwise give the next person's frames, if
    they are more, to this one.
    """
    faces = np.stack([each.face for each in stacks])
    if holder is not None and (held := faces @ holder >= same_person_limit()).any():
        return unit(faces[held].mean(axis=0))
    likeness = np.median(faces @ faces.T, axis=1)
    alike = faces @ faces[int(likeness.argmax())] >= same_person_limit()
    return unit(faces[alike].mean(axis=0))


def _person(card: Card, name: str, stacks: Sequence[_Stack]) -> Person:
    frames = sorted(place for each in stacks for place in each.places)
    best = [min(each.places, key=lambda place: _rank(card, place)) for each in stacks]
    sound = [place for place in best if _cost(card, place) < SPOILT] or best
    chosen = sorted(sound, key=lambda place: (_cost(card, place), place))[:_MOST_PHOTOS]
    return Person(name, tuple(frames), tuple(sorted(chosen)))


def _rank(card: Card, place: int) -> int:
    judged = card.judged[place]
    return judged.rank if judged else 0


def _cost(card: Card, place: int) -> float:
    judged = card.judged[place]
    return sum(each.cost for each in judged.flaws) if judged else 0.0
