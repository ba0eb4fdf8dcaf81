"""Is the picture a copy of an enrolled photo, rather than a new picture of the sitter?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...faces import Recogniser
from ...identity.identity import Identity
from ...images import Float

# From this value on it is a copy. Measured on three photos of one person: copies that were shrunk,
# darkened, turned, mirrored, made grey, blurred or saved as JPEG q20 reach .73 and more; each photo
# against the other two at most .29; two neighbouring frames of one sitting .51 and .62.
COPY = 0.7


@dataclass(frozen=True)
class Nearest:
    """The enrolled photo that a picture is most like.

    photo: its name.
    number: its place in the identity, 1 the best.
    copy: how nearly it is a copy: 0 and less where it is no nearer than the sitter's other photos
        are, 1 where the recognisers see the same picture.
    """

    photo: str
    number: int
    copy: float


def nearest(
    embeddings: Mapping[str, Float], identity: Identity, recognisers: Sequence[Recogniser]
) -> Nearest | None:
    """The enrolled photo that is most like a picture; None without embeddings.

    embeddings: of the picture, by the recogniser's name.

    With s the cosine of the picture to that photo and r the greatest cosine of that photo to
    another enrolled one, a recogniser gives

        (s - r) / (1 - r),

    the share of the way from "as alike as the sitter's photos get" to "the same picture"; the mean
    over the recognisers counts. It puts one photo against the rest as the copy-paste measure of
    WithAnyone (Xu et al. 2025) puts the reference against the target. Where the sitter has one
    photo, r is halfway between the same person and the same picture.
    """
    used = [each for each in recognisers if each.name in embeddings]
    photos = [each for each in identity.photos if all(r.name in each.embeddings for r in used)]
    if not used or not photos:
        return None
    shares = np.zeros(len(photos))
    for recogniser in used:
        own = np.stack([each.embeddings[recogniser.name] for each in photos])
        to_own = own @ embeddings[recogniser.name]
        between = own @ own.T
        np.fill_diagonal(between, (1 + recogniser.same_person) / 2 if len(own) == 1 else -1)
        rest = np.minimum(between.max(axis=1), 0.999)
        shares += (to_own - rest) / (1 - rest)
    shares /= len(used)
    best = int(shares.argmax())
    return Nearest(photos[best].name, identity.photos.index(photos[best]) + 1, float(shares[best]))
