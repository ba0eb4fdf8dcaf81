"""Whether a photo's end is ever visible on the sitter, over folders of people.

    python tests/benchmarks/studio/framing.py FOLDER [FOLDER...]

FOLDER holds a folder of photos for each person. For every person and look the studio's own sources
are cut out at full quality and framed. Then the sitter's pixels at the photo's end and within the
crop are counted, without the solver's tables. There may be none.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "likeness"))
from people import by_person, samples

from headshots.core.errors import HeadshotsError, NoSource
from headshots.core.faces import ANALYSERS
from headshots.core.framing import Crop
from headshots.core.generation import LOOKS
from headshots.core.generation.studio.compose.framing import frame
from headshots.core.generation.studio.plate.plate import Plate, Reach, make_plate
from headshots.core.generation.studio.sources.choice import sources_for, suitability
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.photos import Photo
from headshots.core.vault.consent import agreed

_HEAD, _WIDTH = 300, 640
_SITTER = 0.3  # matte from which a pixel is taken for the sitter


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of people")
    chosen = parser.parse_args(arguments)
    outcomes: Counter[str] = Counter()
    heads: list[float] = []
    people = 0
    for folder in chosen.folders:
        for person, own in by_person(samples(folder)).items():
            people += 1
            for outcome, head in framed(person, [each.photo for each in own]):
                outcomes[outcome] += 1
                if head:
                    heads.append(head)
                if outcome == "end visible":
                    sys.stderr.write(f"{person}: the photo's end is visible\n")
    total = sum(outcomes.values())
    sys.stdout.write(f"{people} people, {total} pictures: {dict(outcomes)}\n")
    share = np.mean(np.array(heads) > 0.72)
    sys.stdout.write(f"Heads: median {np.median(heads):.2f}, {100 * share:.0f} % above .72\n")


def framed(person: str, photos: Sequence[Photo]) -> Iterator[tuple[str, float]]:
    """For every look what became of it, and the head's size."""
    try:
        identity = enrol(
            person,
            photos,
            consent=agreed(person, "yes", days=30),
            analyser=ANALYSERS.get("embedded"),
            face="largest",
        ).identity
    except HeadshotsError as error:
        sys.stderr.write(f"{person}: {error}\n")
        return
    looks = [look for look in LOOKS.values() if look.backdrop.kind != "picture"][:8]
    reach = Reach.of(look.framing for look in looks)
    plates: dict[int, Plate] = {}
    for look in looks:
        worths = [suitability(photo) for photo in identity.photos]
        order = sources_for(identity.photos, worths, look, _WIDTH)
        for source in order[:2]:
            if source not in plates:
                plates[source] = _plate(identity, source, reach)
            try:
                crop = frame(plates[source], look.framing)
            except NoSource:
                continue
            shown = end_shown(plates[source], crop)
            yield ("end visible" if shown else "framed"), crop.head
            break
        else:
            yield "no room", 0.0


def end_shown(plate: Plate, crop: Crop) -> int:
    """Pixels of the sitter at the photo's end that lie within the crop by more than a pixel."""
    beyond = np.pad(~plate.inside, 1, constant_values=True).astype(np.uint8)
    beyond[0] = beyond[1]  # above the plate there is air
    near = cv2.dilate(beyond, np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    at_end = near & (plate.matte > _SITTER)
    top, left = max(0, int(np.ceil(crop.y + 1))), max(0, int(np.ceil(crop.x + 1)))
    bottom, right = int(crop.y + crop.height - 1), int(crop.x + crop.width - 1)
    return int(at_end[top : max(top, bottom), left : max(left, right)].sum())


def _plate(identity: Identity, source: int, reach: Reach) -> Plate:
    return make_plate(identity.photos[source], _HEAD, identity, reach)


if __name__ == "__main__":
    main(sys.argv[1:])
