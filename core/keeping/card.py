"""What an edit did to the sitter, and what was put back: the card of drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..faces.alignment import moved
from ..faces.regions import NOSE_BRIDGE
from ..images import Mask
from .colours import Drift
from .comparison import Comparison
from .frame import Frame
from .head import head_of
from .regions import Keep
from .registration import Placement, Registration
from .sight import Sight

_OWN = 0.98  # share from which a pixel counts as the original's
_SOFT = 0.7  # share of fine detail below which the edit is called softer
_ENLARGED = 1.25
_SEAM = 6.0  # L* from which a joint shows, as where the studio takes over eyes
_ELSEWHERE = 0.02  # share of the head that may be the edit's before it is told


@dataclass(frozen=True)
class DriftCard:
    """What an edit did to the sitter, and what was done about it.

    moved: right and down, pixels of the original, at the bridge of the nose.
    scaled: factor, beyond that of the whole picture's size. turned: degrees, clockwise.
    bent: face widths by which parts of the head are off beyond that (95th percentile).
    tint: median CIEDE2000 of the head's colours; `tint_left` after it was taken off.
    contrast: factor. brighter: L*.
    redrawn: 0..1, share of the face's fine detail that no longer agrees, once bent into place.
    usual, before, after: likeness of the original, of the edited picture and of the result, by the
        judge, -1..1.
    enlarged: pixels of the result per pixel of the edited picture.
    keep: what was to stay; empty where nothing was put back.
    own: share of the sitter's head that is the original's, 0..1.
    cut: share of the original that the edited picture doesn't show, 0..1.
    softer: the edit's fine detail as a share of the original's.
    seam: root mean square L* between both within the joint; see `joining.seam`.
    backdrop: "kept" or "replaced" by the edit.
    lit: stops by which the light of the edit changed the face at most.
    """

    moved: tuple[float, float]
    scaled: float
    turned: float
    bent: float
    redrawn: float
    usual: float
    before: float
    after: float
    enlarged: float
    tint: float = 0.0
    tint_left: float = 0.0
    contrast: float = 1.0
    brighter: float = 0.0
    keep: str = ""
    own: float = 0.0
    cut: float = 0.0
    softer: float = 1.0
    seam: float = 0.0
    backdrop: str = ""
    lit: float = 0.0

    def with_result(
        self,
        keep: Keep,
        own: Sight,
        share: Mask,
        same_wall: bool,
        frame: Frame,
    ) -> DriftCard:
        """The card with what was put back."""
        head = head_of(own) > 0.5
        kept = float((share[head] > _OWN).mean()) if head.any() else 0.0
        return replace(
            self,
            keep=keep.value,
            own=kept,
            cut=frame.cut,
            backdrop="kept" if same_wall else "replaced",
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The card in words, one fact a line."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        across, down = self.moved
        yield (
            f"the edit moved the face by {np.hypot(across, down):.1f} px, scaled it by "
            f"{100 * (self.scaled - 1):+.1f} %, turned it by {self.turned:+.1f}° and bent it by "
            f"{100 * self.bent:.1f} % of its width"
        )
        yield f"face redrawn: {100 * self.redrawn:.0f} % of its fine detail no longer agreed"
        if not self.keep:
            yield f"likeness by the judge: original {self.usual:.3f}, edited {self.before:.3f}"
            return
        yield (
            f"tint ΔE {self.tint:.1f} ({self.tint_left:.1f} left), contrast "
            f"{100 * self.contrast:.0f} %, {self.brighter:+.1f} L*, taken off"
        )
        yield (
            f"likeness by the judge: original {self.usual:.3f}, edited {self.before:.3f}, now "
            f"{self.after:.3f}"
        )
        if self.keep == Keep.NOTHING:
            yield "nothing was restored: the face is the edit's"
        else:
            share = f"{100 * self.own:.0f} % of the head are the sitter's pixels"
            yield f"restored: {self.keep}; {share}"
        if self.lit > 0:
            yield f"the light of the edit was put on the head, by {self.lit:.1f} stops at most"
        if self.keep not in (Keep.FACE, Keep.NOTHING) and self.own < 1 - _ELSEWHERE:
            yield (
                f"not restored: {100 * (1 - self.own):.0f} % of the head, along clothes or collar, "
                "or where the frame ends"
            )
        if self.seam > _SEAM:
            yield f"a seam may show: the edit differs by {self.seam:.1f} L* along the joint"
        if self.cut > 0:
            yield f"{100 * self.cut:.1f} % of the original are not in the edit and were cropped"
        if self.softer < _SOFT or self.enlarged > _ENLARGED:
            yield (
                f"the edit is softer than the sitter: {100 * self.softer:.0f} % of the detail, "
                f"enlarged {self.enlarged:.2g} times"
            )


def card_of(
    own: Sight,
    registration: Registration,
    where: Placement,
    comparison: Comparison,
    drift: Drift | None,
    likeness: tuple[float, float, float],
    resized_by: float,
) -> DriftCard:
    """The card of an edit as registered.

    likeness: see `DriftCard`: usual, before, after.
    resized_by: factor between both pictures as wholes, which is no drift.
    """
    whole = where.matrix
    bridge = moved(own.face.landmarks[[NOSE_BRIDGE], :2], own.to_picture)
    shift = (moved(bridge, whole) / resized_by - bridge)[0]
    scale = float(np.hypot(whole[0, 0], whole[1, 0]))
    usual, before, after_ = likeness
    card = DriftCard(
        moved=(float(shift[0]), float(shift[1])),
        scaled=scale / resized_by,
        turned=float(np.degrees(np.arctan2(whole[1, 0], whole[0, 0]))),
        bent=registration.left,
        redrawn=max(0.0, 1 - comparison.bent),
        usual=usual,
        before=before,
        after=after_,
        enlarged=1 / scale,
    )
    if drift is None:
        return card
    return replace(
        card,
        tint=drift.tint,
        tint_left=drift.left,
        contrast=drift.contrast,
        brighter=drift.brighter,
    )
