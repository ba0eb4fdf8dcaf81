"""Every step and node that takes a sitter asks their consent, by one door, for a stated use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headshots.comfy_nodes.nodes import NODES
from headshots.core.errors import (
    ConsentError,
    ConsentExpired,
    ConsentMissing,
    ConsentWithheld,
    SitterForgotten,
)
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import KIND, for_use, stored_sitter
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.retention import keep
from headshots.core.recipes.actions.sitters import fingerprint_of_enrolment
from headshots.core.recipes.cache import Cache
from headshots.core.recipes.graph import build
from headshots.core.recipes.runner import run
from headshots.core.recipes.step import Input, Kind, Step
from headshots.core.vault import open_vault
from headshots.core.vault.consent import USES, Consent, agreed

from ...stored import put

ROOT = Path(__file__).parents[3]
TAKING = [
    (step, declared) for step in NODES for declared in step.inputs if declared.kind is Kind.IDENTITY
]
every = pytest.mark.parametrize(
    ("step", "declared"), TAKING, ids=[f"{step.id}.{each.name}" for step, each in TAKING]
)


def consenting(sitter: Identity, *uses: str, **changes: str) -> Identity:
    consent = agreed(sitter.name, f"yes to {' and '.join(uses or USES)}", days=30)
    return replace(sitter, consent=replace(consent, **changes))


def taken(step: Step, declared: Input, identity: Identity | None) -> Any:
    """What the step's function would get for that input; refused, it isn't looked for."""
    values = {each.name: each.default for each in step.inputs}
    return step.consented({"progress": SILENT, **values, declared.name: identity})[declared.name]


def others(declared: Input) -> list[str]:
    """The uses that don't cover that of the input."""
    return [] if declared.use == "any" else [use for use in USES if use != declared.use]


@pytest.fixture
def ada(sitter: Identity, home: Path) -> Identity:
    return consenting(replace(sitter, name="Ada"))


def test_there_are_such_nodes() -> None:
    ids = {step.id for step, _ in TAKING}
    assert {"HeadshotsApplySitter", "HeadshotsSitterReferences", "HeadshotsStudio"} <= ids


@every
def test_it_says_for_what_use(step: Step, declared: Input) -> None:
    assert declared.use in (*USES, "any")


def test_nothing_else_asks_for_a_use() -> None:
    assert [
        each for step in NODES for each in step.inputs if each.use and each.kind != Kind.IDENTITY
    ] == []


@every
def test_who_agreed_is_handed_over(step: Step, declared: Input, ada: Identity) -> None:
    assert taken(step, declared, ada) is ada
    if declared.optional:
        assert taken(step, declared, None) is None


@every
def test_without_consent(step: Step, declared: Input, ada: Identity) -> None:
    values = {each.name: each.default for each in step.inputs}
    with pytest.raises(ConsentMissing, match="'Ada'"):
        step.call({"progress": SILENT, **values, declared.name: replace(ada, consent=None)})


@every
def test_with_one_that_ran_out(step: Step, declared: Input, ada: Identity) -> None:
    with pytest.raises(ConsentExpired, match="2020-01-01"):
        taken(step, declared, consenting(ada, until="2020-01-01"))


@every
def test_for_other_uses_only(step: Step, declared: Input, ada: Identity) -> None:
    for uses in (others(declared), others(declared)[:1], others(declared)[1:]):
        if uses:
            with pytest.raises(ConsentWithheld, match=f"not to {declared.use}"):
                taken(step, declared, consenting(ada, *uses))


@every
def test_who_was_forgotten_meanwhile(step: Step, declared: Input, ada: Identity) -> None:
    put(ada)
    loaded = stored_sitter("Ada", "any")
    open_vault().forget("Ada")
    with pytest.raises(SitterForgotten, match="'Ada'"):
        taken(step, declared, loaded)


@every
def test_who_agreed_to_less_meanwhile(step: Step, declared: Input, ada: Identity) -> None:
    put(ada)
    loaded = stored_sitter("Ada", "any")
    for uses in others(declared):
        put(consenting(ada, uses))
        with pytest.raises(ConsentWithheld, match=f"not to {declared.use}"):
            taken(step, declared, loaded)
    put(consenting(ada, until="2020-01-01"))
    with pytest.raises(ConsentExpired):
        taken(step, declared, loaded)
    put(replace(ada, consent=None))
    with pytest.raises(ConsentMissing):
        taken(step, declared, loaded)


@every
def test_what_they_agreed_to_last_is_handed_over(
    step: Step, declared: Input, ada: Identity
) -> None:
    put(ada)
    loaded = stored_sitter("Ada", "any")
    use = declared.use if declared.use in USES else "deliver"
    put(narrow := consenting(ada, use))
    handed = taken(step, declared, loaded)
    assert handed.consent == narrow.consent and handed.photos is loaded.photos


def test_who_is_enrolled_anew_and_not_stored_yet_is_taken_at_their_word(ada: Identity) -> None:
    put(consenting(replace(ada, created="2026-01-01T00:00:00+00:00"), "deliver"))
    assert for_use(ada, "generate") is ada


def loading(purpose: Any) -> list[type[ConsentError] | None]:
    """What is said of Ada with no consent, with one that ran out, and with one for delivery."""
    told: list[type[ConsentError] | None] = []
    ada = stored_sitter("Ada", "manage")
    changes: tuple[Consent | None, ...] = (
        None,
        consenting(ada, until="2020-01-01").consent,
        consenting(ada, "deliver").consent,
    )
    for consent in changes:
        put(replace(ada, consent=consent))
        try:
            stored_sitter("Ada", purpose)
            told.append(None)
        except ConsentError as error:
            told.append(type(error))
    return told


def test_whoever_loads_a_sitter_says_for_what(ada: Identity) -> None:
    put(ada)
    assert (
        loading("generate")
        == loading("tune")
        == [
            ConsentMissing,
            ConsentExpired,
            ConsentWithheld,
        ]
    )
    assert loading("deliver") == loading("any") == [ConsentMissing, ConsentExpired, None]
    assert loading("manage") == [None, None, None]


def test_the_node_that_loads_a_sitter_asks_too(ada: Identity) -> None:
    put(replace(ada, consent=None))
    recipe = build(
        {"1": {"class_type": "HeadshotsLoadSitter", "inputs": {"name": "Ada"}}}, wanted=["1"]
    )
    with pytest.raises(ConsentMissing):
        run(recipe)


def test_what_a_cache_holds_is_asked_for_too(
    ada: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day goes by between two runs, and nothing else changes."""
    put(ada)
    recipe = build(
        {
            "1": {"class_type": "HeadshotsLoadSitter", "inputs": {"name": "Ada"}},
            "2": {
                "class_type": "HeadshotsSitterReferences",
                "inputs": {"identity": ["1", 0], "width": 128},
            },
        },
        wanted=["2"],
    )
    cache = Cache()
    run(recipe, cache=cache)
    run(recipe, cache=cache)
    monkeypatch.setattr(Consent, "days_left", lambda self, today=None: -1)
    with pytest.raises(ConsentExpired):
        run(recipe, cache=cache)


def test_retention_needs_no_use(ada: Identity) -> None:
    put(consenting(ada, "tune"))
    assert keep("Ada", 3).days_left == 3


# `identity/stored.py` is the door; a worker's answer holds the one whom it has just enrolled.
DOORS = {"identity/stored.py", "batch/stored.py"}


def unpacking() -> Iterator[str]:
    """Modules that make an identity of bytes, or ask the vault for one."""
    for folder in ("core", "comfy_nodes"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.ImportFrom(module=str(module), names=names) if (
                        module.endswith("identity.codec") or module == "codec"
                    ):
                        if any(each.name == "from_bytes" for each in names):
                            yield path.relative_to(ROOT / folder).as_posix()
                    case _:
                        pass


def test_there_is_one_door() -> None:
    assert set(unpacking()) == DOORS
    assert KIND == "identity"


def test_an_enrolment_is_not_answered_from_the_cache_once_it_was_forgotten(ada: Identity) -> None:
    assert fingerprint_of_enrolment("Ada") == "0"
    for _ in range(2):
        before = fingerprint_of_enrolment("ada", consent="yes", face="only")
        put(ada)
        assert fingerprint_of_enrolment("ada", consent="yes", face="only") == before
        open_vault().forget("Ada")
        assert fingerprint_of_enrolment("ada", consent="yes", face="only") != before
    assert fingerprint_of_enrolment(consent="yes") == ""
