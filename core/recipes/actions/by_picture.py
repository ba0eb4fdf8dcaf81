"""The loop over pictures that every step which changes pictures uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import NoFace, SeveralFaces
from ...faces import Face
from ...images import Image, Mask, check_image
from ...picture import Picture
from ...progress import Progress
from .images import unpacked

# Pixels of a picture up to which the last one keeps what was measured of it: a host's preview edits
# the same one again with each move of a slider.
_PREVIEW = 2**19


@dataclass(frozen=True, eq=False)
class Turn:
    """The picture whose turn it is, and its place among the others."""

    index: int
    picture: Picture
    progress: Progress

    @property
    def image(self) -> Image:
        """SRGB float32 (H, W, 3) 0..1."""
        return self.picture.image


@dataclass(frozen=True, eq=False)
class Edited:
    """A changed picture, or one that stayed as it was, and what was done to it in words."""

    picture: Picture
    note: str


def round_of(
    progress: Progress,
    pictures: Sequence[Picture],
    on_no_face: str,
    change: Callable[[Turn, Face], Edited],
    *,
    doing: str,
    bare: Callable[[Turn], Edited] | None = None,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """Call `change` for each picture with its one face; the results, and a note for each picture.

    Args:
        doing: for people, such as "Retouching".
        bare: called for a picture without a face, or with several, where `on_no_face` is "pass";
            by default such a picture stays as it is.

    Raises:
        InputError: something that is no Image.
        NoFace, SeveralFaces: `on_no_face` is "raise".
        Cancelled: stopped through `progress`.
    """
    results: list[Picture] = []
    notes: list[str] = []
    for index, picture in enumerate(pictures):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        part.update(0, f"{doing} {picture.name}")
        check_image(picture.image, f"picture {picture.name!r}")
        turn = Turn(index, picture, part)
        try:
            edited = change(turn, picture.portrait.sitter(picture.name))
            note = edited.note
        except (NoFace, SeveralFaces) as error:
            if on_no_face == "raise":
                raise
            if on_no_face == "reject":
                notes.append(f"{picture.name}: left out. {error.what}")
                continue
            edited = bare(turn) if bare else Edited(picture, "nothing was done")
            note = f"{edited.note}. {error.what}"
        finally:
            if index + 1 < len(pictures) or picture.image[..., 0].size > _PREVIEW:
                picture.portrait.release()  # so that many pictures need no more memory than one
        part.update(1, "", edited.picture.image)
        results.append(edited.picture)
        notes.append(f"{picture.name}: {note}")
    return (*unpacked(results), "\n".join(notes))
