"""What a measure is: one question about a picture, and the context in which it is asked."""

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
from .reference import Reference, reference_for


class Needs(StrEnum):
    """What must be known before a measure can be taken.

    FACE: the one face of the picture.
    SITTER: that the judge takes the face for the sitter's; of a stranger the rest means nothing.
    SET: the earlier pictures of the set.
    """

    FACE = "face"
    SITTER = "sitter"
    SET = "set"


@dataclass
class Context:
    """What a measure may use.

    Attributes:
        portrait: the picture.
        identity: the sitter.
        provenance: how the picture was made.
        cutouts: results from earlier cut-outs of the set.
        nearest: the enrolled photo that the judge finds most like the picture.
    """

    portrait: Portrait
    identity: Identity
    provenance: Provenance = UNKNOWN
    cutouts: CutOuts = field(default_factory=CutOuts)
    nearest: Nearest | None = None

    @property
    def relit(self) -> bool:
        """Whether the picture has another light than its photo."""
        return self.provenance.last(Relit) is not None

    @cached_property
    def reference(self) -> Reference | None:
        """The enrolled photos to compare with; None where the picture shows too little skin."""
        appearance = self.portrait.appearance
        if appearance is None:
            return None
        return reference_for(appearance, self.identity, self.provenance, self.nearest)


@dataclass(frozen=True)
class Measure:
    """One question about a picture.

    name: of the file that answers it.
    needs: see `Needs`.
    answer: from portrait and context to an answer, which leaves out what can't be measured.

    Raises:
        SetupError: weights are missing.
    """

    name: str
    needs: Needs
    answer: Callable[[Portrait, Context], Answer]


def ask(measures: Sequence[Measure], needs: Needs, context: Context) -> dict[str, Answer]:
    """The answers of the measures with these needs, by the measure's name."""
    return {
        each.name: each.answer(context.portrait, context)
        for each in measures
        if each.needs is needs
    }
