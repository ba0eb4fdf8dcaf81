"""A closer look at one picture: everything about the face that the recognisers overlook."""

from __future__ import annotations

from dataclasses import dataclass

from ..faces import Face
from ..identity.identity import Identity
from ..images import Image, Mask
from ..portrait.appearance import appearance
from ..portrait.light import MeasuredLight
from ..provenance import UNKNOWN, Provenance, Relit
from .attributes import attributes
from .copying import Nearest
from .lasting import Missing, missing
from .measures import take
from .realism import realism, verdict
from .reference import reference
from .scorecard import Measure
from .view import View


@dataclass(frozen=True, eq=False)
class Closer:
    """measures: of attributes and realism; those that can't be told are left out. gone: lasting
    features that are missing, to be drawn.
    """

    measures: tuple[Measure, ...]
    gone: tuple[Missing, ...] = ()


def look_closer(
    image: Image,
    face: Face,
    identity: Identity,
    *,
    provenance: Provenance = UNKNOWN,
    near: Nearest | None = None,
    matte: Mask | None = None,
    light: MeasuredLight | None = None,
    view: View | None = None,
) -> Closer:
    """Attributes and realism of `face` in `image` (sRGB float32 (H, W, 3) 0..1).

    provenance, near: tell the photo that the picture is held against; see `reference`.
    matte: (H, W). light: as measured. view: a smaller copy, which does for edges and bands.

    Raises:
        SetupError: weights are missing.
    """
    seen = appearance(image, face, matte)
    if seen is None:
        return Closer(())
    held = reference(seen, identity, provenance, near)
    relit = provenance.last(Relit) is not None
    gone = missing(seen, identity, held)
    lasting = () if gone is None else (take("lasting-features", float(len(gone))),)
    return Closer(
        (
            *attributes(seen, held, relit=relit),
            *lasting,
            *realism(view or View(image, matte, face), seen, held, light, relit),
            *verdict(provenance),
        ),
        gone or (),
    )
