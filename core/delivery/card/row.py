"""One line of a card."""

from __future__ import annotations

from dataclasses import dataclass

from ...scorecard import Measurement


@dataclass(frozen=True)
class Row:
    """One line: its subject, plain words, and figures.

    passed: whether it is in range; None where nothing is judged.
    measure: given where a range can be drawn.
    """

    title: str
    plain: str
    figures: str = ""
    passed: bool | None = None
    measure: Measurement | None = None

    @property
    def differs(self) -> bool:
        """Whether it is out of its range, and yet no reason to refuse the picture."""
        return self.measure is not None and not self.measure.passed and not self.measure.refuses
