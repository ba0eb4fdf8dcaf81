"""One picture after another: the round that every step which changes pictures makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import InputError, NoFace, SeveralFaces
from ...faces import Face
from ...images import Image, Mask, check_image
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import Provenance
from .binding import bound, histories, parallel
from .judging import names_of


@dataclass(frozen=True, eq=False)
class Turn:
    """The picture whose turn it is: its place, its number as a name, its provenance."""

    index: int
    name: str
    image: Image
    provenance: Provenance
    progress: Progress


@dataclass(frozen=True, eq=False)
class Edited:
    """A changed picture, what was done to it in words, its matte where the step gives one."""

    image: Image
    note: str
    provenance: Provenance
    matte: Mask | None = None


@dataclass(frozen=True)
class Batch:
    """What a round gives: lists parallel to each other, and a note for each picture given."""

    images: list[Image]
    mattes: list[Mask]
    origins: list[Provenance]
    notes: str


def mattes_of(mattes: Sequence[Mask] | None, images: list[Image]) -> Sequence[Mask | None]:
    """The matte of each picture, or None.

    Raises:
        InputError: not as many as pictures, or one of another size than its picture.
    """
    masks = parallel("mattes", mattes or None, images)
    for name, matte, image in zip(names_of("", len(images)), masks, images, strict=True):
        if matte is not None and matte.shape != image.shape[:2]:
            raise InputError(
                f"The matte of picture {name!r} is {matte.shape}, the picture {image.shape[:2]}",
                "Link both from the same step.",
            )
    return masks


def round_of(
    progress: Progress,
    images: list[Image],
    origins: Sequence[Provenance] | None,
    on_no_face: str,
    change: Callable[[Turn, Face], Edited],
    *,
    doing: str,
    bare: Callable[[Turn], Edited] | None = None,
) -> Batch:
    """`change` each picture around its one face.

    doing: for people, such as "Retouching". bare: what becomes of a picture without a face, or
    with several, where `on_no_face` is "pass"; by default it is handed on as it is.

    Raises:
        InputError: something that is no Image, or origins that are not as many.
        NoFace, SeveralFaces: `on_no_face` is "raise".
        Cancelled: stopped through `progress`.
    """
    given = histories(origins, images)
    names = names_of("", len(images))
    done: list[Edited] = []
    notes: list[str] = []
    for index, (name, image) in enumerate(zip(names, images, strict=True)):
        part = progress.part(index / len(images), (index + 1) / len(images))
        part.update(0, f"{doing} {name}")
        check_image(image, f"picture {name!r}")
        turn = Turn(index, name, image, given[index], part)
        try:
            edited = change(turn, Portrait(image).sitter(name))
            note = edited.note
        except (NoFace, SeveralFaces) as error:
            if on_no_face == "raise":
                raise
            if on_no_face == "reject":
                notes.append(f"{name}: left out. {error.what}")
                continue
            edited = bare(turn) if bare else Edited(image, "nothing was done", given[index])
            note = f"{edited.note}. {error.what}"
        part.update(1, "", edited.image)
        done.append(edited)
        notes.append(f"{name}: {note}")
    return Batch(
        [each.image for each in done],
        [each.matte for each in done if each.matte is not None],
        [bound(each.provenance, each.image) for each in done],
        "\n".join(notes),
    )
