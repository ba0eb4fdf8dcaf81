"""Keys that never travel."""

from __future__ import annotations

import pytest

from headshots.core.vault.sealing import Agreement, seal, unseal


def test_two_sides_agree_and_nobody_else_does() -> None:
    head, worker, other = Agreement(), Agreement(), Agreement()
    key = head.key(worker.public, "task")
    assert key == worker.key(head.public, "task") and len(key) == 32
    assert key not in (head.key(worker.public, "result"), head.key(other.public, "task"))
    assert unseal(worker.key(head.public, "task"), seal(key, b"photo", "task"), "task") == b"photo"


@pytest.mark.parametrize("public", [b"", b"short", bytes(32)])
def test_what_is_nobodys_public_side_is_refused(public: bytes) -> None:
    with pytest.raises(ValueError):
        Agreement().key(public, "task")
