"""Likeness measured in the open: `make evaluate [DATA=folder]`.

    python tests/benchmarks/likeness/evaluate.py [FOLDER] [--out evaluation] [--generators studio]

FOLDER holds a folder of photos for each person; without one the public test photos are used, which
are few. `labels.csv` in it, with a column `person` and one for each label (skin, age, glasses...),
gives a table for each label. Writes report.html, with its plots inside, and figures.json. Every
figure has its sample size and its 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import report
from coaching import coached
from people import RECOGNISERS, Sample, by_person, in_words, labels, pairs, samples
from verification import Values, eer, fmr, fmr_at_fnmr, fnmr, no_surer, over_people, roc, wilson

from headshots.core.errors import HeadshotsError, SetupError
from headshots.core.faces import ANALYSERS
from headshots.core.files import write_file
from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.identity.consensus import Sighting, left_out
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import fit
from headshots.core.photos import Photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.refinement import REFINERS, Enlarger
from headshots.core.refinement.guard import TOLERANCE, refine
from headshots.core.scoring.likeness import judge_of, percentile
from headshots.core.vault.consent import agreed

MISSED = (0.01, 0.05)
# Enlarging takes seconds on a CPU: so few pictures are enlarged, from this many pixels' height.
FEW, ENLARGED = 4, 220


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="folders of people")
    parser.add_argument("--out", type=Path, default=Path("evaluation"))
    parser.add_argument("--generators", nargs="*", default=["studio"])
    parser.add_argument("--people", type=int, default=20, help="at most so many are generated of")
    asked = parser.parse_args()
    skipped: list[str] = []
    told = labels(asked.folder)
    found = samples(asked.folder, skipped)
    several = {name: own for name, own in by_person(found).items() if len(own) > 1}
    some = dict(islice(several.items(), asked.people))
    figures: dict[str, Any] = {
        "base": {
            "set": "the public test photos" if asked.folder is None else "a folder of people",
            "people": len(by_person(found)),
            "with several photos": len(several),
            "photos": len(found),
            "left out": len(skipped),
        },
        "verification": {name: verification(found, name) for name in RECOGNISERS},
        "calibration": {name: calibration(found, name) for name in RECOGNISERS},
        "groups": groups(found, told),
        "generators": {name: generated(name, some) for name in asked.generators},
        "refiners": never_worse(some, asked.generators[0]) if asked.generators else {},
        "coach": coached(found, asked.people),
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    write_file(asked.out / "figures.json", (json.dumps(figures, indent=1) + "\n").encode())
    write_file(asked.out / "report.html", report.page(figures).encode())
    for line in skipped:
        sys.stderr.write(f"left out: {line}\n")
    sys.stdout.write(f"Look at {asked.out / 'report.html'}\n")


def verification(found: Sequence[Sample], name: str) -> dict[str, Any]:
    """Error rates of pairs, and the curve of true over false matches."""
    genuine, impostor, who = pairs(found, name)
    if not len(genuine) or not len(impostor):
        return {"genuine pairs": len(genuine), "impostor pairs": len(impostor)}
    threshold = ANALYSERS.get(RECOGNISERS[name]).recogniser.same_person
    missed = fnmr(genuine, threshold)
    # What depends on both kinds of pairs is no surer than the fewer of them allow.
    fewest = min(len(genuine), len(impostor))
    false, true = roc(genuine, impostor)
    return {
        "genuine pairs": len(genuine),
        "impostor pairs": len(impostor),
        "EER": _figure(
            eer(genuine, impostor),
            fewest,
            no_surer(over_people(partial(eer, genuine), impostor, who), fewest),
        ),
        "threshold": threshold,
        "FNMR at the threshold": _figure(
            missed, len(genuine), wilson(round(missed * len(genuine)), len(genuine))
        ),
        "FMR at the threshold": _false_matches(impostor, who, threshold),
        **{
            f"FMR at {100 * share:.0f} % FNMR": _figure(
                fmr_at_fnmr(genuine, impostor, share),
                fewest,
                no_surer(
                    over_people(partial(fmr_at_fnmr, genuine, share=share), impostor, who), fewest
                ),
            )
            for share in MISSED
        },
        "curve": [[float(x), float(y)] for x, y in zip(false, true, strict=True)],
        "genuine": sorted(map(float, genuine)),
        "impostor": sorted(map(float, impostor)),
    }


def calibration(found: Sequence[Sample], name: str) -> dict[str, Any]:
    """How far the percentiles of photos left out are from the shares that they promise.

    The mean distance between the share of photos below percentile p and p itself, over p = 1..99;
    0 is perfect, and n perfectly calibrated ones are off by about 0.4 / sqrt(n) by chance.
    """
    recogniser = ANALYSERS.get(RECOGNISERS[name]).recogniser
    told: list[float] = []
    for own in by_person(found).values():
        for place, sample in enumerate(own):
            rest = [_sighting(each) for at, each in enumerate(own) if at != place]
            if len(rest) < 2:
                continue
            whole = left_out([_sighting(sample), *rest], name)[0]
            told.append(percentile(whole, left_out(rest, name), recogniser))
    if not told:
        return {"photos": 0}
    marks = np.arange(1, 100)
    shares = np.array([np.mean(np.array(told) < mark) for mark in marks])
    return {
        "photos": len(told),
        "error": float(np.abs(shares - marks / 100).mean()),
        "by chance": 0.4 / len(told) ** 0.5,
        "below 5": _share(sum(each < 5 for each in told), len(told)),
        "percentiles": sorted(told),
    }


def groups(found: Sequence[Sample], labelled: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """For each label and value: misses at the judge's threshold, and false matches within it."""
    told: dict[str, Any] = {}
    names = sorted({label for row in labelled.values() for label in row})
    threshold = ANALYSERS.get("dlib").recogniser.same_person
    for label in names:
        values = sorted({row[label] for row in labelled.values() if row[label]})
        told[label] = {}
        for value in values:
            own = [each for each in found if labelled.get(each.person, {}).get(label) == value]
            if len(own) < 2:
                continue
            genuine, impostor, who = pairs(own, "dlib")
            told[label][value] = {
                "people": len(by_person(own)),
                "FNMR": _share(int((genuine < threshold).sum()), len(genuine)),
                "FMR": _false_matches(impostor, who, threshold),
            }
    return told


def generated(name: str, several: Mapping[str, list[Sample]]) -> dict[str, Any]:
    """Cosines by the judge of pictures made from all photos but one to that one, beside those of
    the real photos to it.
    """
    made: list[float] = []
    real: list[float] = []
    for person, own in several.items():
        for place, held in enumerate(own):
            rest = [each for at, each in enumerate(own) if at != place]
            real += [float(held.embeddings["dlib"] @ each.embeddings["dlib"]) for each in rest]
            identity = _enrolled(person, [each.photo for each in rest])
            if identity is None:
                continue
            judge = judge_of(identity, "dlib")
            for image in _pictures(identity, name, 2):
                faces = ANALYSERS.get("embedded").analyse(image, embed=False)
                if faces:
                    embedding = judge.embed(image, faces[:1])[0]
                    made.append(float(embedding @ held.embeddings["dlib"]))
    return {"made": _middle(made), "real photos": _middle(real), "cosines": sorted(made)}


def never_worse(several: Mapping[str, list[Sample]], generator: str) -> dict[str, Any]:
    """How often a refiner's result was kept, and how often likeness had fallen in what was kept."""
    told: dict[str, Any] = {}
    images: list[tuple[Identity, Any]] = []
    for person, own in several.items():
        identity = _enrolled(person, [each.photo for each in own])
        if identity is not None:
            images += [(identity, image) for image in _pictures(identity, generator, 4)]
    for name in REFINERS.names():
        kept = worse = 0
        slow = isinstance(REFINERS.get(name), Enlarger)
        tried = images[:FEW] if slow else images
        for identity, image in tried:
            small = fit(image, ENLARGED)[0] if slow else image
            try:
                done = refine(Portrait(small), identity, refiners=[name])
            except SetupError as error:  # its model isn't installed
                sys.stderr.write(f"{name} is left out: {error}\n")
                tried = []
                break
            kept += done.kept
            room = 1 - judge_of(identity).same_person
            worse += done.after < done.before - TOLERANCE * room - 1e-6
        told[name] = {
            "kept": _share(kept, len(tried)),
            "never worse": _share(len(tried) - worse, len(tried)),
        }
    return told


def _pictures(identity: Identity, generator: str, count: int) -> Iterator[Any]:
    looks = tuple(islice(LOOKS.values(), count))
    try:
        for made in GENERATORS.get(generator).generate(Request(identity, looks, count, 1, 640)):
            yield made.image
    except HeadshotsError as error:
        sys.stderr.write(f"{generator}: {error}\n")


def _enrolled(person: str, photos: Sequence[Photo]) -> Identity | None:
    try:
        return enrol(
            person,
            photos,
            consent=agreed(person, "yes", days=1),
            analyser=ANALYSERS.get("embedded"),
            judge=ANALYSERS.get("dlib"),
            face="largest",
        ).identity
    except HeadshotsError as error:
        sys.stderr.write(f"{person}: {error}\n")
        return None


def _sighting(sample: Sample) -> Sighting:
    return Sighting("", sample.embeddings, sample.face.quality)


def _false_matches(
    impostor: Values, who: Sequence[tuple[str, str]], threshold: float
) -> dict[str, float]:
    count = len(impostor)
    if not count:
        return _share(0, 0)
    drawn = over_people(partial(fmr, threshold=threshold), impostor, who)
    return _figure(fmr(impostor, threshold), count, no_surer(drawn, count))


def _figure(value: float, count: int, interval: tuple[float, float]) -> dict[str, float]:
    return {"value": value, "low": interval[0], "high": interval[1], "count": count}


def _share(hits: int, count: int) -> dict[str, float]:
    return _figure(hits / max(count, 1), count, wilson(hits, count))


def _middle(values: Sequence[float]) -> dict[str, float]:
    """Median with its 95 % interval by drawing values with replacement."""
    if not values:
        return _figure(float("nan"), 0, (float("nan"), float("nan")))
    rng = np.random.default_rng(0)
    drawn: Values = rng.choice(np.array(values), (1000, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), (2.5, 97.5))
    return _figure(float(np.median(values)), len(values), (float(low), float(high)))


if __name__ == "__main__":
    in_words(main)
