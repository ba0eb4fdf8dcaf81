"""Real photos held against their own sitter: `make false-alarms DATA=folder`.

    python tests/benchmarks/likeness/left_out.py FOLDER [--json FILE]

FOLDER holds a folder of photos for each person. Each photo of somebody with two usable ones or more
is left out once: the sitter is enrolled from the others and the photo scored as a picture. Nothing
in it was changed, so whatever is said of its identity or realism is a false alarm.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from people import by_person, in_words, samples
from verification import wilson

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS
from headshots.core.identity import enrollment
from headshots.core.identity.photo_analysis import Looked, look
from headshots.core.photos import Photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.score import score
from headshots.core.vault.consent import agreed

# Measures that speak of the photo as a headshot: its light, framing and sharpness. A real photo may
# well be a poor one.
_PHOTO = {
    "eyes-open", "mouth-open", "grimace", "sharpness", "blown-skin", "crushed-skin",
    "face-contrast",
    "skin-lightness", "skin-tint", "skin-warmth", "key-azimuth", "key-elevation", "key-ratio",
    "catchlight", "head-size", "eye-line", "off-centre", "chin-room", "turn", "smile",
    # A left-out photo may well be much like another of the same sitting, and that is told.
    "copy",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folders of people")
    parser.add_argument("--json", type=Path, help="write what was said of every photo here")
    chosen = parser.parse_args()
    rows = list(cards(chosen.folder))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, default=float, indent=1), "utf-8")
    sys.stdout.write(table(rows))


def cards(folder: Path) -> Iterator[dict[str, Any]]:
    """What is said of every left-out photo."""
    cached = _Cached()
    enrollment.look = cached  # each photo is looked at once, however often it is enrolled
    for person, own in by_person(samples(folder)).items():
        if len(own) < 2:
            continue
        for place, sample in enumerate(own):
            rest = [each.photo for other, each in enumerate(own) if other != place]
            try:
                card = _card(person, sample.photo, rest)
            except HeadshotsError as error:
                sys.stderr.write(f"{person}, {sample.photo.name}: {error}\n")
                continue
            failed = [each for each in card.measures if not each.passed]
            yield {
                "person": person,
                "photo": sample.photo.name,
                "photos": len(rest),
                "percentile": card.percentile,
                "reasons": card.reasons,
                "failed": [each.name for each in failed],
                "defects": [each.name for each in failed if each.refuses],
                "severity": {each.name: each.severity for each in card.measures},
                "values": {each.name: each.value for each in card.measures},
            }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """False alarms by measure as Markdown, with 95 % intervals (Wilson)."""
    count = len(rows)
    lines = [
        f"{count} photos of {len({row['person'] for row in rows})} people, each left out once\n",
        "| | severity | said of | % (95 %) |",
        "|---|---|---|---|",
    ]
    refused = sum(bool(row["reasons"] or set(row["defects"]) - _PHOTO) for row in rows)
    lines.append(_line("refused for identity or realism", "", refused, count))
    lines.append(
        _line("not taken for the sitter", "", sum(bool(r["reasons"]) for r in rows), count)
    )
    severities = {name: each for row in rows for name, each in row["severity"].items()}
    said = Counter(name for row in rows for name in row["failed"] if name not in _PHOTO)
    lines += [_line(name, severities[name], hits, count) for name, hits in said.most_common()]
    ranks = sorted(row["percentile"] / 100 for row in rows)
    apart = max(
        (
            max(abs(rank - at / count), abs(rank - (at + 1) / count))
            for at, rank in enumerate(ranks)
        ),
        default=0.0,
    )
    lines.append(f"\nPercentiles: at most {apart:.2f} from an even spread (Kolmogorov-Smirnov)\n")
    return "\n".join(lines)


def _line(name: str, severity: str, hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    share = f"{100 * hits / count:.0f} ({100 * low:.0f} to {100 * high:.0f})"
    return f"| {name} | {severity} | {hits} | {share} |"


def _card(person: str, photo: Photo, rest: Sequence[Photo]) -> Scorecard:
    identity = enrollment.enrol(
        person,
        rest,
        consent=agreed(person, "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
        face="largest",
    ).identity
    return score(Portrait(photo.image), identity, picture=photo.name)


class _Cached:
    """`look` with its answers kept by photo."""

    def __init__(self) -> None:
        self._kept: dict[str, Looked] = {}

    def __call__(self, photo: Photo, *rest: Any) -> Looked:
        if photo.sha256 not in self._kept:
            self._kept[photo.sha256] = look(photo, *rest)
        return self._kept[photo.sha256]


if __name__ == "__main__":
    in_words(partial(main))
