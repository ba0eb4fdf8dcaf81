"""What enlarging four times leaves of a face, as Markdown.

    .venv/bin/python -m tests.benchmarks.studio.enlarging [FOLDER] [--peer NAME PARAM BIN]

FOLDER holds folders of people, as `python -m tests.benchmarks.people` collects them. Of each
person the photo with the largest face, then the next until there are 32, is reduced to a face of 64
and 40 pixels, as it is, saved as JPEG or with noise, and enlarged again. A peer is another ncnn
network that enlarges four times.

Likeness is the cosine of dlib's embeddings of the enlarged face and of the face as it was, on the
same landmarks. PSNR and SSIM are of luminance. Wins: of how many faces this has
the highest cosine, or shares it.
"""

from __future__ import annotations

import argparse
import operator
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.dlib import DlibRecogniser
from headshots.core.faces.head_pose import turned
from headshots.core.images import Float, Image, blur, luminance, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.enlarging import SCALE, enlarge
from headshots.core.weights.sessions import NcnnSession, ncnn

from ..people.__main__ import CACHE

WIDTHS = (64, 40)
MOST = 32  # faces
_AROUND = 0.25  # of the face's width and height on each side
_CONTEXT = 10

Way = Callable[[Image, Face], Image]


@dataclass(frozen=True, eq=False)
class Reduced:
    """A face before and after it was reduced. face: in pixels of `large`."""

    large: Image
    small: Image
    face: Face


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=CACHE)
    parser.add_argument("--peer", action="append", nargs=3, default=[], metavar="NAME PARAM BIN")
    chosen = parser.parse_args(arguments)
    span = ncnn("span-x4-param", "span-x4-bin")
    ways: dict[str, Way] = {
        "bicubic": lambda image, _: _resampled(image, cv2.INTER_CUBIC),
        "Lanczos": lambda image, _: _resampled(image, cv2.INTER_LANCZOS4),
        "SPAN alone": lambda image, _: _through(span, image),
        "SPAN as used": _as_used,
    }
    for name, param, weights in chosen.peer:
        network = NcnnSession(Path(param), Path(weights))
        ways[name] = lambda image, _, network=network: _through(network, image)
    crops = _people(chosen.folder)
    for width in WIDTHS:
        faces = [_reduced(image, face, width) for image, face in crops]
        for state, spoil in _STATES.items():
            for line in _table(faces, ways, width, state, spoil):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


def _people(folder: Path) -> list[tuple[Image, Face]]:
    """Photos whose face is as large as the largest enlarged one, cut to the face."""
    analyser = ANALYSERS.get("embedded")
    ranked: list[tuple[int, tuple[Image, Face]]] = []
    for person in sorted(each for each in folder.iterdir() if each.is_dir()):
        crops: list[tuple[Image, Face]] = []
        for path in sorted(person.iterdir()):
            try:
                image = read_photo(path, longest=2048).image
            except HeadshotsError:
                continue
            faces = analyser.analyse(image, embed=False)
            if faces and faces[0].width >= SCALE * max(WIDTHS):
                crops.append(_cut(image, faces[0]))
        crops.sort(key=lambda crop: -crop[1].width)
        ranked += enumerate(crops)
    ranked.sort(key=lambda pair: pair[0])
    return [crop for _, crop in ranked[:MOST]]


def _cut(image: Image, face: Face) -> tuple[Image, Face]:
    area = face.box.grown(_AROUND)
    left, top = max(0, round(area.x0)), max(0, round(area.y0))
    part = image[top : round(area.y1), left : round(area.x1)].copy()
    return part, turned(face, np.array([[1, 0, -left], [0, 1, -top]], np.float32))


def _reduced(image: Image, face: Face, width: int) -> Reduced:
    scale = width / face.width
    columns, rows = round(image.shape[1] * scale), round(image.shape[0] * scale)
    large = resize(image, SCALE * columns, SCALE * rows)
    return Reduced(large, resize(image, columns, rows), face.scaled(SCALE * scale))


def _saved(image: Image, quality: int) -> Image:
    pixels = np.rint(image[..., ::-1] * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return read_photo(data.tobytes(), name="saved.jpg").image


def _noisy(image: Image, deviation: float) -> Image:
    noise = np.random.default_rng(0).normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 1).astype(np.float32)


_STATES: dict[str, Callable[[Image], Image]] = {
    "as it is": lambda image: image,
    "JPEG at quality 60": lambda image: _saved(image, 60),
    "noise of .02": lambda image: _noisy(image, 0.02),
}


def _resampled(image: Image, method: int) -> Image:
    large = cv2.resize(image, None, fx=SCALE, fy=SCALE, interpolation=method)
    return np.clip(np.asarray(large, np.float32), 0, 1)


def _through(network: NcnnSession, image: Image) -> Image:
    border = ((_CONTEXT, _CONTEXT), (_CONTEXT, _CONTEXT), (0, 0))
    large = network.run(np.pad(image, border, mode="symmetric").transpose(2, 0, 1))
    inner = slice(SCALE * _CONTEXT, -SCALE * _CONTEXT)
    return np.clip(large.transpose(1, 2, 0)[inner, inner], 0, 1)


def _as_used(image: Image, face: Face) -> Image:
    large = enlarge(image, face)
    return resize(large, SCALE * image.shape[1], SCALE * image.shape[0])


def _table(
    faces: Sequence[Reduced],
    ways: dict[str, Way],
    width: int,
    state: str,
    spoil: Callable[[Image], Image],
) -> Iterator[str]:
    judge = DlibRecogniser()
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in ways}
    for each in faces:
        small = spoil(each.small)
        own = judge.embed(each.large, [each.face])[0]
        for name, way in ways.items():
            start = time.process_time()
            large = way(small, each.face.scaled(1 / SCALE))
            took = time.process_time() - start
            cosine = float(judge.embed(large, [each.face])[0] @ own)
            rows[name].append((cosine, *_fidelity(large, each.large), took))
    yield f"{len(faces)} faces of {width} pixels, {state}"
    yield ""
    yield "| | cosine | least | wins | PSNR | SSIM | CPU s |"
    yield "|---|---|---|---|---|---|---|"
    best = [max(each[index][0] for each in rows.values()) for index in range(len(faces))]
    for name, figures in rows.items():
        cosines, psnr, ssim, took = zip(*figures, strict=True)
        yield (
            f"| {name} | {fmean(cosines):.4f} | {min(cosines):.3f} "
            f"| {sum(map(operator.ge, cosines, best))} "
            f"| {fmean(psnr):.1f} | {fmean(ssim):.3f} | {fmean(took):.2f} |"
        )
    yield ""


def _fidelity(image: Image, original: Image) -> tuple[float, float]:
    """PSNR in dB, and SSIM (Wang et al. 2004, by Gaussian windows of 1.5 pixels)."""
    one, other = luminance(image), luminance(original)
    psnr = -10 * np.log10(max(1e-9, float(np.mean((one - other) ** 2))))

    def mean(x: Float) -> Float:
        return blur(x, 1.5)

    first, second = mean(one), mean(other)
    spread = mean(one * one) - first**2 + mean(other * other) - second**2
    common = mean(one * other) - first * second
    similar = (2 * first * second + 1e-4) * (2 * common + 9e-4)
    return float(psnr), float((similar / ((first**2 + second**2 + 1e-4) * (spread + 9e-4))).mean())


if __name__ == "__main__":
    main(sys.argv[1:])
