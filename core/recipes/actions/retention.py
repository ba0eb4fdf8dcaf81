"""Retention of sitters, and the step that forgets one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

from ...errors import ConsentMissing, InputError, SitterChanged
from ...identity.codec import to_bytes
from ...identity.identity import Identity
from ...identity.stored import KIND, of_each, stored_sitter
from ...picture import Picture
from ...progress import Progress
from ...vault import check_name, open_vault
from ...vault.consent import agreed
from ...vault.erasure import forget
from ...vault.ids import id_of, name_of
from ...vault.policy import retention_days


@dataclass(frozen=True)
class Clock:
    """The last day that a sitter is kept, and the number of days until then."""

    name: str
    until: date
    days_left: int


@dataclass(frozen=True)
class Kept:
    """A stored sitter, by id, and how long they are kept."""

    identity: Identity
    id: str
    clock: Clock


def kept_sitters() -> list[Kept]:
    """All enrolled sitters; see `of_each`."""
    vault = open_vault()

    def enrolled(name: str) -> Kept | None:
        return kept_sitter(name) if KIND in vault.kinds(name) else None

    return [each for each in of_each(enrolled) if each]


def kept_sitter(name: str) -> Kept:
    """The stored sitter with that name or id; raises as `stored_sitter` for managing them."""
    identity = stored_sitter(name, "manage")
    return Kept(identity, id_of(identity.name), clock(identity.name))


def clocks() -> list[Clock]:
    """How long every stored sitter is kept; see `of_each`."""
    return list(of_each(clock))


def clock(name: str) -> Clock:
    """How long a stored sitter, by name or id, is kept; raises IdentityNotFound."""
    name = name_of(name)
    until = open_vault().until(name)
    return Clock(name, until, (until - _today()).days)


def keep(name: str, days: int, consent: str = "") -> Clock:
    """Keep a sitter for `days` from today. Keeping them longer than before needs their consent.

    Args:
        consent: their new consent, as `agreed` reads it.

    Raises:
        IdentityNotFound: there is no such sitter.
        InputError: the days are over the policy, or below 0.
        ConsentError: it would be longer, and there is no new consent.
    """
    most = retention_days()
    if not 0 <= days <= most:
        raise InputError(
            f"{days} days is not between 0 and {most}",
            "`headshots retention --days N` says how long sitters are kept at most.",
        )
    name = name_of(name)
    while True:
        with suppress(SitterChanged):  # try again on what is stored now
            return _keep_once(name, days, consent)


def _keep_once(name: str, days: int, consent: str) -> Clock:
    """See `keep`; raises SitterChanged if another process changed the sitter meanwhile."""
    identity, now = stored_sitter(name, "manage"), clock(name)
    until = _today() + timedelta(days=days)
    if consent:
        agreement = agreed(identity.name, consent, days=days)
    elif until > now.until:
        raise ConsentMissing(
            f"{identity.name!r} is kept until {now.until}, as they agreed to",
            "Ask them whether they may be kept for longer, and give their consent anew.",
        )
    else:
        agreement = identity.consent and replace(identity.consent, until=until.isoformat())
    last = agreement.last_day if agreement else until
    data = to_bytes(replace(identity, consent=agreement))
    open_vault().put(name, KIND, data, version=identity.version, until=last)
    if consent and agreement:
        open_vault().log("renewed", name, f"to {', '.join(agreement.uses)}, until {last}")
    return clock(name)


def sitters_in(values: Iterable[object]) -> set[str]:
    """The names of the sitters in inputs or outputs of a step."""
    names: set[str] = set()
    for value in values:
        match value:
            case Identity():
                names.add(value.name)
            case Picture():
                names.add(value.sitter)
            case list():
                names |= sitters_in(cast(list[object], value))
            case _:
                pass
    return names - {""}


def forget_sitter(progress: Progress, name: str, delivered: bool) -> tuple[str, str]:
    """HeadshotsForgetSitter."""
    name = name_of(name)
    erasure = forget(open_vault(), name, delivered=delivered)
    return check_name(name), str(erasure.file)


def _today() -> date:
    return datetime.now(UTC).date()
