"""A picture on its way from the generator to the delivered file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from .images import Image, Mask
from .layers import Layer
from .photos.described import NOTHING, Description
from .portrait.portrait import Portrait
from .provenance import UNKNOWN, Edit, Provenance
from .scorecard import Scorecard


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with all that is known of it.

    Attributes:
        name: for files and messages; unlike the others of its set.
        portrait: the pixels, the matte, and what is measured of them.
        provenance: how the picture came to be.
        sitter: whom it shows, as far as is known; empty if nobody said.
        layers: bottom to top; empty where the picture is not in layers.
        scorecard: of these pixels; None where they were not scored.
        description: what the photographer wrote about the photo that it is made of. It may name
            people, and is written into a file only where that is asked for.
        outdated: True if the picture was scored and has been changed since.
    """

    name: str
    portrait: Portrait
    provenance: Provenance = UNKNOWN
    sitter: str = ""
    layers: Sequence[Layer] = ()
    scorecard: Scorecard | None = None
    outdated: bool = False
    description: Description = NOTHING

    @property
    def image(self) -> Image:
        """SRGB float32 (H, W, 3) 0..1."""
        return self.portrait.image

    @property
    def matte(self) -> Mask | None:
        """The sitter's coverage, float32 (H, W) 0..1; None where the picture is not cut out."""
        return self.portrait.matte

    @property
    def card(self) -> Scorecard:
        """The scorecard; of a picture that was not scored, one that says so."""
        return self.scorecard or _unscored(self)

    def to_json(self) -> dict[str, Any]:
        """What may be published of it; `recipes.jsonable` turns the values into JSON."""
        rows, columns = self.image.shape[:2]
        return {
            "name": self.name,
            "sitter": self.sitter,
            "width": columns,
            "height": rows,
            "layers": len(self.layers),
            "provenance": self.provenance,
            "scorecard": self.scorecard,
        }

    def edited(
        self, record: Edit, image: Image, matte: Mask | None = None, *, look: str | None = None
    ) -> Picture:
        """The picture after an edit. It has no scorecard: a scorecard is of the pixels measured.

        Args:
            record: of the edit, for the provenance.
            image: the new pixels, sRGB float32 (H, W, 3) 0..1.
            matte: their matte, float32 (H, W) 0..1.
            look: name of the new look; default: the look stays.
        """
        changed = {} if look is None else {"look": look}
        provenance = self.provenance.edited(record, **changed)
        return replace(self.showing(Portrait(image, matte)), provenance=provenance, layers=())

    def showing(self, portrait: Portrait) -> Picture:
        """The picture with other pixels or another matte, and without the old scorecard."""
        outdated = self.outdated or self.scorecard is not None
        return replace(self, portrait=portrait, scorecard=None, outdated=outdated)

    def scored(self, card: Scorecard) -> Picture:
        """The picture with the scorecard of its pixels."""
        return replace(self, scorecard=card, sitter=card.sitter or self.sitter, outdated=False)

    def renamed(self, name: str) -> Picture:
        """The picture under another name."""
        card = self.scorecard and replace(self.scorecard, picture=name)
        return replace(self, name=name, scorecard=card)


NOT_SCORED = "changed after it was scored, and not scored since"


def _unscored(picture: Picture) -> Scorecard:
    """A card that says why there is no verdict."""
    return Scorecard(
        picture=picture.name,
        sitter=picture.sitter,
        judge="",
        likeness=0.0,
        percentile=0.0,
        measures=(),
        overall=0.0,
        verdict="reject" if picture.outdated else "pending",
        reasons=(NOT_SCORED if picture.outdated else "not scored",),
    )


def unlike(names: Iterable[str]) -> list[str]:
    """`names` made unique by a number behind repeated ones; case doesn't count."""
    used: set[str] = set()
    unique: list[str] = []
    for name in names:
        again = (f"{name} ({number})" for number in count(2))
        free = next(each for each in chain([name], again) if each.casefold() not in used)
        used.add(free.casefold())
        unique.append(free)
    return unique


def numbers(amount: int) -> list[str]:
    """Names for `amount` pictures: "01", "02" and so on."""
    digits = max(2, len(str(amount)))
    return [f"{number:0{digits}}" for number in range(1, amount + 1)]
