"""Simulated returns of an edit model: a real photo, changed by known amounts chosen at random.

No model is asked: what it would do to a photo is done to it one by one, so that the truth is known
for every pixel. `back` says for each pixel of the edited picture where it was in the photo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from headshots.core.faces.alignment import similarity
from headshots.core.faces.masks import polygon_mask
from headshots.core.faces.regions import OVAL
from headshots.core.generation import decontaminate
from headshots.core.images import Float, Image, Mask, blur, from_lab, resize, to_lab, to_srgb
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segment_masks import segment_masks
from headshots.core.portrait.segments import Segment, segment

from .repainting import repainted

_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))
_JAW = (172, 136, 150, 58, 397, 365, 379, 288)
KINDS = ("edit", "reframed", "swapped", "turned", "other photo", "stranger")


@dataclass(frozen=True, eq=False)
class Subject:
    """A photo with what a simulated edit needs of it. parts: masks in full size."""

    person: str
    name: str
    portrait: Portrait
    parts: dict[Segment, Mask]
    fore: Image
    clean: Mask

    @property
    def image(self) -> Image:
        return self.portrait.image

    @property
    def skin(self) -> Mask:
        return self.parts[Segment.FACE_SKIN] + self.parts[Segment.BODY_SKIN]


@dataclass(frozen=True, eq=False)
class Edit:
    """A simulated edit.

    image: sRGB (h, w, 3). back: (h, w, 2), where each pixel was in the photo.
    changed: (h, w) 0..1, clothes that are new. notes: the amounts.
    """

    kind: str
    image: Image
    back: Float
    changed: Mask
    notes: dict[str, Any] = field(default_factory=dict)


def subject(person: str, name: str, image: Image) -> Subject:
    """A photo, looked at. Raises FaceError without exactly one face."""
    face = Portrait(image).sitter(name)
    matte = cut_out(image, face).matte
    portrait = Portrait(image, matte, face)
    parts = segment_masks(segment(image, matte, face), image, matte)
    linear, clean = decontaminate(image, matte, face)
    return Subject(person, name, portrait, parts, to_srgb(linear), clean)


def simulate(
    photo: Subject,
    kind: str,
    rng: np.random.Generator,
    donor: Subject,
    other: Subject | None = None,
    share: float = 1.0,
    turn: float = 0.0,
) -> Edit:
    """An edit of `photo`.

    donor: whose clothes, cloth or wall may be taken. other: whose face or photo it is where `kind`
    is about another one. share: of the other face, or of what a network painted anew. turn: degrees
    of yaw.
    """
    if kind in ("other photo", "stranger") and other is not None:
        return _another(kind, photo, other, rng)
    image = photo.image
    width = image.shape[1]
    if kind == "swapped" and other is not None:
        image = _swapped(photo, other, share)
    image, changed, notes = _painted(photo, image, rng, donor, plain=kind == "swapped")
    if kind == "repainted":
        image = repainted(image, share)
    back, bent = _bent(photo, rng)
    if kind == "turned":
        moves = _turned(photo, turn)
        back = back + cv2.remap(moves, back[..., 0], back[..., 1], cv2.INTER_LINEAR)
    smoothed = rng.uniform(0, 0.7)
    if smoothed > 0.2:
        soft = cv2.bilateralFilter(image, 9, 0.06, 0.008 * width)
        image = image + (photo.skin * np.float32(smoothed))[..., None] * (soft - image)
    border = cv2.BORDER_REFLECT
    laid = cv2.remap(image, back[..., 0], back[..., 1], cv2.INTER_CUBIC, borderMode=border)
    new = cv2.remap(changed, back[..., 0], back[..., 1], cv2.INTER_LINEAR)
    tint = rng.uniform(0, 15)
    laid = _toned(laid, photo, tint, rng)
    if kind == "reframed":
        laid, back, new, framed = _reframed(laid, back, new, photo, rng)
        notes |= framed
    laid, lost = _lost(laid, rng)
    notes |= bent | lost | {"tint": tint, "smoothed": smoothed, "share": share, "turn": turn}
    return Edit(kind, laid, np.asarray(back, np.float32), np.asarray(new, np.float32), notes)


def _another(kind: str, photo: Subject, other: Subject, rng: np.random.Generator) -> Edit:
    """Another photo in the place of the edit, its face about where the sitter's is."""
    height, width = photo.image.shape[:2]
    points = other.portrait.face.landmarks[:, :2], photo.portrait.face.landmarks[:, :2]
    matrix = similarity(*points)
    laid = cv2.warpAffine(
        other.image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    image = _toned(np.clip(laid, 0, 1), photo, rng.uniform(0, 10), rng)
    pose = [getattr(other.portrait.face.pose, a) - getattr(photo.portrait.face.pose, a)
            for a in ("yaw", "pitch")]  # fmt: skip
    nothing = np.zeros((height, width), np.float32)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    notes = {"turn": float(np.hypot(*pose)), "share": 1.0}
    return Edit(kind, _rounded(image), grid, nothing, notes)


def _painted(
    photo: Subject, image: Image, rng: np.random.Generator, donor: Subject, plain: bool
) -> tuple[Image, Mask, dict[str, Any]]:
    """New clothes, a new backdrop, or both; and where the clothes are new."""
    cloth = photo.parts[Segment.CLOTHES].copy()
    collar = rng.random() < 0.25
    if collar:
        cloth = np.maximum(cloth, _collar(photo))
    clothes, wall = (True, rng.random() < 0.6) if rng.random() < 0.85 else (False, True)
    if photo.clean[photo.portrait.skin > 0.5].mean() < 0.97:  # a broken matte tears the face
        clothes, wall = True, False
    changed = np.zeros_like(cloth)
    kind = "none"
    if clothes:
        kind = str(rng.choice(["plain", "stripes", "checks", "dots", "cloth", "garment"]))
        image, changed = _dressed(photo, image, cloth, kind, rng, donor)
    if wall:
        cover = np.maximum(photo.clean, changed)[..., None]
        own = (1 - changed)[..., None] * (1.0 if not plain else 0.0)
        front = image + own * (photo.fore - photo.image)
        image = front * cover + _wall(image.shape[:2], rng, donor) * (1 - cover)
    image = np.asarray(np.clip(image, 0, 1), np.float32)
    return image, changed, {"clothes": kind, "collar": collar, "wall": wall}


def _dressed(
    photo: Subject, image: Image, cloth: Mask, kind: str, rng: np.random.Generator, donor: Subject
) -> tuple[Image, Mask]:
    """Other clothes where `cloth` is, with its folds; "garment" is the donor's own."""
    height, width = cloth.shape
    lab = to_lab(image)
    fold = lab[..., 0] - blur(lab[..., 0], 0.06 * width)
    new = np.empty_like(lab)
    new[..., 0] = rng.uniform(15, 80)
    new[..., 1:] = rng.uniform(-45, 45, 2)
    if kind in ("stripes", "checks", "dots"):
        new += _pattern(kind, fold, rng)
    if kind == "cloth":
        patch = _cloth(donor)
        if patch is not None:
            new, fold = to_lab(resize(patch, width, height)), fold * 0.5
    new[..., 0] = np.clip(new[..., 0] + fold, 2, 97)
    dressed = from_lab(new)
    if kind == "garment":
        points = donor.portrait.face.landmarks[:, :2], photo.portrait.face.landmarks[:, :2]
        matrix, size = similarity(*points), (width, height)
        worn = cv2.warpAffine(donor.parts[Segment.CLOTHES], matrix, size)
        laid = cv2.warpAffine(donor.image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        worn = worn * (1 - photo.parts[Segment.FACE_SKIN]) * (1 - photo.parts[Segment.HAIR])
        dressed = dressed + worn[..., None] * (laid - dressed)
        cloth = np.maximum(cloth, worn)
    return image + cloth[..., None] * (dressed - image), np.asarray(cloth, np.float32)


def _pattern(kind: str, fold: Float, rng: np.random.Generator) -> Float:
    y, x = np.mgrid[: fold.shape[0], : fold.shape[1]].astype(np.float32)
    period, angle = rng.uniform(12, 60), rng.uniform(0, np.pi)
    u = (x + fold) * np.cos(angle) + (y + fold) * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    a, b = 2 * np.pi * u / period, 2 * np.pi * v / period
    waves = {"stripes": np.sin(a), "checks": np.sin(a) * np.sin(b)}
    wave = waves.get(kind, np.cos(a) + np.cos(b) - 0.6)
    return (np.clip(3 * wave, -1, 1)[..., None] * rng.uniform(5, 22, 3)).astype(np.float32)


def _cloth(donor: Subject) -> Image | None:
    """A mirrored sample of the donor's clothes."""
    inner = cv2.erode((donor.parts[Segment.CLOTHES] > 0.8).astype(np.uint8), np.ones((25, 25)))
    rows, columns = np.where(inner > 0)
    if len(rows) < 5000:
        return None
    top, bottom = int(np.percentile(rows, 5)), int(rows.max())
    left, right = (int(np.percentile(columns, q)) for q in (25, 75))
    patch = donor.image[top:bottom, left:right]
    if min(patch.shape[:2]) < 16:
        return None
    row = np.hstack([patch, patch[:, ::-1]])
    return np.ascontiguousarray(np.vstack([row, row]))


def _collar(photo: Subject) -> Mask:
    """A collar higher than the photo's, over the neck."""
    points, width = photo.portrait.face.landmarks, photo.portrait.face.width
    chin = points[152, :2]
    tall = float(np.linalg.norm(chin - points[10, :2]))
    outline = np.array(
        [
            (points[172, 0] - 0.25 * width, points[172, 1] + 0.35 * tall),
            (chin[0] - 0.25 * width, chin[1] + 0.14 * tall),
            (chin[0], chin[1] + 0.20 * tall),
            (chin[0] + 0.25 * width, chin[1] + 0.14 * tall),
            (points[397, 0] + 0.25 * width, points[397, 1] + 0.35 * tall),
            (chin[0], chin[1] + tall),
        ],
        np.float32,
    )
    drawn = polygon_mask(photo.image.shape, outline).astype(np.float32)
    return np.asarray(blur(drawn, 1.2) * photo.parts[Segment.BODY_SKIN], np.float32)


def _wall(shape: tuple[int, int], rng: np.random.Generator, donor: Subject) -> Image:
    height, width = shape
    if rng.random() < 0.45:
        there = cv2.resize(donor.image, (width, height))
        free = blur(cv2.resize(1 - donor.portrait.cutout, (width, height)), 3) ** 2 + 1e-4
        wall = blur(there * free[..., None], 0.03 * width)
        return np.ascontiguousarray((wall / blur(free, 0.03 * width)[..., None])[:, ::-1])
    lab = np.empty((height, width, 3), np.float32)
    lab[:] = rng.uniform(15, 90), *rng.uniform(-25, 25, 2)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    lamp = np.hypot(x / width - rng.random(), y / height - rng.random())
    lab[..., 0] += rng.uniform(-25, 25) * (lamp - 0.5) + 1.5 * _noise(rng, shape, 40)
    lab[..., 0] += 0.6 * rng.standard_normal(shape)
    return from_lab(np.clip(lab, [0, -100, -100], [100, 100, 100]).astype(np.float32))


def _bent(photo: Subject, rng: np.random.Generator) -> tuple[Float, dict[str, Any]]:
    """Shift, scale, turn, a smooth warp, larger eyes and a slimmer jaw, as a backward map."""
    height, width = photo.image.shape[:2]
    points, face = photo.portrait.face.landmarks[:, :2], photo.portrait.face.width
    y, x = np.mgrid[:height, :width].astype(np.float32)
    scale, turn = 1 + rng.uniform(-0.04, 0.04), np.radians(rng.uniform(-1.5, 1.5))
    shift = rng.uniform(-12, 12, 2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    dx, dy = x - width / 2 - shift[0], y - height / 2 - shift[1]
    u = turned[0, 0] * dx + turned[0, 1] * dy + width / 2
    v = turned[1, 0] * dx + turned[1, 1] * dy + height / 2
    warp = rng.uniform(0, 4) / 2.5
    u = u + warp * _noise(rng, (height, width), 0.09 * width)
    v = v + warp * _noise(rng, (height, width), 0.09 * width)
    eyes, jaw = rng.uniform(0, 0.05), rng.uniform(0, 0.04)
    for eye in _EYES:
        middle = points[list(eye)].mean(0)
        near = np.exp(-((u - middle[0]) ** 2 + (v - middle[1]) ** 2) / (2 * (0.1 * face) ** 2))
        u, v = u - (u - middle[0]) * eyes * near, v - (v - middle[1]) * eyes * near
    line, bridge = points[list(_JAW), 1].mean(), points[168, 0]
    near = np.exp(-((v - line) ** 2) / (2 * (0.2 * face) ** 2))
    near = near * np.exp(-((np.abs(u - bridge) / (0.9 * face)) ** 4))
    u = u + (u - bridge) * jaw * near
    notes = {"shift": float(np.hypot(*shift)), "scale": float(scale), "warp": warp * 2.5}
    notes |= {"degrees": float(np.degrees(turn)), "eyes": eyes, "jaw": jaw}
    return np.stack([u, v], -1).astype(np.float32), notes


def _turned(photo: Subject, yaw: float) -> Float:
    """Backward moves of a head turned by `yaw` degrees: the mesh turned in depth, carried on."""
    face = photo.portrait.face
    points = face.landmarks.astype(np.float64) * (1, 1, -1)
    centre = points.mean(0) + np.array([0, 0, 0.5 * face.width])
    a = np.radians(yaw)
    matrix = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    there = (points - centre) @ matrix.T + centre
    height, width = photo.image.shape[:2]
    x, y = np.meshgrid(np.arange(0, width, 8), np.arange(0, height, 8))
    grid = np.stack([x, y], -1).reshape(-1, 2)
    away = ((grid[:, None] - there[None, :468, :2]) ** 2).sum(2)
    pull = np.exp(-away / (2 * (0.09 * face.width) ** 2))
    moves = pull @ (points - there)[:468, :2] / (pull.sum(1, keepdims=True) + 0.5)
    return cv2.resize(moves.reshape(*x.shape, 2).astype(np.float32), (width, height))


def _swapped(photo: Subject, other: Subject, share: float) -> Image:
    """Another's face laid on by the mesh and cloned in, by `share`."""
    image, own = photo.image, photo.portrait.face.landmarks[:, :2]
    height, width = image.shape[:2]
    matrix = similarity(other.portrait.face.landmarks[:, :2], own)
    laid = cv2.warpAffine(
        other.image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    mask = polygon_mask(image.shape, own[list(OVAL)]) * np.uint8(255)
    mask[[0, 1, -2, -1]] = 0
    mask[:, [0, 1, -2, -1]] = 0
    x, y, wide, high = cv2.boundingRect(mask)
    middle = (x + wide // 2, y + high // 2)
    bytes_ = [np.ascontiguousarray((np.clip(e, 0, 1) * 255 + 0.5).astype(np.uint8))
              for e in (laid, image)]  # fmt: skip
    cloned = cv2.seamlessClone(*bytes_, mask, middle, cv2.NORMAL_CLONE).astype(np.float32) / 255
    return np.asarray(image + np.float32(share) * (cloned - image), np.float32)


def _toned(image: Image, photo: Subject, tint: float, rng: np.random.Generator) -> Image:
    """Gains, gamma, contrast and saturation by which skin changes by `tint` (CIE76, mean)."""
    gain, gamma = rng.normal(0, 1, 3), rng.normal(0, 0.6, 3) * 0.5 + rng.normal(0, 0.5)
    contrast, offset, colour = rng.normal(0, 0.6), rng.normal(0, 0.3, 3), rng.normal(0, 0.3)

    def tone(x: Float, k: float) -> Float:
        y = np.clip(x, 1e-4, 1) ** np.exp(0.35 * k * gamma) * np.exp(0.3 * k * gain)
        y = np.clip((y - 0.5) * (1 + 0.35 * k * contrast) + 0.5 + 0.08 * k * offset, 0, 1)
        grey = (y @ [0.3, 0.6, 0.1])[..., None]
        return np.clip(grey + (y - grey) * max(0, 1 + k * colour), 0, 1).astype(np.float32)

    skin = photo.image[photo.portrait.skin > 0.5][::37]
    low, high = 0.0, 3.0
    for _ in range(14):
        middle = (low + high) / 2
        apart = to_lab(tone(skin, middle)[None]) - to_lab(skin[None])
        far = np.linalg.norm(apart, axis=2).mean() >= tint
        low, high = (low, middle) if far else (middle, high)
    return tone(image, high)


def _reframed(
    image: Image, back: Float, new: Mask, photo: Subject, rng: np.random.Generator
) -> tuple[Image, Float, Mask, dict[str, Any]]:
    """Another aspect and another number of pixels, as a model has its own."""
    height, width = image.shape[:2]
    points = photo.portrait.face.landmarks[:, :2]
    margin = 0.35 * photo.portrait.face.width
    (x0, y0), (x1, y1) = points.min(0) - margin * np.array([1, 1.3]), points.max(0) + margin
    left, right = int(rng.uniform(0, max(1, x0))), int(rng.uniform(min(x1, width - 1), width))
    top, bottom = int(rng.uniform(0, max(1, y0))), int(rng.uniform(min(y1, height - 1), height))
    left, top = left if rng.random() < 0.7 else 0, top if rng.random() < 0.5 else 0
    factor = rng.uniform(0.6, 1.25)
    part = slice(top, bottom), slice(left, right)
    size = round((right - left) * factor), round((bottom - top) * factor)
    moved = cv2.resize(np.ascontiguousarray(back[part]), size, interpolation=cv2.INTER_LINEAR)
    image, new = (resize(np.ascontiguousarray(each[part]), *size) for each in (image, new))
    return np.clip(image, 0, 1), moved, new, {"factor": factor}


def _lost(image: Image, rng: np.random.Generator) -> tuple[Image, dict[str, Any]]:
    """What resampling, an autoencoder and JPEG lose: detail, chroma at an eighth, fine noise."""
    height, width = image.shape[:2]
    factor = 1 - rng.uniform(0, 0.5)
    if factor < 0.97:
        small = resize(image, round(width * factor), round(height * factor))
        ways = [cv2.INTER_LANCZOS4, cv2.INTER_CUBIC, cv2.INTER_LINEAR]
        image = cv2.resize(small, (width, height), interpolation=int(rng.choice(ways)))
    coder = rng.random() < 0.5
    if coder:
        lab = to_lab(np.clip(image, 0, 1).astype(np.float32))
        lab[..., 1:] += 0.6 * (blur(lab[..., 1:], 2.5) - lab[..., 1:])
        noise = blur(rng.standard_normal((height, width)).astype(np.float32), 1.2)
        lab[..., 0] += 2.0 * noise * np.float32(rng.uniform(0.3, 1.5))
        image = from_lab(lab)
    quality = int(rng.integers(60, 96))
    notes = {"resampled": factor, "coder": coder, "quality": quality}
    return _rounded(image, quality), notes


def _rounded(image: Image, quality: int = 95) -> Image:
    """Through a JPEG."""
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)[..., ::-1]
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, 1)[..., ::-1]).astype(np.float32) / 255


def _noise(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Float:
    """Smooth noise of unit spread."""
    step = max(1, int(sigma / 3))
    small = (shape[0] // step + 2, shape[1] // step + 2)
    smooth = blur(rng.standard_normal(small).astype(np.float32), sigma / step)
    large = cv2.resize(smooth, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return (large - large.mean()) / (large.std() + 1e-6)
