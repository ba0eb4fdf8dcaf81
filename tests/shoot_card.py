"""A card of a shoot, made from photos: bursts with blinks, missed focus and motion, walls, RAW.

No public set of bursts says which frame is best, so they are made here: each burst is one photo, a
little shifted and turned from frame to frame, and all frames but some are spoilt on purpose.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.masks import hull_mask
from headshots.core.faces.regions import LEFT_CHEEK, LEFT_EYE, RIGHT_EYE
from headshots.core.images import Image, luminance, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.expression import looking_away, speaking

from .blinks import asleep

BLINK, FOCUS, MOTION, GOOD, WALL, SLATE = "blink", "focus", "motion", "good", "wall", "slate"
_START = datetime(2026, 11, 30, 9, 0, 0)
_EYES = 0.11  # distance of the eyes as a share of the frame's longer side, at most


@dataclass(frozen=True)
class Truth:
    """What a frame was made as. stack: of its burst; -1 of a wall or slate."""

    name: str
    person: str
    stack: int
    kind: str


@dataclass(frozen=True, eq=False)
class Portrait:
    """A photo to make bursts of, with its face."""

    image: Image
    face: Face


class Card:
    """Writes frames into `folder`, numbered and timed as a camera does.

    size: longer side in pixels. seed: of what differs between frames.
    """

    def __init__(self, folder: Path, *, size: int = 1500, seed: int = 1, quality: int = 92) -> None:
        self.folder, self.size, self.quality = folder, size, quality
        self.truth: list[Truth] = []
        self.time = _START
        self._rng = np.random.default_rng(seed)
        self._stacks = 0
        folder.mkdir(parents=True, exist_ok=True)

    def burst(self, person: str, portrait: Portrait, kinds: Sequence[str], raw: str = "") -> None:
        """One burst: a frame of each kind, .25 s apart. raw: "pair" or "alone" writes DNGs, too."""
        stack, self._stacks = self._stacks, self._stacks + 1
        view = self._view(portrait)
        for kind in kinds:
            image = portrait.image
            if kind == BLINK:
                image = asleep(image, portrait.face)
            distance = portrait.face.eye_distance
            if kind == FOCUS:
                image = cv2.GaussianBlur(image, (0, 0), self._rng.uniform(0.022, 0.04) * distance)
            if kind == MOTION:
                image = _dragged(image, 0.18 * distance, self._rng.uniform(0, np.pi))
            self._write(self._frame(np.asarray(image, np.float32), view), raw)
            self._note(person, stack, kind)
            self.time += timedelta(milliseconds=250)
        self.time += timedelta(seconds=12)

    def wall(self) -> None:
        """A test frame of a wall."""
        rows, columns = self.size, round(self.size / 1.5)
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / self.size
        wall = np.dstack([0.5 + 0.2 * x, 0.5 + 0.1 * y, 0.5 + 0.1 * x * y]).astype(np.float32)
        self._write(wall, "")
        self._note("", -1, WALL)
        self.time += timedelta(seconds=9)

    def held(self, person: str, portrait: Portrait, code: np.ndarray) -> None:
        """A frame in which the sitter holds a slate, of which the code is `code`."""
        frame = self._frame(portrait.image, self._view(portrait))
        side = round(0.3 * frame.shape[1])
        shown = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
        top, left = frame.shape[0] - side - side // 4, frame.shape[1] // 2 - side // 2
        grey = shown[..., None].astype(np.float32) / 255 * 0.8 + 0.08
        frame[top : top + side, left : left + side] = cv2.GaussianBlur(grey, (0, 0), 1)[..., None]
        self._write(frame, "")
        self._note(person, -1, SLATE)
        self.time += timedelta(seconds=9)

    def _view(self, portrait: Portrait) -> tuple[float, float, float]:
        """Scale and the place of the face's middle, of a burst."""
        x, y = portrait.face.points[:2].mean(axis=0).tolist()
        rows, columns = portrait.image.shape[:2]
        need = max(self.size / rows, self.size / 1.5 / columns)
        scale = max(
            need, self._rng.uniform(0.7, 1) * _EYES * self.size / portrait.face.eye_distance
        )
        return scale, x, y

    def _frame(self, image: Image, view: tuple[float, float, float]) -> Image:
        """The photo as this frame of a burst shows it: shifted, turned, with the sensor's noise."""
        scale, x, y = view
        rows, columns = self.size, round(self.size / 1.5)
        matrix = cv2.getRotationMatrix2D((x, y), float(self._rng.normal(0, 0.8)), scale)
        matrix[:, 2] += (columns * 0.5 - x, rows * 0.4 - y)
        matrix[:, 2] += self._rng.normal(0, 0.004 * self.size, 2)
        shown = cv2.warpAffine(
            image, matrix, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        grain = self._rng.normal(0, 0.008, (rows, columns, 1)).astype(np.float32)
        return np.clip(np.asarray(shown, np.float32) + grain, 0, 1)

    def _write(self, image: Image, raw: str) -> None:
        jpeg = self._jpeg(image)
        name = f"IMG_{len(self.truth) + 1:04d}"
        if raw:
            (self.folder / f"{name}.DNG").write_bytes(dng(to_u8(image), jpeg, self.time))
        if raw != "alone":
            (self.folder / f"{name}.JPG").write_bytes(jpeg)

    def _jpeg(self, image: Image) -> bytes:
        exif = PIL.Image.Exif()
        exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R5"
        inner = exif.get_ifd(0x8769)
        inner[0x9003] = f"{self.time:%Y:%m:%d %H:%M:%S}"
        inner[0x9291] = f"{self.time.microsecond // 10000:02d}"
        buffer = io.BytesIO()
        picture = PIL.Image.fromarray(to_u8(image))
        picture.save(buffer, "JPEG", quality=self.quality, exif=exif)
        return buffer.getvalue()

    def _note(self, person: str, stack: int, kind: str) -> None:
        self.truth.append(Truth(f"IMG_{len(self.truth) + 1:04d}", person, stack, kind))


def small_card(folder: Path, photos: Path) -> Card:
    """Two people of the test photos, RAW beside JPEG, a wall: eight frames below `folder`."""
    card = Card(folder / "100EOSR5")
    obama, biden = (portrait_of(read_photo(photos / f"{n}.jpg").image) for n in ("obama", "biden"))
    assert obama is not None and biden is not None
    card.wall()
    card.burst("obama", obama, [BLINK, GOOD, FOCUS, MOTION])
    card.burst("biden", biden, [FOCUS, GOOD, BLINK], raw="pair")
    return card


def portrait_of(image: Image, *, any_eyes: bool = False) -> Portrait | None:
    """A photo that suits bursts: one face, eyes open, large enough; None for another one.

    any_eyes: it need not suit blinks.
    """
    faces = ANALYSERS.get("embedded").analyse(image, embed=False)
    if not faces or any(each.width > 0.5 * faces[0].width for each in faces[1:]):
        return None
    face = faces[0]
    if any_eyes:
        return Portrait(image, face)
    sound = face.eyes_open > 0.62 and face.eye_distance >= 60 and abs(face.pose.yaw) < 30
    sound = sound and speaking(face) < 0.05 and looking_away(face) < 0.45
    return Portrait(image, face) if sound and _has_room_for_lids(image, face) else None


def _has_room_for_lids(image: Image, face: Face) -> bool:
    """Whether there is skin between brow and eye to draw a lid of, and not the brow alone."""
    shut = asleep(image, face)
    cheek = np.median(
        luminance(shut[hull_mask(shut.shape, face.landmarks[list(LEFT_CHEEK), :2]) > 0])
    )
    lids = [
        np.median(luminance(shut[hull_mask(shut.shape, face.landmarks[list(eye), :2]) > 0]))
        for eye in (LEFT_EYE, RIGHT_EYE)
    ]
    return bool(min(lids) > 0.5 * cheek)


def dng(pixels: np.ndarray, preview: bytes, taken: datetime) -> bytes:
    """A DNG (1.4) as cameras write it: the preview first, the Bayer mosaic below it.

    pixels: uint8 (H, W, 3). preview: of the same picture, JPEG.
    """
    rows, columns = pixels.shape[:2]
    mosaic = np.empty((rows, columns), "<u2")
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[y::2, x::2] = (pixels[y::2, x::2, channel].astype(np.float32) / 255) ** 2.2 * 65535
    matrix = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    date = f"{taken:%Y:%m:%d %H:%M:%S}"
    exif = [(0x9003, 2, date), (0x9291, 2, f"{taken.microsecond // 10000:02d}")]
    sensor = [
        (254, 4, [0]), (256, 4, [columns]), (257, 4, [rows]), (258, 3, [16]), (259, 3, [1]),
        (262, 3, [32803]), (273, 4, [_HEAD]), (277, 3, [1]), (278, 4, [rows]),
        (279, 4, [mosaic.nbytes]), (33421, 3, [2, 2]), (33422, 1, [0, 1, 1, 2]),
        (50714, 3, [0]), (50717, 4, [65535]),
    ]  # fmt: skip
    first = [
        (254, 4, [1]), (256, 4, [columns]), (257, 4, [rows]), (258, 3, [8, 8, 8]), (259, 3, [7]),
        (262, 3, [6]), (271, 2, "Canon"), (272, 2, "Canon EOS R5"),
        (273, 4, [_HEAD + mosaic.nbytes]), (277, 3, [3]), (278, 4, [rows]),
        (279, 4, [len(preview)]), (306, 2, date),
        (50706, 1, [1, 4, 0, 0]), (50708, 2, "Test Bayer"),
        (50721, 10, [v for each in matrix for v in (round(each * 10000), 10000)]),
        (50728, 5, [1, 1, 1, 1, 1, 1]), (50778, 3, [21]),
    ]  # fmt: skip
    body = mosaic.tobytes() + preview
    body += bytes(len(body) % 2)
    places: list[int] = []
    for entries in (sensor, exif):
        places.append(_HEAD + len(body))
        body += _directory(entries, places[-1])
    start = _HEAD + len(body)
    body += _directory([*first, (330, 4, places[:1]), (34665, 4, places[1:])], start)
    return struct.pack("<2sHI", b"II", 42, start) + body


_HEAD = 8  # bytes of a TIFF before its content
_TYPES = {1: ("B", 1), 3: ("H", 1), 4: ("I", 1), 5: ("I", 2), 10: ("i", 2)}


def _directory(entries: list[tuple[int, int, str | list[int]]], place: int) -> bytes:
    """A TIFF directory that lies at `place`, its values behind it."""
    values = place + 2 + 12 * len(entries) + 4
    fields, rest = b"", b""
    for tag, kind, value in sorted(entries):
        if isinstance(value, str):
            data, count = value.encode() + b"\0", len(value) + 1
        else:
            letter, words = _TYPES[kind]
            data, count = struct.pack(f"<{len(value)}{letter}", *value), len(value) // words
        if len(data) > 4:
            fields += struct.pack("<HHII", tag, kind, count, values + len(rest))
            rest += data + bytes(len(data) % 2)
        else:
            fields += struct.pack("<HHI4s", tag, kind, count, data)
    return struct.pack("<H", len(entries)) + fields + bytes(4) + rest


def _dragged(image: Image, length: float, angle: float) -> Image:
    side = 2 * max(2, round(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    for t in np.linspace(-length / 2, length / 2, 8 * side):
        y, x = side // 2 + t * np.sin(angle), side // 2 + t * np.cos(angle)
        kernel[min(side - 1, max(0, round(y))), min(side - 1, max(0, round(x)))] = 1
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.float32)
