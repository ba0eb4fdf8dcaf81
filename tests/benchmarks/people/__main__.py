"""Collect photos of strangers to develop on, one folder for each person.

    .venv/bin/python -m tests.benchmarks.people [--out FOLDER] [--split development]

The photos are public figures and stock models in public repositories (manifest.toml); none of them
is committed here. git fetches them from GitHub, or reads a clone that is there already:

    .venv/bin/python -m tests.benchmarks.people --clone serengil/deepface=../deepface

Photos that lie there already are kept. Ends with 1 where anybody's photo is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from platformdirs import user_cache_path

from headshots.core.errors import HeadshotsError
from headshots.core.files import write_file

from .clones import HOST, check_clone, content, fetched
from .manifest import SPLITS, Person, Photo, people

CACHE = user_cache_path("headshots", appauthor=False) / "people"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=CACHE, help=f"default: {CACHE}")
    parser.add_argument("--split", choices=SPLITS, help="only these people; default: all")
    parser.add_argument(
        "--with-tests", action="store_true", help="people of the tests' own photos, too"
    )
    parser.add_argument(
        "--clone", action="append", default=[], metavar="OWNER/NAME=PATH", help="an existing clone"
    )
    chosen = parser.parse_args(arguments)
    clones: dict[str, Path] = {}
    for pair in chosen.clone:
        repository, equals, path = pair.partition("=")
        if not (repository and equals and path):
            parser.error(f"--clone {pair}: give OWNER/NAME=PATH")
        clones[repository] = Path(path)
    wanted = [
        each
        for each in people()
        if chosen.split in (None, each.split) and (chosen.with_tests or not each.tests)
    ]
    faults = collect(wanted, chosen.out, clones)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    there = [_there(each, photo, chosen.out) for each in wanted for photo in each.photos]
    sys.stdout.write(f"{len(wanted)} people, {sum(there)} of {len(there)} photos: {chosen.out}\n")
    return int(bool(faults))


def collect(
    wanted: Sequence[Person], out: Path, clones: Mapping[str, Path], host: str = HOST
) -> list[str]:
    """Put the photos of `wanted` into `out`; a line for each photo or repository that can't be had.

    clones: by "owner/name", those that are there already.
    """
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for repository, theirs in groupby(wanted, key=lambda each: each.repository):
            photos = [(each, photo) for each in theirs for photo in each.photos]
            missing = [pair for pair in photos if not _there(*pair, out)]
            if not missing:
                continue
            clone = clones.get(repository)
            try:
                if clone is None:
                    target = Path(folder, repository.replace("/", "+"))
                    clone = fetched(repository, missing[0][0].commit, target, host)
                check_clone(clone, repository)
            except HeadshotsError as error:
                faults.append(str(error))
                continue
            for person, photo in missing:
                try:
                    data = content(clone, person, photo)
                except HeadshotsError as error:
                    faults.append(f"{person.id}: {error}")
                else:
                    (out / person.id).mkdir(parents=True, exist_ok=True)
                    write_file(out / person.id / photo.name, data)
    return faults


def _there(person: Person, photo: Photo, out: Path) -> bool:
    path = out / person.id / photo.name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == photo.sha256


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
