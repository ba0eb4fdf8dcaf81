"""Makes docs/pictures/keeping.jpg: a portrait, a simulated edit of it, and the sitter kept in it.

    .venv/bin/python scripts/keeping_picture.py    (after `headshots setup --tests`)

The edit is the benchmark's (tests/benchmarks/keeping), of an official portrait.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from readme_pictures import strip

from headshots.core.images import to_u8
from headshots.core.keeping.keeper import keep_sitter
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.weights.store import weight_path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.benchmarks.keeping.edits import simulate, subject  # noqa: E402

TARGET = ROOT / "docs" / "pictures" / "keeping.jpg"
SEED = 44
SHOWN = 0.62  # share of the height, from above, that is shown


def main() -> int:
    photo, donor = (
        subject(name, name, np.ascontiguousarray(read_photo(weight_path(name), longest=900).image))
        for name in ("photo-obama", "photo-biden")
    )
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    edit = simulate(photo, "edit", np.random.default_rng(seed), donor)
    known = photo.portrait
    kept = keep_sitter(Portrait(photo.image, known.matte, known.face), Portrait(edit.image))
    sys.stderr.write(f"{edit.notes}\n{kept.refusals} {kept.card.lines if kept.card else ''}\n")
    shown = [each[: round(SHOWN * len(each))] for each in (photo.image, edit.image, kept.image)]
    strip([Image.fromarray(to_u8(each)) for each in shown]).save(TARGET, quality=86, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
