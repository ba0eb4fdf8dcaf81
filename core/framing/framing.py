"""The framing that a look asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import Field, Strict

# The ranges below are held when a look is read (generation/look_files.py).
_Number: TypeAlias = Annotated[float, Strict()]
_EyeLine: TypeAlias = Annotated[_Number, Field(ge=0.2, le=0.55)]


@dataclass(frozen=True)
class Framing:
    """Where the head sits in a picture.

    aspect: width / height of the picture.
    head: chin to crown as a share of the height.
    eyes: height of the eye line from the top as a share of the height.
    eye_range: between which heights the eye line may lie where a photo's room asks for it; None for
        what suits portraits of that head size (see composition.eye_limits).
    """

    aspect: Annotated[_Number, Field(ge=0.5, le=2)]
    head: Annotated[_Number, Field(ge=0.3, le=0.65)]
    eyes: _EyeLine
    eye_range: tuple[_EyeLine, _EyeLine] | None = None


# The usual headshot: what a photo is held against before anybody has chosen a look.
PORTRAIT = Framing(aspect=0.8, head=0.48, eyes=0.405)
