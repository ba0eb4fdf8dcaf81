"""Pictures spoilt on purpose: what a generator or an editor may do to a face, on real photos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from headshots.core.faces import Face, regions
from headshots.core.faces.alignment import similarity
from headshots.core.identity.identity import EnrolledPhoto, Identity
from headshots.core.identity.lasting_marks import permanent
from headshots.core.images import (
    Float,
    Image,
    Mask,
    blur,
    from_lab,
    from_u8,
    luminance,
    resize,
    to_lab,
    to_linear,
    to_srgb,
    to_u8,
)
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.marks import SkinMark, place
from headshots.core.portrait.skin import skin_mask
from headshots.core.portrait.traits import Traits, measure_traits


def drawn(shape: tuple[int, ...], face: Face, *parts: tuple[int, ...], soft: float) -> Mask:
    """Where hulls of mesh points lie, 0..1 (H, W), with an edge of `soft` face widths."""
    mask = np.zeros(shape[:2], np.uint8)
    for part in parts:
        hull = cv2.convexHull(np.round(face.landmarks[list(part), :2]).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, (1,))
    return blur(mask.astype(np.float32), soft * face.width)


def mixed(image: Image, changed: Image, mask: Mask) -> Image:
    return np.clip(image + (changed - image) * mask[..., None], 0, 1).astype(np.float32)


def worn(image: Image, face: Face, rng: np.random.Generator) -> Image:
    """What is done to any picture on its way and is no fault: size, exposure, warmth, JPEG, noise.

    Also cropped to head and shoulders.
    """
    box = face.box.grown(float(rng.uniform(0.5, 0.9)))
    part = np.ascontiguousarray(box.cut(image))
    scale = float(rng.uniform(0.85, 1.15))
    part = resize(part, round(part.shape[1] * scale), round(part.shape[0] * scale))
    light = to_linear(np.clip(part, 0, 1)) * float(2 ** rng.uniform(-0.35, 0.25))
    warmth = 1 + np.array([1, 0, -1], np.float32) * float(rng.uniform(-0.05, 0.05))
    part = to_srgb((light * warmth).astype(np.float32))
    angle = float(rng.uniform(-4, 4))
    middle = (part.shape[1] / 2, part.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, angle, 1)
    size = (part.shape[1], part.shape[0])
    part = cv2.warpAffine(part, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    data = cv2.imencode(".jpg", to_u8(part), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(82, 97))])
    return from_u8(cv2.imdecode(data[1], cv2.IMREAD_COLOR))


@dataclass(frozen=True, eq=False)
class Given:
    """What a fault may need: the picture, its face, the sitter, another's picture and face."""

    image: Image
    face: Face
    identity: Identity
    other: Image
    other_face: Face
    rng: np.random.Generator


def swapped(given: Given) -> Image:
    """Another person's face in the oval, its colours matched."""
    points = [*regions.OVAL, 1, 33, 263, 61, 291]
    matrix = similarity(given.other_face.landmarks[points, :2], given.face.landmarks[points, :2])
    rows, columns = given.image.shape[:2]
    laid = cv2.warpAffine(
        given.other, matrix, (columns, rows), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    laid = np.clip(laid, 0, 1).astype(np.float32)
    mask = drawn(given.image.shape, given.face, regions.OVAL, soft=0.03)
    inside = mask > 0.5
    one, two = to_lab(given.image), to_lab(laid)
    two = two + (one[inside].mean(axis=0) - two[inside].mean(axis=0))
    return mixed(given.image, from_lab(two.astype(np.float32)), mask)


def eyes_recoloured(given: Given) -> Image:
    """Irises of another colour: blue, green, or light brown, as a lens would give them."""
    colours = ((52.0, -2.0, -18.0), (50.0, -10.0, 14.0), (46.0, 14.0, 34.0), (60.0, -2.0, -8.0))
    wanted = np.array(colours[int(given.rng.integers(len(colours)))], np.float32)
    lab = to_lab(given.image)
    mask = np.zeros(given.image.shape[:2], np.float32)
    for iris, lids in (
        (regions.LEFT_IRIS, regions.LEFT_EYE),
        (regions.RIGHT_IRIS, regions.RIGHT_EYE),
    ):
        centre = given.face.landmarks[iris[0], :2]
        radius = float(
            np.linalg.norm(given.face.landmarks[list(iris[1:]), :2] - centre, axis=1).mean()
        )
        rows, columns = np.indices(mask.shape)
        away = np.hypot(columns - centre[0], rows - centre[1]) / radius
        ring = np.clip((1.0 - away) / 0.12, 0, 1) * np.clip((away - 0.3) / 0.1, 0, 1)
        open_eye = drawn(mask.shape, given.face, lids, soft=0.002)
        mask = np.maximum(mask, ring.astype(np.float32) * open_eye)
    tinted = lab.copy()
    tinted[..., 0] = 0.5 * lab[..., 0] + 0.35 * wanted[0]
    tinted[..., 1:] = wanted[1:]
    return mixed(given.image, from_lab(tinted), mask * float(given.rng.uniform(0.75, 1)))


def mole_removed(given: Given) -> Image | None:
    """A lasting feature painted over with the skin around it; None without one to speak of, or
    where this photo doesn't show it, so that nothing was removed.

    One of a sitter with a single photo may be a shadow, so only the deep ones are taken.
    """
    known = [
        each
        for each in given.identity.features
        if each.contrast <= (-7 if each.photos > 1 else -9) and abs(each.u) < 0.3
    ]
    if not known:
        return None
    feature = known[int(given.rng.integers(len(known)))]
    x, y = place(feature, given.face)
    rows, columns = np.indices(given.image.shape[:2])
    away = np.hypot(columns - x, rows - y)
    mask = (away < (feature.size / 2 + 0.03) * given.face.width).astype(np.uint8)
    image = from_u8(cv2.inpaint(to_u8(given.image), mask, 4, cv2.INPAINT_TELEA))
    gained = (to_lab(image) - to_lab(given.image))[away < 0.02 * given.face.width, 0]
    return image if float(np.max(gained, initial=0)) >= SEEN_SPOT else None


# L* by which a spot that is removed has to have stood out.
SEEN_SPOT = 6.0


def mole_forgotten(given: Given) -> Image | None:
    """A picture without the mole that `marked` has put on the enrolled photos: the photo as is."""
    return given.image


def marked(given: Given) -> Given | None:
    """The sitter with a mole more, painted on the photos before they were enrolled.

    Of the size (2 to 5 mm) and darkness of real ones, on cheeks, chin or forehead; all else of the
    identity stays. None where the face is too small to show it, or turned away there.
    """
    rng = given.rng
    if min(photo.face.width for photo in given.identity.photos) < 150:
        return None
    side = float(rng.choice([-1, 1]))
    cheek = (side * float(rng.uniform(0.14, 0.28)), float(rng.uniform(0.16, 0.42)))
    brow = (side * float(rng.uniform(0.0, 0.2)), float(rng.uniform(-0.34, -0.2)))
    u, v = cheek if rng.uniform() < 0.7 else brow
    size, depth = float(rng.uniform(0.015, 0.035)), float(rng.uniform(10, 24))
    spot = SkinMark(u, v, size, -depth, 1)
    turned = np.degrees(np.arcsin(u / 0.55))
    photos: list[EnrolledPhoto] = []
    traits: list[Traits] = []
    for photo in given.identity.photos:
        read = read_photo(photo.data, name=photo.name, longest=1600)
        face = photo.face.scaled(read.scale)
        if np.cos(np.radians(turned + face.pose.yaw)) < 0.6:
            return None
        x, y = place(spot, face)
        row, column = round(y), round(x)
        skin = skin_mask(read.image.shape, face, read.image)
        if not (0 <= row < skin.shape[0] and 0 <= column < skin.shape[1]) or skin[row, column] < 1:
            return None
        rows, columns = np.indices(skin.shape)
        radius = size / 2 * face.width
        away = np.hypot(columns - x, rows - y) / max(radius, 0.8)
        cover = np.clip(1.5 - away, 0, 1).astype(np.float32)
        lab = to_lab(read.image)
        lab -= cover[..., None] * np.array([depth, -1, 1], np.float32)
        image = from_lab(lab)
        traits.append(measure_traits(image, face))
        data = encode(image, "png")
        scaled = replace(photo, data=data, width=image.shape[1], height=image.shape[0], face=face)
        photos.append(scaled)
    identity = replace(given.identity, photos=tuple(photos), features=permanent(traits))
    return replace(given, identity=identity)


def skin_lightened(given: Given, by: float = 5.0) -> Image:
    lab = to_lab(given.image)
    lab[..., 0] += by
    return mixed(given.image, from_lab(lab), skin_mask(given.image.shape, given.face, given.image))


def age_filtered(given: Given) -> Image:
    """Lines and pores blurred away, form and features left, as beauty filters do it."""
    sigma = float(given.rng.uniform(0.012, 0.02)) * given.face.width
    mask = skin_mask(given.image.shape, given.face, given.image)
    weight = mask + np.float32(1e-3)
    smooth = blur(given.image * weight[..., None], sigma) / blur(weight, sigma)[..., None]
    return mixed(given.image, smooth, mask * 0.9)


def plastic_skin(given: Given) -> Image:
    """An edge-preserving filter over the skin: pores gone, contours left."""
    wide = float(given.rng.uniform(0.02, 0.035)) * given.face.width
    flat = cv2.bilateralFilter(given.image, -1, 0.09, wide / 2)
    flat = np.asarray(cv2.bilateralFilter(flat, -1, 0.09, wide / 2), np.float32)
    return mixed(given.image, flat, skin_mask(given.image.shape, given.face, given.image))


def mirrored(given: Given) -> Image:
    return np.ascontiguousarray(given.image[:, ::-1])


def copied(given: Given) -> Image:
    """The enrolled photo itself, claimed to be new."""
    return given.image


def light_flipped(given: Given) -> Image:
    """The broad light on the face mirrored left to right, everything fine left in place."""
    light = luminance(to_linear(given.image)) + np.float32(0.01)
    mask = drawn(given.image.shape, given.face, regions.OVAL, soft=0.06)
    face = given.face
    broad = blur(np.log(light), 0.12 * face.width)
    middle = face.landmarks[[regions.NOSE_BRIDGE, 1, 10, 152], 0].mean()
    columns = np.arange(light.shape[1], dtype=np.float32)
    where = np.broadcast_to(2 * middle - columns, light.shape).astype(np.float32)
    down = np.broadcast_to(
        np.arange(light.shape[0], dtype=np.float32)[:, None], light.shape
    ).astype(np.float32)
    other = cv2.remap(broad, where, np.ascontiguousarray(down), cv2.INTER_LINEAR)
    gain: Float = np.exp(np.clip((other - broad) * mask, -1.5, 1.5)).astype(np.float32)
    return to_srgb(to_linear(given.image) * gain[..., None])


def glasses_added(given: Given) -> Image:
    """Dark frames painted about both eyes."""
    face, image = given.face, given.image.copy()
    thick = max(2, round(0.022 * face.width))
    colour = tuple(float(each) for each in given.rng.uniform(0.02, 0.2, 3))
    centres = [face.landmarks[iris[0], :2] for iris in (regions.LEFT_IRIS, regions.RIGHT_IRIS)]
    size = (round(0.2 * face.width), round(float(given.rng.uniform(0.13, 0.17)) * face.width))
    for centre in centres:
        x, y = (round(float(each)) for each in centre)
        cv2.ellipse(image, (x, y + size[1] // 5), size, 0, 0, 360, colour, thick, cv2.LINE_AA)
    left, right = (np.round(each).astype(int).tolist() for each in centres)
    cv2.line(image, (left[0] + size[0], left[1]), (right[0] - size[0], right[1]), colour, thick)
    return image


Fault = Callable[[Given], "Image | None"]
# What is done to the sitter's own photos before a fault.
PREPARED: dict[str, Callable[[Given], Given | None]] = {"mole forgotten": marked}
_SMOOTHED = frozenset({"skin-lines", "skin-texture", "skin-smoothing"})
# Each fault and the measures that have to find it; any of them counts.
FAULTS: dict[str, tuple[Fault, frozenset[str]]] = {
    "another face swapped in": (swapped, frozenset({"likeness", "percentile"})),
    "eyes recoloured": (eyes_recoloured, frozenset({"eye-colour"})),
    "mole removed": (mole_removed, frozenset({"lasting-features"})),
    "mole forgotten": (mole_forgotten, frozenset({"lasting-features"})),
    "skin lightened by 5 L*": (skin_lightened, frozenset({"skin-tone"})),
    "age filter by blur": (age_filtered, _SMOOTHED),
    "plastic skin": (plastic_skin, _SMOOTHED),
    "mirrored face": (mirrored, frozenset({"mirrored"})),
    "copy of an enrolled photo": (copied, frozenset({"copy"})),
    "light flipped left to right": (
        light_flipped,
        frozenset({"light-agreement", "key-azimuth", "side-light"}),
    ),
    "glasses painted on": (glasses_added, frozenset({"glasses"})),
}
