"""The kinds of places that a vault's master key can lie in."""

from __future__ import annotations

from typing import Literal, TypeAlias

MasterKind: TypeAlias = Literal["keyring", "passphrase", "file"]
Master: TypeAlias = Literal["auto", MasterKind]
