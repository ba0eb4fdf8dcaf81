"""Does a painted picture pass for a photograph, by the network that was trained to tell?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...portrait.portrait import Portrait
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context


def answer(portrait: Portrait, context: Context) -> Answer:
    """The discriminator's verdict, 0..1, higher is more like a photo; nothing where none was
    trained. The generator records it, as it takes the model that is loaded then.
    """
    realism = context.provenance.realism
    if realism is None:
        return Answer()
    return Answer((take("discriminator", realism),))
