"""What is found in cut-outs that isn't the sitter, as Markdown.

    .venv/bin/python tests/benchmarks/studio/faults.py

Headshots of five sitters with a neighbour, a chair or a held object planted; group photos whose
cut-outs hold a real neighbour; and, for false alarms, the same sitters clean
and in every look of the studio.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import process_time

import cv2
import numpy as np

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, LOOKS, Request, find_look
from headshots.core.identity.enrollment import enrol
from headshots.core.photos import read_photo
from headshots.core.portrait.matting import cut_out, only_sitter
from headshots.core.portrait.modnet import modnet
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.measures.foreign_objects import foreign_objects
from headshots.core.vault.consent import agreed
from headshots.core.weights.store import weight_path

PORTRAITS = ("demo-photo", "photo-obama", "photo-obama3", "photo-biden")
# Faces by size whose cut-outs hold somebody else, told by eye, by group photo.
STRANGERS = {3: (0, 1), 4: (1, 3), 5: (0, 1, 2, 3, 4), 6: (0, 1, 3)}
NAMES = ("other-person", "chair", "beside-sitter", "held-object", "hand")


def _tools():
    """tests/planted.py, which the tests use too; tests are no package."""
    path = Path(__file__).parents[2] / "planted.py"
    spec = importlib.util.spec_from_file_location("planted", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _planted(tools, shots, folder: Path):
    for seed in range(60):
        rng = np.random.default_rng([1, seed])
        shot, other = shots[seed % 5], shots[(seed + 1 + seed // 5 % 4) % 5]
        yield tools.neighbour(shot, other, rng)
    for seed in range(60):
        yield tools.chair(shots[seed % 5], np.random.default_rng([2, seed]))
    for what, cutout in tools.photographed(folder).items():
        for seed in range(15):
            yield tools.held(shots[seed % 5], what, cutout, np.random.default_rng([3, seed]))
    for what, paint in tools.PAINTED.items():
        for seed in range(15):
            rng = np.random.default_rng([4, seed])
            yield tools.held(shots[seed % 5], what, paint(rng), rng)


def _clean(tools, shots):
    """Each shot as it is, mirrored, closer, darker; and candidates in every look."""
    analyser = ANALYSERS.get("embedded")
    for shot in shots:
        near = cv2.getRotationMatrix2D((tools.WIDTH / 2, 0.42 * tools.HEIGHT), 0, 1.12)
        size = (tools.WIDTH, tools.HEIGHT)
        closer = cv2.warpAffine(shot.image, near, size), cv2.warpAffine(shot.matte, near, size)
        for image, matte in (
            (shot.image, shot.matte),
            (shot.image[:, ::-1], shot.matte[:, ::-1]),
            closer,
            (shot.image * np.float32(0.75), shot.matte),
        ):
            image = np.ascontiguousarray(image)
            yield image, np.ascontiguousarray(matte), analyser.analyse(image, embed=False)[0]
    looks = tuple(find_look(name) for name in LOOKS if find_look(name).backdrop.kind != "picture")
    for photo in PORTRAITS:
        sitter = enrol(
            "Sitter",
            [read_photo(weight_path(photo))],
            consent=agreed("Sitter", "yes", days=30),
            analyser=analyser,
        ).identity
        for made in GENERATORS.get("studio").generate(Request(sitter, looks, len(looks), 3, 400)):
            yield made.image, made.matte, analyser.analyse(made.image, embed=False)[0]


def _found(image, matte, face) -> set[str]:
    return {each.name for each in foreign_objects(Portrait(image, matte, face)) if not each.passed}


def _row(title: str, found: Iterable[set[str]]) -> str:
    found = list(found)
    counts = Counter(name for each in found for name in each)
    cells = [sum(map(bool, found)), *(counts[name] for name in NAMES)]
    return f"| {title} | {len(found)} | " + " | ".join(map(str, cells)) + " |\n"


def _parted(tools, shots) -> Iterator[tuple[float, float, float, float]]:
    """For wide pictures of two people: how much of the neighbour is in MODNet's cut-out and in the
    studio's, and how much of the sitter either lost; shares of what can be seen of them.
    """
    analyser = ANALYSERS.get("embedded")
    for seed in range(25):
        rng = np.random.default_rng([5, seed])
        shot, other = shots[seed % 5], shots[(seed + 1 + seed // 5 % 4) % 5]
        image, sitter, neighbour = tools.pair(shot, other, rng)
        faces = analyser.analyse(image, embed=False)
        if len(faces) != 2:
            continue
        inside = [each.landmarks[:468, :2].astype(int) for each in faces]
        cover = [float(sitter[points[:, 1], points[:, 0]].mean()) for points in inside]
        face = faces[int(np.argmax(cover))]
        mattes = only_sitter(modnet(image), face), cut_out(image, face).matte
        left = [float((matte * neighbour).sum() / neighbour.sum()) for matte in mattes]
        lost = [float(((1 - matte) * sitter).sum() / sitter.sum()) for matte in mattes]
        yield left[0], lost[0], left[1], lost[1]


def main() -> None:
    tools = _tools()
    folder = weight_path("demo-photo").parent
    shots = [tools.headshot(weight_path(photo)) for photo in (*PORTRAITS, "photo-group1")]
    write = sys.stdout.write
    write("| Cut-outs | Number | Reported | " + " | ".join(NAMES) + " |\n")
    write("|---|---:|---:|" + "---:|" * len(NAMES) + "\n")
    planted: dict[str, list[set[str]]] = {}
    for each in _planted(tools, shots, folder):
        if tools.visible(each):
            found = _found(each.shot.image, each.shot.matte, each.shot.face)
            planted.setdefault(each.what, []).append(found)
    for what, found in planted.items():
        write(_row(f"{what}, planted", found))
    real: list[set[str]] = []
    for number, faces in STRANGERS.items():
        for which in faces:
            shot = tools.headshot(weight_path(f"photo-group{number}"), which)
            real.append(_found(shot.image, shot.matte, shot.face))
    write(_row("neighbours in group photos", real))
    start, clean = process_time(), []
    cases = list(_clean(tools, shots))
    start = process_time()
    clean = [_found(*case) for case in cases]
    spent = process_time() - start
    write(_row("clean", clean))
    write(f"\n{1000 * spent / len(clean):.0f} ms of CPU time a cut-out\n")
    pairs = np.array(list(_parted(tools, shots)))
    write(f"\n| {len(pairs)} pairs | neighbour left | sitter lost |\n|---|---:|---:|\n")
    for title, columns in (("MODNet, connected to the face", (0, 1)), ("headshots", (2, 3))):
        part = 100 * pairs[:, columns]
        means, worst = part.mean(axis=0), part.max(axis=0)
        cells = [f"{a:.1f} % (worst {b:.1f})" for a, b in zip(means, worst, strict=True)]
        write(f"| {title} | " + " | ".join(cells) + " |\n")


if __name__ == "__main__":
    main()
