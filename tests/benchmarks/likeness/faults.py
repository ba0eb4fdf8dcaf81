"""Which planted faults of a face the scorecard finds, and how often it cries wolf.

    python tests/benchmarks/likeness/faults.py [--each 4] [--json faults.json]

Sitters are enrolled from the public photos (three photos of one, one each of ten others), and, as
a set of its own, from the faces of the group photos on which no limit was set: other people, and
two photos that the first set has nobody of. Every
fault of tests/spoilt_faces.py is planted on each of their photos, differently every time; the
picture is then worn (cropped, resized, turned, another exposure and warmth, JPEG, noise), analysed
and scored as a picture of unknown making. "New" pictures are photos that were left out of the
enrolment: of one sitter only, as the others have one photo.

The recognisers' own thresholds and tables were measured on all these people, held out or not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import report
from verification import wilson

sys.path.insert(0, str(Path(__file__).parents[2]))
from spoilt_faces import FAULTS, PREPARED, Given, worn

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.images import Image
from headshots.core.photos import read_photo
from headshots.core.scoring.scorecard import Scorecard
from headshots.core.scoring.scoring import score
from headshots.core.vault.consent import agreed
from headshots.core.weights.store import weight_path

SPEAKER = ("photo-obama", "photo-obama2", "photo-obama3")
SINGLE = {
    "Senator": ("photo-biden", "only"),
    "Astronaut": ("demo-photo", "only"),
    **{f"group {n} face {k}": (f"photo-group{n}", str(k)) for n in (1, 3, 5, 6) for k in (1, 2)},
}
# Photo and face, largest first: nobody of these is in the set above, on which limits were set. One
# more, group 4 face 3, is left out: a recogniser takes her for group 1 face 2.
HELD_OUT = {
    f"group {n} face {k}": (f"photo-group{n}", str(k))
    for n, faces in (
        (1, (3,)),
        (2, (1, 2)),
        (3, (3,)),
        (4, (1, 2, 4)),
        (5, (3, 4, 5)),
        (6, (3, 4)),
    )
    for k in faces
}
# Measures that say what a picture is, not that something is wrong with it, when an enrolled photo
# itself is scored; and those of framing, as worn copies are cropped anyhow.
LEAST, ROUNDS = 40, 4  # plants of each fault, and how many times `each` may be tried for them
_EXPECTED = {"copy", "head-size", "eye-line", "off-centre"}


@dataclass(frozen=True, eq=False)
class Shot:
    sitter: Identity
    image: Image
    face: Face


def enrolled(name: str, *photos: str, face: str = "only") -> Identity:
    return enrol(
        name,
        [read_photo(weight_path(each), longest=1600) for each in photos],
        consent=agreed(name, "yes", days=1),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face=face,
    ).identity


def shot_of(sitter: Identity, photo: EnrolledPhoto) -> Shot:
    read = read_photo(photo.data, name=photo.name, longest=1600)
    return Shot(sitter, read.image, photo.face.scaled(read.scale))


def shots(sitters: list[Identity], single: Mapping[str, tuple[str, str]]) -> list[Shot]:
    """Of these sitters, and of those that have one photo."""
    for name, (photo, face) in single.items():
        try:
            sitters.append(enrolled(name, photo, face=face))
        except HeadshotsError as error:
            sys.stderr.write(f"{name} is left out: {error}\n")
    return [shot_of(sitter, photo) for sitter in sitters for photo in sitter.photos]


def left_out() -> list[Shot]:
    """Each photo of the one sitter with three, as a picture of them enrolled from the others."""
    made: list[Shot] = []
    for name in SPEAKER:
        sitter = enrolled("Speaker", *(each for each in SPEAKER if each != name))
        (alone,) = enrolled("Speaker", name).photos
        made.append(shot_of(sitter, alone))
    return made


def scored(image: Image, face: Face, sitter: Identity, rng: np.random.Generator) -> Scorecard:
    picture = worn(image, face, rng)
    found = ANALYSERS.get("embedded").analyse(picture, embed=False)
    middle = np.array([picture.shape[1] / 2, picture.shape[0] / 2])
    nearest = min(found, key=lambda each: float(np.hypot(*(np.array(each.box.centre) - middle))))
    return score(picture, sitter, picture="", face=nearest)


def failed(card: Scorecard) -> set[str]:
    names = {each.name for each in card.measures if not each.passed}
    return names | ({"likeness"} if card.verdict == "reject" else set())


def planted(every: list[Shot], name: str, each: int, rng: np.random.Generator) -> Iterator[bool]:
    """Whether each plant was found: `each` on every photo, and more rounds where a fault can't be
    planted on all of them, until there are `LEAST`.
    """
    fault, finders = FAULTS[name]
    prepare = PREPARED.get(name)
    count = 0
    for turn in range(ROUNDS * each):
        if turn >= each and (count >= LEAST or count == 0):
            return
        for shot in every:
            other = next(o for o in every if o.sitter.name != shot.sitter.name and _alike(o, shot))
            given = Given(shot.image, shot.face, shot.sitter, other.image, other.face, rng)
            ready = given if prepare is None else prepare(given)
            spoilt = None if ready is None else fault(ready)
            if ready is None or spoilt is None:
                continue
            face = shot.face
            if name.startswith("mirrored"):
                faces = ANALYSERS.get("embedded").analyse(spoilt, embed=False)
                across = spoilt.shape[1] - shot.face.box.centre[0]
                face = min(faces, key=lambda f: abs(f.box.centre[0] - across))
            count += 1
            yield bool(failed(scored(spoilt, face, ready.identity, rng)) & finders)


def _alike(one: Shot, other: Shot) -> bool:
    return abs(one.face.pose.yaw - other.face.pose.yaw) < 20


def share(hits: int, count: int) -> dict[str, float]:
    low, high = wilson(hits, count)
    return {"count": count, "share": hits / max(count, 1), "low": low, "high": high}


def measure(each: int, seed: int = 1) -> dict[str, dict[str, dict[str, float]]]:
    """Detection by fault, and false alarms by measure on enrolled and on new pictures."""
    rng = np.random.default_rng(seed)
    every, held = shots([enrolled("Speaker", *SPEAKER)], SINGLE), shots([], HELD_OUT)
    alarms: dict[str, dict[str, dict[str, float]]] = {}
    finders = set().union(*(finders for _, finders in FAULTS.values())) - _EXPECTED
    for kind, some in (("enrolled", every), ("new", left_out()), ("held-out", held)):
        times = 4 * each if kind == "new" else each
        cards = [
            scored(shot.image, shot.face, shot.sitter, rng) for shot in some for _ in range(times)
        ]
        found = [
            failed(card) - (_EXPECTED - {"copy"} if kind == "new" else _EXPECTED) for card in cards
        ]
        names = sorted(set().union(*found) | finders)
        alarms[kind] = {
            name: share(sum(name in one for one in found), len(cards)) for name in names
        }
        alarms[kind]["any of these"] = share(sum(bool(one & finders) for one in found), len(cards))
    detected: dict[str, dict[str, dict[str, float]]] = {}
    for kind, some in (("detected", every), ("detected, held-out people", held)):
        detected[kind] = {}
        for name in FAULTS:
            hits = list(planted(some, name, each, rng))
            detected[kind][name] = share(sum(hits), len(hits))
    return {**detected, **{f"false alarms, {k} photos": v for k, v in alarms.items()}}


def _into_report(figures: Path, result: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Add the tables to the evaluation beside them, where there is one, and to its page."""
    if not figures.is_file():
        return
    known = json.loads(figures.read_text("utf-8"))
    known["planted faults"] = {
        kind: {name: {"value": row["share"], **row} for name, row in rows.items()}
        for kind, rows in result.items()
    }
    figures.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    figures.with_name("report.html").write_text(report.page(known, LEAST), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=4, help="variations of each photo")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    result = measure(asked.each)
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        _into_report(asked.json.with_name("figures.json"), result)
    for title, rows in result.items():
        sys.stdout.write(f"\n| {title} | share | 95 % interval | of |\n|---|---|---|---|\n")
        for name, row in rows.items():
            low, high = 100 * row["low"], 100 * row["high"]
            sys.stdout.write(
                f"| {name} | {100 * row['share']:.0f} % | {low:.0f} to {high:.0f} % "
                f"| {row['count']:.0f} |\n"
            )


if __name__ == "__main__":
    main()
