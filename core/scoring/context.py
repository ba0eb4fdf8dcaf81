"""What a measure is: one question about a picture, and what it may ask besides the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from ..identity.identity import Identity
from ..portrait.portrait import Portrait
from ..provenance import UNKNOWN, Provenance, Relit
from .measure import Answer
from .measures.clean_cutouts import CutOuts
from .measures.copy_detection import Nearest
from .reference import Reference, reference


class Needs(StrEnum):
    """What must be known before a measure can be asked.

    FACE: the one face of the picture. SITTER: that the face is the sitter's, as the judge says: of
    a stranger the rest means nothing. SET: the pictures of the set before this one.
    """

    FACE = "face"
    SITTER = "sitter"
    SET = "set"


@dataclass
class Context:
    """What a measure may ask about one picture, besides its portrait.

    Attributes:
        portrait: the picture. identity: the sitter.
        provenance: how the picture was made.
        cutouts: what was found in other pictures of the set.
        nearest: the enrolled photo that the judge says it is nearest to.
    """

    portrait: Portrait
    identity: Identity
    provenance: Provenance = UNKNOWN
    cutouts: CutOuts = field(default_factory=CutOuts)
    nearest: Nearest | None = None

    @property
    def relit(self) -> bool:
        """Whether another light than the photo's was asked for."""
        return self.provenance.last(Relit) is not None

    @cached_property
    def reference(self) -> Reference | None:
        """The enrolled photos, as they look; None where too little skin is to be seen."""
        appearance = self.portrait.appearance
        if appearance is None:
            return None
        return reference(appearance, self.identity, self.provenance, self.nearest)


@dataclass(frozen=True)
class Measure:
    """One question about a picture.

    name: of the file that answers it. needs: see `Needs`.
    answer: given the portrait and its context. What can't be told is left out.

    Raises:
        SetupError: weights are missing.
    """

    name: str
    needs: Needs
    answer: Callable[[Portrait, Context], Answer]


def asked(measures: Sequence[Measure], needs: Needs, context: Context) -> dict[str, Answer]:
    """The answers of those of `measures` that need just that, by name."""
    return {
        each.name: each.answer(context.portrait, context)
        for each in measures
        if each.needs is needs
    }
