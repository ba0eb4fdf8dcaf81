"""The gallery in figures: `gallery.json`, and the table that the command prints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from .entry import REFUSED, Entry, Person


def as_json(people: Sequence[Person], settings: dict[str, object]) -> str:
    """`gallery.json`: how it was made, each person's photos, every picture."""
    said = {
        **settings,
        "people": [
            {
                "person": each.name,
                "photos": each.photos,
                "refused_photos": each.refused,
                "usable": each.usable,
            }
            for each in people
        ],
        "pictures": [asdict(entry) for entry in entries(people)],
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def table(people: Sequence[Person]) -> str:
    """How many pictures are usable, who has none, and how many are refused for what."""
    every = list(entries(people))
    usable = sum(each.usable for each in people)
    none = [each.name for each in people if not each.usable]
    lines = [
        f"{usable} of {len(every)} pictures of {len(people)} people are usable by the judge"
        f" ({_share(usable, len(every))})",
        f"without one: {len(none)}{': ' + ', '.join(none) if none else ''}",
        "",
    ]
    counts = reasons(every)
    alone = Counter(next(iter(each.defects)) for each in every if len(each.defects) == 1)
    width = max((len(name) for name in counts), default=0)
    if counts:
        lines.append(f"{'refused for':<{width}}  pictures  alone")
    lines += [f"{name:<{width}}  {n:8}  {alone[name]:5}" for name, n in counts.most_common()]
    photos = [f"{each.name}: {one}" for each in people for one in each.refused]
    if photos:
        lines += ["", "photos not enrolled:", *photos]
    return "\n".join(lines) + "\n"


def reasons(every: Iterable[Entry]) -> Counter[str]:
    """How many pictures are refused for each measure or error, by its name."""
    return Counter(name for each in every if each.verdict == REFUSED for name in each.defects)


def entries(people: Iterable[Person]) -> Iterable[Entry]:
    return (entry for each in people for entry in each.entries)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
