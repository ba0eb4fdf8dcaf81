"""Where a lamp is mirrored in an eye."""

from __future__ import annotations

import numpy as np
import pytest

from headshots.core.portrait.catchlights import expected_catchlight, mirrored_azimuth


def test_a_mirror_shows_the_light_half_way() -> None:
    assert expected_catchlight(0, 0) == pytest.approx((0, 0))
    x, y = expected_catchlight(40, 0)
    assert x == pytest.approx(np.sin(np.radians(20)) * 7.8 / 5.85) and y == pytest.approx(0)
    assert expected_catchlight(-40, 30)[0] < 0 < expected_catchlight(-40, 30)[1]
    assert mirrored_azimuth(x) == pytest.approx(40)
