"""The steps that retouch, enlarge and crop finished pictures of any origin."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from ...delivery.sizes import MOST_ENLARGED, crop_around, find_size
from ...faces import Face
from ...faces.regions import CHIN
from ...identity.identity import Identity
from ...images import Image, Mask
from ...images import resize as resized
from ...picture import Picture
from ...portrait.enlarging import NETWORK
from ...portrait.matting import crown, cut_out
from ...progress import Progress
from ...provenance import Cropped, Enlarged, Retouched
from ...refinement import REFINERS, Enlarger
from ...refinement.guard import refine
from ...refinement.hair_and_clothes import retouch_hair_and_clothes
from ...refinement.presets import preset as find_preset
from ...refinement.retouch import Retouch
from ...refinement.upscale import enlarged
from ...retouching import Retouching
from .by_picture import Edited, Turn, round_of

_OFF_LINE = 0.05  # share of the height; if the eyes miss their line by more, a note says so
BY_PART = "by part"  # in place of a preset of retouching
FREE = "free"  # a crop to proportions of the user's own


def retouch_pictures(
    progress: Progress,
    pictures: list[Picture],
    identity: Identity | None,
    preset: str,
    on_no_face: str,
    **parts: float,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsRetouch."""
    retouching = Retouching(**parts) if preset == BY_PART else find_preset(preset)

    def change(turn: Turn, face: Face) -> Edited:
        image, done, notes = turn.image, Retouching.none(), list[str]()
        if retouching.strongest > 0:
            retouched, note = _retouched_face(turn, face, identity, retouching)
            notes.append(note)
            if retouched is not None:
                image, done = retouched, retouching.face
        around = retouch_hair_and_clothes(turn.picture.portrait, image, retouching)
        notes += _around(retouching, around.done)
        done = done.joined(around.done)
        if done == Retouching.none():
            return Edited(turn.picture, "; ".join(notes) or "nothing was asked for")
        record = Retouched(**asdict(done))
        return Edited(turn.picture.edited(record, around.image, around.matte), "; ".join(notes))

    return round_of(progress, pictures, on_no_face, change, doing="Retouching")


def _retouched_face(
    turn: Turn, face: Face, identity: Identity | None, retouching: Retouching
) -> tuple[Image | None, str]:
    """The picture with its face retouched, or None where that was not kept; and a note."""
    retouch = Retouch(retouching)
    if identity is None:
        image = retouch.refine(turn.image, face, 1, turn.progress)
        return image, "retouched; no sitter is linked, so no spot was removed"
    result = refine(
        turn.picture.portrait, identity, refiners=[retouch], strength=1, progress=turn.progress
    )
    return result.image if result.kept else None, result.reason


def _around(wanted: Retouching, done: Retouching) -> list[str]:
    """What came of the wishes for hair and clothes, in words."""
    return [
        words if getattr(done, part) else f"no {none}"
        for part, words, none in (
            ("lint", "lint removed", "lint on dark clothes was found"),
            ("creases", "creases softened", "clothes were found"),
            ("stray_hairs", "stray hairs removed", "stray hair before a plain wall was found"),
        )
        if getattr(wanted, part)
    ]


def upscale_pictures(
    progress: Progress,
    pictures: list[Picture],
    identity: Identity | None,
    factor: float,
    longest: int,
    detail: float,
    on_no_face: str,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsUpscale."""
    upscale = cast(Enlarger, REFINERS.get("upscale"))

    def room(turn: Turn) -> float:
        return min(factor, longest / max(turn.image.shape))

    def plainly(turn: Turn) -> Edited:
        if room(turn) <= 1:
            note = f"not enlarged, it is {max(turn.image.shape)} pixels long"
            return Edited(turn.picture, note)
        return finished(turn, enlarged(turn.image, room(turn)), "", "enlarged plainly")

    def change(turn: Turn, face: Face) -> Edited:
        if room(turn) <= 1 or detail == 0:
            return plainly(turn)
        if identity is None:
            image = upscale.enlarge(turn.image, face, detail, room(turn), turn.progress)
            kept, note = True, "enlarged; no sitter is linked, so likeness was not judged"
        else:
            result = refine(
                turn.picture.portrait,
                identity,
                refiners=[upscale.name],
                strength=detail,
                longest=round(room(turn) * max(turn.image.shape)),
                progress=turn.progress,
            )
            image, kept, note = result.image, result.kept, result.reason
        return finished(turn, image, NETWORK if kept else "", note)

    def finished(turn: Turn, image: Image, network: str, note: str) -> Edited:
        rows, columns = image.shape[:2]
        factor = round(columns / turn.image.shape[1], 3)
        record = Enlarged(factor=factor, network=network)
        larger = turn.picture.edited(record, image, matte_like(image, turn.picture.matte))
        return Edited(larger, f"{note}; now {columns} x {rows} pixels")

    return round_of(progress, pictures, on_no_face, change, doing="Enlarging", bare=plainly)


def matte_like(image: Image, matte: Mask | None) -> Mask | None:
    """`matte` resized to `image`; None stays None."""
    rows, columns = image.shape[:2]
    return None if matte is None else resized(matte, columns, rows)


def crop_pictures(
    progress: Progress,
    pictures: list[Picture],
    size: str,
    aspect: float,
    head: float,
    eyes: float,
    resize: bool,
    on_no_face: str,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsCrop."""
    named = None if size == FREE else find_size(size)
    if named:
        aspect, head, eyes = named.aspect, named.head, named.eyes

    def change(turn: Turn, face: Face) -> Edited:
        matte = turn.picture.matte
        subject = cut_out(turn.image, face).matte if matte is None else matte
        box = crop_around(face, subject, turn.image.shape, aspect=aspect, head=head, eyes=eyes)
        image, cover = box.cut(turn.image).copy(), None if matte is None else box.cut(matte).copy()
        tall = (float(face.landmarks[CHIN, 1]) - crown(face, subject)) / box.height
        note = f"cropped, the head fills {tall:.0%} of the height"
        if tall > 1.05 * head:
            note += f" where {head:.0%} was asked for: the picture ends too near the head"
        line = (float(face.points[:2, 1].mean()) + 0.5 - box.y0) / box.height
        if line < eyes - _OFF_LINE:
            note += f"; the eyes lie at {line:.0%} of it, not {eyes:.0%}: there is no room above"
        if named and resize:
            if named.height <= MOST_ENLARGED * box.height:
                image = resized(image, named.width, named.height)
                cover = None if cover is None else resized(cover, named.width, named.height)
            else:
                note += f"; {size} asks for {named.width} x {named.height} pixels"
        if named and named.photograph and not turn.picture.provenance.photograph:
            note += "; it is not a photograph as taken, which official documents ask for"
        note += f"; now {image.shape[1]} x {image.shape[0]} pixels"
        return Edited(turn.picture.edited(Cropped(size=size), image, cover, look=""), note)

    return round_of(progress, pictures, on_no_face, change, doing="Cropping")
