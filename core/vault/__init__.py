"""Where a person's data lies. The vault stores bytes under a sitter's name and knows no faces."""

from __future__ import annotations

from ..settings import settings
from .names import check_kind, check_name, key_of
from .plain import PlainVault
from .vault import Vault


def open_vault() -> Vault:
    """The vault of this installation, in the data folder of the settings."""
    return PlainVault(settings().data_dir / "sitters")


__all__ = ["PlainVault", "Vault", "check_kind", "check_name", "key_of", "open_vault"]
