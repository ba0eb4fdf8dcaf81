"""Finished pictures retouched, enlarged and cropped, wherever they come from."""

from __future__ import annotations

from typing import cast

from ...delivery.sizes import MOST_ENLARGED, crop_around, find_size
from ...faces import Face
from ...faces.regions import CHIN
from ...identity.identity import Identity
from ...images import Image, Mask
from ...images import resize as resized
from ...portrait.matting import crown, cut_out
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import Cropped, Enlarged, Provenance, Retouched, SourceType
from ...refinement import REFINERS, Enlarger
from ...refinement.guard import refine
from ...refinement.upscale import enlarged
from .by_picture import Edited, Turn, mattes_of, round_of

_OFF_LINE = 0.05  # share of the height by which the eyes may miss their line unmentioned
FREE = "free"  # a crop to proportions of the user's own

_PLAIN = SourceType.ALGORITHMICALLY_ENHANCED  # a picture that is only resampled


def retouch_pictures(
    progress: Progress,
    images: list[Image],
    identity: Identity | None,
    strength: float,
    on_no_face: str,
    origins: list[Provenance] | None,
) -> tuple[list[Image], list[Provenance], str]:
    """HeadshotsRetouch."""
    retouch = REFINERS.get("retouch")

    def change(turn: Turn, face: Face) -> Edited:
        if strength == 0:
            return Edited(turn.image, "nothing was asked for", turn.provenance)
        if identity is None:
            image = retouch.refine(turn.image, face, strength, turn.progress)
            kept, note = True, "retouched; no sitter is linked, so no spot was removed"
        else:
            done = refine(
                Portrait(turn.image, face=face),
                identity,
                refiners=[retouch.name],
                strength=strength,
                progress=turn.progress,
            )
            image, kept, note = done.image, done.kept, done.reason
        provenance = turn.provenance.edited(Retouched(strength=strength))
        return Edited(image, note, provenance if kept else turn.provenance)

    done = round_of(progress, images, origins, on_no_face, change, doing="Retouching")
    return done.images, done.origins, done.notes


def upscale_pictures(
    progress: Progress,
    images: list[Image],
    identity: Identity | None,
    factor: float,
    longest: int,
    detail: float,
    on_no_face: str,
    mattes: list[Mask] | None,
    origins: list[Provenance] | None,
) -> tuple[list[Image], list[Mask], list[Provenance], str]:
    """HeadshotsUpscale."""
    upscale = cast(Enlarger, REFINERS.get("upscale"))
    masks = mattes_of(mattes, images)

    def room(turn: Turn) -> float:
        return min(factor, longest / max(turn.image.shape))

    def plainly(turn: Turn) -> Edited:
        if room(turn) <= 1:
            note = f"not enlarged, it is {max(turn.image.shape)} pixels long"
            return Edited(turn.image, note, turn.provenance, masks[turn.index])
        return finished(turn, enlarged(turn.image, room(turn)), _PLAIN, "enlarged plainly")

    def change(turn: Turn, face: Face) -> Edited:
        if room(turn) <= 1 or detail == 0:
            return plainly(turn)
        if identity is None:
            image = upscale.enlarge(turn.image, face, detail, room(turn), turn.progress)
            kept, note = True, "enlarged; no sitter is linked, so likeness was not judged"
        else:
            done = refine(
                Portrait(turn.image, face=face),
                identity,
                refiners=[upscale.name],
                strength=detail,
                longest=round(room(turn) * max(turn.image.shape)),
                progress=turn.progress,
            )
            image, kept, note = done.image, done.kept, done.reason
        return finished(turn, image, upscale.source_type if kept else _PLAIN, note)

    def finished(turn: Turn, image: Image, source_type: SourceType, note: str) -> Edited:
        matte, (rows, columns) = masks[turn.index], image.shape[:2]
        larger = None if matte is None else resized(matte, columns, rows)
        factor = round(columns / turn.image.shape[1], 3)
        provenance = turn.provenance.edited(Enlarged(factor=factor, source_type=source_type))
        return Edited(image, f"{note}; now {columns} x {rows} pixels", provenance, larger)

    done = round_of(progress, images, origins, on_no_face, change, doing="Enlarging", bare=plainly)
    return done.images, done.mattes, done.origins, done.notes


def crop_pictures(
    progress: Progress,
    images: list[Image],
    size: str,
    aspect: float,
    head: float,
    eyes: float,
    resize: bool,
    on_no_face: str,
    mattes: list[Mask] | None,
    origins: list[Provenance] | None,
) -> tuple[list[Image], list[Mask], list[Provenance], str]:
    """HeadshotsCrop."""
    named = None if size == FREE else find_size(size)
    if named:
        aspect, head, eyes = named.aspect, named.head, named.eyes
    masks = mattes_of(mattes, images)

    def change(turn: Turn, face: Face) -> Edited:
        matte = masks[turn.index]
        seen = cut_out(turn.image, face).matte if matte is None else matte
        box = crop_around(face, seen, turn.image.shape, aspect=aspect, head=head, eyes=eyes)
        image, cover = box.cut(turn.image).copy(), None if matte is None else box.cut(matte).copy()
        tall = (float(face.landmarks[CHIN, 1]) - crown(face, seen)) / box.height
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
        if named and named.photograph and not turn.provenance.photograph:
            note += "; it is not a photograph as taken, which official documents ask for"
        note += f"; now {image.shape[1]} x {image.shape[0]} pixels"
        return Edited(image, note, turn.provenance.edited(Cropped(size=size), look=""), cover)

    def whole(turn: Turn) -> Edited:
        return Edited(turn.image, "nothing was done", turn.provenance, masks[turn.index])

    done = round_of(progress, images, origins, on_no_face, change, doing="Cropping", bare=whole)
    return done.images, done.mattes, done.origins, done.notes
