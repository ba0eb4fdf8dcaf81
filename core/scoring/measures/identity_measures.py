"""A closer look at one picture: everything about the face that the recognisers overlook."""

from __future__ import annotations

from dataclasses import dataclass

from ...identity.identity import Identity
from ...portrait.portrait import Portrait
from ...provenance import UNKNOWN, Provenance, Relit
from ...scorecard import Measurement
from ..measure import take
from ..reference import reference
from .attributes import attributes
from .copy_detection import Nearest
from .realism import realism, verdict
from .skin_marks import Missing, missing


@dataclass(frozen=True, eq=False)
class IdentityMeasures:
    """measures: of attributes and realism; those that can't be told are left out. gone: lasting
    features that are missing, to be drawn.
    """

    measures: tuple[Measurement, ...]
    gone: tuple[Missing, ...] = ()


def identity_measures(
    portrait: Portrait,
    identity: Identity,
    *,
    provenance: Provenance = UNKNOWN,
    near: Nearest | None = None,
) -> IdentityMeasures:
    """Attributes and realism of the face of `portrait`.

    provenance, near: tell the photo that the picture is held against; see `reference`.

    Raises:
        SetupError: weights are missing.
    """
    seen = portrait.appearance
    if seen is None:
        return IdentityMeasures(())
    held = reference(seen, identity, provenance, near)
    relit = provenance.last(Relit) is not None
    gone = missing(seen, identity, held)
    lasting = () if gone is None else (take("lasting-features", float(len(gone))),)
    return IdentityMeasures(
        (
            *attributes(seen, held, relit=relit),
            *lasting,
            *realism(portrait, seen, held, relit),
            *verdict(provenance),
        ),
        gone or (),
    )
