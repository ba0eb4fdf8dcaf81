"""The step that keeps the sitter in edited pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...errors import InputError
from ...identity.identity import Identity
from ...images import Image, Mask
from ...keeping.keeper import Kept, keep_sitter
from ...keeping.regions import Keep
from ...picture import Picture
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import Edit, EditedElsewhere, ModelUse, Painted, Provenance, Refined, SitterKept
from .images import unpacked


def keep_sitters(
    progress: Progress,
    pictures: list[Picture],
    originals: list[Picture],
    keep: str,
    light: float,
    identity: Identity | None,
    on_refusal: str,
) -> tuple[list[Picture], list[Image], list[Mask], list[Mask], str, str]:
    """HeadshotsKeepSitter.

    Raises:
        InputError: there is neither one original for all nor one for each; or no Image.
        NoFace, SeveralFaces: an original does not show exactly one face.
    """
    if len(originals) not in (1, len(pictures)):
        raise InputError(
            f"There are {len(originals)} originals for {len(pictures)} edited pictures",
            "Give one for all, or one for each.",
        )
    chosen = Keep(keep)
    results: list[Picture] = []
    own: list[Mask] = []
    notes: list[str] = []
    places: list[str] = []
    for index, picture in enumerate(pictures):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        part.update(0, f"Keeping the sitter in {picture.name}")
        original = originals[index % len(originals)]
        original.portrait.sitter(original.name)  # an error names it
        kept = keep_sitter(
            original.portrait,
            picture.portrait,
            keep=chosen,
            light=light,
            identity=identity,
            progress=part,
        )
        picture.portrait.release()
        notes.append(f"{picture.name}: {_note(kept)}")
        if kept.kept or on_refusal == "original":
            result = _result(original, picture, kept, chosen)
            if identity is not None and not identity.allows("deliver"):
                history = result.provenance.model_copy(update={"deliverable": False})
                result = replace(result, provenance=history)
            results.append(result)
            own.append(kept.own)
            places.append(_place(kept))
        part.update(1, "", kept.image)
    for original in originals:  # whose matte was measured once for all edits
        original.portrait.release()
    pictures_, images, mattes = unpacked(results)
    return pictures_, images, mattes, own, "\n".join(notes), "\n".join(places)


def _place(kept: Kept) -> str:
    return f"{kept.frame.left} {kept.frame.top}" if kept.frame is not None else "0 0"


def _note(kept: Kept) -> str:
    told = kept.card.lines if kept.card is not None else ()
    if kept.kept:
        return "; ".join(told)
    return "; ".join([f"refused: {', '.join(kept.refusals)}", *told])


def _result(original: Picture, edited: Picture, kept: Kept, keep: Keep) -> Picture:
    """The picture that comes out, under the edited picture's name."""
    if not kept.kept:
        return original.renamed(edited.name)
    lit = kept.card is not None and kept.card.lit > 0
    history = _joined(original.provenance, edited.provenance, keep, lit)
    return Picture(
        edited.name,
        Portrait(kept.image),
        history,
        sitter=original.sitter or edited.sitter,
        outdated=edited.scorecard is not None or edited.outdated,
    )


def _joined(original: Provenance, edited: Provenance, keep: Keep, lit: bool) -> Provenance:
    """The history of the original, what is known of the edit, and that both were joined."""
    shared = 0
    for one, other in zip(original.edits, edited.edits, strict=False):
        if one != other:
            break
        shared += 1
    further: Sequence[Edit] = edited.edits[shared:]
    sources = dict.fromkeys([*original.sources, *edited.sources])
    return original.edited(
        *further,
        SitterKept(kept=keep.value, by=_model(further), lit=lit),
        sources=tuple(sources)[:100],
        deliverable=original.deliverable and edited.deliverable,
    )


def _model(edits: Sequence[Edit]) -> ModelUse | None:
    """The last generative model among `edits`, where they tell."""
    by = [
        each.by
        for each in edits
        if isinstance(each, Painted | Refined | SitterKept | EditedElsewhere) and each.by
    ]
    return by[-1] if by else None
