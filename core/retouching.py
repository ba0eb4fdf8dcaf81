"""How far each part of a portrait is retouched: in a look, a preset or a recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import cast

from .parameters import parameter

FACE = ("skin", "blemishes", "shine", "under_eyes", "eyes", "teeth")


@dataclass(frozen=True)
class Retouching:
    """Strengths, each 0 (the part stays) .. 1 (as far as a careful retoucher would go)."""

    skin: float = parameter(
        0.4, "Blotches and redness of the skin. Pores and lines stay.", low=0, high=1
    )
    blemishes: float = parameter(
        0.4,
        "Red spots. With the sitter linked, marks that the photos show are kept and the others "
        "go; without, spots are only softened.",
        low=0,
        high=1,
    )
    shine: float = parameter(0.4, "Glare on the skin.", low=0, high=1)
    under_eyes: float = parameter(0.4, "Dark circles under the eyes.", low=0, high=1)
    eyes: float = parameter(
        0.4, "Redness of the whites of the eyes. Irises and catchlights stay.", low=0, high=1
    )
    teeth: float = parameter(0.4, "Yellow teeth: a little lighter, never white.", low=0, high=1)
    stray_hairs: float = parameter(
        0.0, "Single hairs that stand out from the hair before a plain wall.", low=0, high=1
    )
    lint: float = parameter(0.0, "Lint, dust and hairs on dark clothes.", low=0, high=1)
    creases: float = parameter(
        0.0, "Shallow creases of the clothes. Seams, lapels and weave stay.", low=0, high=1
    )

    @classmethod
    def none(cls) -> Retouching:
        """Nothing is retouched."""
        return cls.of_face(0)

    @classmethod
    def of_face(cls, strength: float) -> Retouching:
        """All parts of the face at `strength`; hair and clothes stay."""
        return cls(**{name: strength if name in FACE else 0.0 for name in PARTS})

    @property
    def face(self) -> Retouching:
        """Its parts of the face; hair and clothes stay."""
        return replace(self, stray_hairs=0.0, lint=0.0, creases=0.0)

    def joined(self, other: Retouching) -> Retouching:
        """Each part as far as in the one or the other that goes further."""
        theirs = asdict(other)
        return Retouching(**{part: max(s, theirs[part]) for part, s in asdict(self).items()})

    @property
    def strongest(self) -> float:
        """The largest strength of a part of the face."""
        return max(getattr(self, name) for name in FACE)

    @property
    def proportions(self) -> Retouching:
        """The parts of the face as shares of the strongest; where all are 0, of a full retouch."""
        most = self.strongest
        return (
            Retouching.of_face(1)
            if most == 0
            else Retouching(
                **{n: share / most if n in FACE else 0.0 for n, share in asdict(self).items()}
            )
        )

    def times(self, share: float) -> Retouching:
        """Every strength times `share`."""
        return Retouching(**{name: share * each for name, each in asdict(self).items()})


PARTS = tuple(each.name for each in fields(Retouching))


def retouching_from(value: object) -> Retouching:
    """What a file says: a number for all parts of the face, or a table of strengths by part.

    Parts that the table doesn't name stay.

    Raises:
        ValueError: neither, or a strength that isn't a number from 0 to 1.
    """
    if isinstance(value, Retouching):
        return value
    if not isinstance(value, dict):
        return Retouching.of_face(_share(value))
    table = cast(dict[str, object], value)
    if foreign := set(table) - set(PARTS):
        raise ValueError(f"no parts: {', '.join(sorted(map(str, foreign)))}")
    return Retouching(**{part: _share(table.get(part, 0.0)) for part in PARTS})


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a number from 0 to 1")
    return float(value)
