"""Does a painted picture pass for a photograph, by the discriminator trained on both?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...portrait.portrait import Portrait
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context


def answer(portrait: Portrait, context: Context) -> Answer:
    """The discriminator's verdict, 0..1, higher is more like a photo; empty without one.

    The generator records it while painting, with how often that discriminator is right.
    """
    if context.provenance.realism is None:
        return Answer()
    realism, auc = context.provenance.realism
    note = (
        f"The network behind 'discriminator' tells photos from painted ones in {auc:.0%} of the "
        "pairs that it did not learn on (50% is chance)"
    )
    return Answer((take("discriminator", realism),), (note,))
