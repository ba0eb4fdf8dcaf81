"""Keep the sitter on simulated edits of known amounts, beside crop-and-stitch, as Markdown.

    .venv/bin/python -m tests.benchmarks.keeping DATA [--edits 500] [--half report] [--save FOLDER]

DATA holds a folder of photos for each person (`python -m tests.benchmarks.people` collects some).
Every second person is for setting limits (`--half set`), the others for the report.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS
from headshots.core.images import Image
from headshots.core.keeping.keeper import Kept, keep_sitter
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.settings import settings

from .edits import Edit, Subject, simulate, subject
from .figures import of_kept, of_peer, peer
from .report import report

SUFFIXES = {".jpg", ".jpeg", ".png", ".heic", ".tif", ".tiff", ".webp"}
LONGEST = 1024
_NARROWEST = 110  # pixels of a face that is worth an edit
_MOST_PHOTOS = 3  # of one person
# How often each kind comes: right edits are most.
_KINDS = ("edit",) * 11 + ("reframed",) * 3 + ("swapped",) * 2 + ("turned", "other photo")
_KINDS = (*_KINDS, "stranger", "repainted", "repainted")
_PAINTED = (0.25, 0.5, 1.0)  # shares of what a network painted anew


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="+", help="folders of people")
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--half", choices=("set", "report", "both"), default="report")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", help="only these kinds of edits")
    parser.add_argument("--save", type=Path, help="a folder for pictures to look at")
    parser.add_argument("--json", type=Path, help="a file for the figures of each edit")
    chosen = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    everybody = list(_people(chosen.data, chosen.half))
    if len(everybody) < 2:
        parser.error("there are photos of fewer than two people")
    sys.stderr.write(f"{len(everybody)} people\n")
    for number, person in enumerate(everybody):
        count = chosen.edits // len(everybody) + (number < chosen.edits % len(everybody))
        rng = np.random.default_rng([chosen.seed, number])
        others = [each for each in everybody if each is not person]
        kinds = [k for k in _KINDS if not chosen.kinds or k in chosen.kinds]
        for index in range(count):
            kind = kinds[(number * 7 + index) % len(kinds)]
            row = _one(person, others, kind, rng, chosen.save, f"{number:02}-{index:02}")
            if row is not None:
                rows.append(row)
        if chosen.json is not None:
            chosen.json.write_text(json.dumps(rows, indent=1))
        sys.stderr.write(f"{number + 1}/{len(everybody)}: {len(rows)} edits\n")
    sys.stdout.write(report(rows))
    return 0


def _people(folders: Sequence[Path], half: str) -> Iterator[list[Subject]]:
    """The usable photos of each person of that half."""
    named = sorted({each for folder in folders for each in folder.iterdir() if each.is_dir()})
    for number, folder in enumerate(named):
        if half != "both" and (half == "set") != (number % 2 == 0):
            continue
        photos: list[Subject] = []
        for path in sorted(each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES):
            if len(photos) == _MOST_PHOTOS:
                break
            try:
                image = np.ascontiguousarray(read_photo(path, longest=LONGEST).image)
                if Portrait(image).sitter(path.name).width >= _NARROWEST:
                    photos.append(subject(folder.name, path.name, image))
            except HeadshotsError as error:
                sys.stderr.write(f"{folder.name}/{path.name}: {error}\n")
        if photos:
            yield photos


def _one(
    person: Sequence[Subject],
    others: Sequence[Sequence[Subject]],
    kind: str,
    rng: np.random.Generator,
    folder: Path | None,
    name: str,
) -> dict[str, Any] | None:
    """One edit, kept, measured, and a peer's; None where the person has no second photo."""
    photo = person[int(rng.integers(len(person)))]
    stranger = others[int(rng.integers(len(others)))]
    donor = stranger[int(rng.integers(len(stranger)))]
    other, share, turn = donor, 1.0, 0.0
    if kind == "other photo":
        rest = [each for each in person if each is not photo]
        if not rest:
            kind = "edit"
        else:
            other = rest[int(rng.integers(len(rest)))]
    if kind == "swapped":
        share = float(rng.choice([0.3, 0.6, 1.0]))
    if kind == "repainted":
        share = float(rng.choice(_PAINTED))
    if kind == "turned":
        turn = float(rng.choice([-1, 1]) * rng.uniform(3, 18))
    edit = simulate(photo, kind, rng, donor, other, share, turn)
    known = photo.portrait  # its matte is known, as it is to a second edit of one photo
    original = Portrait(photo.image, known.matte, known.face)
    started = perf_counter()
    kept = keep_sitter(original, Portrait(edit.image))
    row: dict[str, Any] = {
        "person": photo.person,
        "photo": photo.name,
        "name": name,
        "kind": kind,
        "seconds": perf_counter() - started,
        "pixels": int(np.prod(photo.image.shape[:2])),
        "refusals": kept.refusals,
        **edit.notes,
    }
    if kept.comparison is not None:
        row["comparison"] = {
            each: getattr(kept.comparison, each)
            for each in ("yaw", "pitch", "roll", "misfit", "rigid", "bent", "steering", "judge")
        }
    if kept.kept and kept.card is not None:
        row["own"], row["tint_found"] = kept.card.own, kept.card.tint
        row["cut"], row["before"] = kept.card.cut, kept.card.before
        row["kept"] = of_kept(photo, edit, kept, kept.card.usual - kept.card.after).to_json()
    if kind == "edit":
        image, own = peer(photo, edit)
        lost = 1 - _alike(photo, np.clip(image, 0, 1).astype(np.float32))
        row["peer"] = of_peer(photo, edit, image, own, lost).to_json()
    if folder is not None:
        _save(folder, name, photo, edit, kept)
    return row


def _alike(photo: Subject, image: Image) -> float:
    recogniser = ANALYSERS.get(settings().judge).recogniser
    faces = [photo.portrait.face]
    return float(recogniser.embed(photo.image, faces)[0] @ recogniser.embed(image, faces)[0])


def _save(folder: Path, name: str, photo: Subject, edit: Edit, kept: Kept) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"1-photo": photo.image, "2-edit": edit.image, "3-kept": kept.image}
    for what, image in pictures.items():
        pixels = (np.clip(image, 0, 1)[..., ::-1] * 255 + 0.5).astype(np.uint8)
        cv2.imwrite(str(folder / f"{name}-{edit.kind.replace(' ', '')}-{what}.png"), pixels)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
