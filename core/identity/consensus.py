"""Checks whether photos show one person, by grouping photos that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import MixedPeople, WrongPerson
from ..faces import Recogniser
from ..images import Float

# Two groups of photos are one person's if their agreement is at least this: 0 is where the
# recognisers call two photos different people, 1 where on average they call them the same.
# Measured: pairs of one person's photos 2.6 and more; of 29 pairs of different people within six
# group photos, alike in age and make-up, 28 lie below 1 and one at 1.3.
AGREEMENT = 1.0


@dataclass(frozen=True, eq=False)
class Sighting:
    """One photo's face.

    embeddings: by recogniser name, float32 (D,) of unit length.
    quality: 0..1, its weight.
    """

    name: str
    embeddings: Mapping[str, Float]
    quality: float


def template(sightings: Sequence[Sighting], recogniser: str) -> Float:
    """The quality-weighted mean of the embeddings, normalised: float32 (D,)."""
    total = np.sum([_weight(each) * each.embeddings[recogniser] for each in sightings], axis=0)
    length = float(np.linalg.norm(total))
    # Embeddings that cancel out belong to different people; whoever asks has grouped them before.
    return np.asarray(total / length if length > 0 else total, np.float32)


def left_out(sightings: Sequence[Sighting], recogniser: str) -> list[float]:
    """Leave-one-out: the cosine of each photo to the template of the others; at least two."""
    return [
        float(
            each.embeddings[recogniser]
            @ template([*sightings[:i], *sightings[i + 1 :]], recogniser)
        )
        for i, each in enumerate(sightings)
    ]


def check_one_person(sightings: Sequence[Sighting], recognisers: Sequence[Recogniser]) -> None:
    """Check that all photos show the same person; figures in errors are the first recogniser's.

    Raises:
        WrongPerson: most photos agree and the others don't; it names these.
        MixedPeople: no group of photos has the majority; it names the groups.
    """
    groups = people(sightings, recognisers)
    if len(groups) == 1:
        return
    if 2 * len(groups[0]) <= len(sightings):
        raise MixedPeople(
            f"The photos show different people: {_listed(sightings, groups)}",
            "Enrol the photos of one person only.",
        )
    raise _wrong_person(sightings, sorted(groups[0]), recognisers[0].name)


def people(sightings: Sequence[Sighting], recognisers: Sequence[Recogniser]) -> list[list[int]]:
    """The photos (at least one) grouped by person; the largest group first."""
    return sorted(_groups(_agreement(sightings, recognisers)), key=len, reverse=True)


def _wrong_person(
    sightings: Sequence[Sighting], majority: list[int], recogniser: str
) -> WrongPerson:
    agreed = [sightings[i] for i in majority]
    centre = template(agreed, recogniser)
    own = left_out(agreed, recogniser)
    others = [each for i, each in enumerate(sightings) if i not in majority]
    named = ", ".join(
        f"{each.name}: {float(each.embeddings[recogniser] @ centre):.2f}" for each in others
    )
    usual = f"{min(own):.2f} to {max(own):.2f}"
    if len(others) == 1:
        what = f"{others[0].name} looks like another person{named[len(others[0].name) :]}"
        return WrongPerson(
            f"{what} against {usual} among the other photos",
            "Leave it out, or check that it shows the sitter.",
        )
    return WrongPerson(
        f"{len(others)} photos look like another person ({named}) against {usual} among the rest",
        "Leave them out, or check that they show the sitter.",
    )


def _agreement(sightings: Sequence[Sighting], recognisers: Sequence[Recogniser]) -> Float:
    """Agreement of each pair, (N, N), the mean over the recognisers."""
    total = np.zeros((len(sightings), len(sightings)), np.float32)
    for recogniser in recognisers:
        vectors = np.stack([each.embeddings[recogniser.name] for each in sightings])
        low, high = recogniser.different_person, recogniser.same_person
        total += (vectors @ vectors.T - low) / (high - low)
    return np.asarray(total / len(recognisers), np.float32)


def _groups(agreement: Float) -> list[list[int]]:
    """Groups by average linkage: the most similar are joined while they agree on average."""
    groups = [[i] for i in range(len(agreement))]
    while len(groups) > 1:
        best, first, second = max(
            (float(agreement[np.ix_(groups[i], groups[j])].mean()), i, j)
            for i in range(len(groups))
            for j in range(i)
        )
        if best < AGREEMENT:
            break
        groups[second] += groups.pop(first)
    return groups


def _listed(sightings: Sequence[Sighting], groups: Sequence[Sequence[int]]) -> str:
    named = [" and ".join(sightings[i].name for i in sorted(group)) for group in groups]
    return " | ".join(named) if len(named) > 2 else " against ".join(named)


def _weight(sighting: Sighting) -> float:
    return max(sighting.quality, 0.05)
