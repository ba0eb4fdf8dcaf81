"""Does a painted picture pass for a photograph, by the discriminator trained on both?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...portrait.portrait import Portrait
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context


def answer(portrait: Portrait, context: Context) -> Answer:
    """The discriminator's verdict, 0..1, higher is more like a photo; empty without one.

    The generator records it, as the verdict takes the model that is loaded while painting.
    """
    realism = context.provenance.realism
    if realism is None:
        return Answer()
    return Answer((take("discriminator", realism),))
