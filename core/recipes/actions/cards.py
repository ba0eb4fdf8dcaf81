"""Authenticity cards of delivered pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...delivery.card.content import card_of
from ...delivery.card.page import card_html
from ...delivery.card.picture import card_png
from ...errors import InputError
from ...identity.identity import Identity
from ...images import Image
from ...photos.reading import read_file
from ...photos.writing import encode
from ...picture import Picture
from ...progress import Progress
from ...vault.shown_files import write_shown
from .files import ensure_folder, stems
from .pictures import expanded


def make_cards(
    progress: Progress,
    pictures: list[Picture],
    identity: Identity,
    files: str,
    folder: str,
    named: bool,
    show_photo: bool,
    language: str,
) -> tuple[list[Image], list[Image], str, str]:
    """HeadshotsCard."""
    from ...delivery.credentials import inspect  # its library takes a sixth of a second to load

    delivered = _delivered(files, len(pictures))
    place = ensure_folder(folder)
    cards: list[Image] = []
    marked: list[Image] = []
    paths: list[Path] = []
    notes: list[str] = []
    called = stems([each.name for each in pictures])
    for index, (picture, name) in enumerate(zip(pictures, called, strict=True)):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        card = picture.card
        part.update(0, f"Card of {name}")
        if not card.measures:
            notes.append(f"{picture.name}: no card. {'; '.join(card.reasons)}")
            marked.append(picture.image)
            continue
        file = delivered[index]
        data = None if file is None else read_file(file, file.name)
        content = card_of(
            picture,
            identity,
            credentials=None if data is None else inspect(data),
            file="" if file is None else file.name,
            named=named,
            show_photo=show_photo,
        )
        picture.portrait.release()
        part.update(0.6)
        sheet = card_png(content, language)
        written = (place / f"{name}-card.png", place / f"{name}-card.html")
        pages = (encode(sheet, "png"), card_html(content, language).encode())
        both = dict(zip(written, pages, strict=True))
        write_shown(both, [identity.name], handed="delivered")
        paths += written
        cards.append(sheet)
        marked.append(content.marked)
        part.update(1, "", sheet)
    return cards, marked, "\n".join(map(str, paths)), "\n".join(notes)


def _delivered(files: str, count: int) -> Sequence[Path | None]:
    """The delivered file of each picture, or None.

    Raises:
        InputError: some files, but not as many as pictures.
    """
    paths = list(expanded(files))
    if not paths:
        return [None] * count
    if len(paths) != count:
        raise InputError(
            f"There are {len(paths)} delivered files for {count} pictures",
            "Link 'paths' of the step that delivered these pictures, or leave the files empty.",
        )
    return paths
