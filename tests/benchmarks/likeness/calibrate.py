"""Measures what a cosine means, and what is usual between a person's photos: `make calibrate`.

    python tests/benchmarks/likeness/calibrate.py [FOLDER] [--out calibration.toml]

FOLDER holds a folder of photos for each person; without one the public test photos are used, which
are few. The prior of the percentile is estimated from people with three photos or more, where there
are enough of them; otherwise the one in the table stays.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from people import RECOGNISERS, Sample, by_person, in_words, pairs, samples
from verification import Values, fmr, over_people

from headshots.core.faces import ANALYSERS
from headshots.core.files import write_file
from headshots.core.identity.consensus import Sighting, left_out
from headshots.core.scoring.calibration import TABLE
from headshots.core.scoring.likeness import pairwise

ROWS = 24
# Fewer people than this say less about what is usual than the prior that they would replace.
ENOUGH_PEOPLE = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="folders of people")
    parser.add_argument("--out", type=Path, default=TABLE)
    asked = parser.parse_args()
    skipped: list[str] = []
    found = samples(asked.folder, skipped)
    known = tomllib.loads(TABLE.read_text("utf-8"))
    general = known["general"]["prior"]
    text = [f"# Made by `make calibrate` from {_base(asked.folder)}. See calibration.py.", ""]
    text += _prior("general", general)
    for name in RECOGNISERS:
        _, impostor, who = pairs(found, name)
        people = len({each for pair in who for each in pair})
        text += [f"[{name}]", f"people = {people}", f"pairs = {len(impostor)}"]
        text += ["# cosine, false match rate, its 95 % interval", "rows = ["]
        text += [f"  [{', '.join(map(_number, row))}]," for row in rows(impostor, who)]
        text += ["]", "", *_prior(name, estimated(found, name) or general)]
    write_file(asked.out, ("\n".join(text).rstrip() + "\n").encode())
    for line in skipped:
        sys.stderr.write(f"left out: {line}\n")
    sys.stdout.write(f"{len(found)} faces; wrote {asked.out}\n")


def rows(impostor: Values, who: Sequence[tuple[str, str]]) -> list[tuple[float, ...]]:
    """Rising cosines, and how often different people score at least as high.

    Steps are even in the logarithm of the rate, since it is the rare matches that matter.
    """
    count = len(impostor)
    ranked = np.sort(impostor)[::-1]
    places = np.unique(np.round(np.geomspace(1, count, ROWS)).astype(int))[::-1]
    made: list[tuple[float, ...]] = []
    for place in places:
        cut = float(ranked[place - 1])
        low, high = over_people(partial(fmr, threshold=cut), impostor, who)
        rate = fmr(impostor, cut)
        made.append((cut, rate, min(low, rate), max(high, rate, 3 / count)))
    made.append((float(np.nextafter(ranked[0], np.float32(2))) + 1e-4, 0.0, 0.0, 3 / count))
    return made


def estimated(found: Sequence[Sample], name: str) -> dict[str, float] | None:
    """The prior by the moments of people's own figures (empirical Bayes); None of too few people.

    The spread is the root of the mean variance within people; the middle is worth as many photos
    as make the variance of people's means: within / between (Efron and Morris, JASA 70, 1975).
    """
    recogniser = ANALYSERS.get(RECOGNISERS[name]).recogniser
    each_own: list[Values] = []
    for own in by_person(found).values():
        if len(own) > 2:
            sightings = [Sighting("", each.embeddings, each.face.quality) for each in own]
            cosines = np.array([pairwise(c, len(own) - 1) for c in left_out(sightings, name)])
            distance = np.maximum(1 - cosines, 1e-4) / (1 - recogniser.same_person)
            each_own.append(np.log(distance))
    if len(each_own) < ENOUGH_PEOPLE:
        return None
    within = float(np.mean([own.var(ddof=1) for own in each_own]))
    means = np.array([own.mean() for own in each_own])
    noise = float(np.mean([own.var(ddof=1) / len(own) for own in each_own]))
    between = max(float(means.var(ddof=1)) - noise, within / 50)
    worth = float(np.clip(within / between, 1, 50))
    return {"middle": float(means.mean()), "spread": within**0.5, "photos": worth}


def _prior(name: str, values: dict[str, float]) -> list[str]:
    return [f"[{name}.prior]", *(f"{key} = {value:.4g}" for key, value in values.items()), ""]


def _number(value: float) -> str:
    return f"{value:.5f}".rstrip("0") + ("0" if float(f"{value:.5f}").is_integer() else "")


def _base(folder: Path | None) -> str:
    if folder is None:
        return "the public test photos, one face a person but for three of one"
    return f"a folder of {sum(each.is_dir() for each in folder.iterdir())} people"


if __name__ == "__main__":
    in_words(main)
