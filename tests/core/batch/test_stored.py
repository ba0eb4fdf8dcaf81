"""People of a batch who are stored: their files go with them, and so does their work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import replace
from pathlib import Path

from headshots.core.batch.batch import run_batch
from headshots.core.batch.outcome import Outcome
from headshots.core.batch.people import read_people
from headshots.core.batch.plan import Plan
from headshots.core.batch.work import Made, Task
from headshots.core.identity.identity import Identity
from headshots.core.identity.serialisation import to_bytes
from headshots.core.recipes.documents import built_in
from headshots.core.vault import open_vault
from headshots.core.vault.forgetting import forget

from .conftest import Hire, plan


class Handing:
    """An engine that hands out pictures; who is called Late is forgotten while it works."""

    count = 1

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def run(self, tasks: Iterable[Task], check: Callable[[], Collection[str]]) -> Generator[Made]:
        """See `Engine.run`."""
        for task in tasks:
            if task.name == "Late":
                forget(open_vault(), "Late")
            check()
            name = f"{task.folder}.jpg"
            outcome = Outcome(task.name, task.folder, "delivered", task.inputs, (name,))
            who = to_bytes(replace(self._identity, name=task.name)) if task.handing_back else b""
            yield Made(outcome, {name: b"picture", "contact-sheet.html": b"sheet"}, who)


def test_who_is_stored_by_the_recipe_is_forgotten_with_what_was_delivered(
    hire: Hire, sitter: Identity, home: Path
) -> None:
    hire("Ada")
    document = built_in("one_of_a_team")
    document["9 save"] = {"class_type": "HeadshotsSaveSitter", "inputs": {"identity": ["2", 0]}}
    out = home / "out"
    run_batch(read_people(home / "team"), Plan.of(document, {}), out, Handing(sitter))
    assert open_vault().sitters() == ("Ada",)
    assert (out / "people/Ada/Ada.jpg").exists()
    other = Handing(replace(sitter, created="2020-01-01T00:00:00+00:00"))
    (again,) = run_batch(read_people(home / "team"), Plan.of(document, {}), home / "more", other)
    assert again.code == "identity.exists" and not again.files
    forget(open_vault(), "Ada", delivered=True)
    assert [path.name for path in (out / "people/Ada").iterdir()] == []
    assert not (out / "report.html").exists()


def test_who_is_forgotten_meanwhile_gets_nothing(hire: Hire, sitter: Identity, home: Path) -> None:
    for name in ("Early", "Late", "Never"):
        hire(name)
        open_vault().put(name, "identity", b"stored before")
    out = home / "out"
    outcomes = run_batch(read_people(home / "team"), plan(), out, Handing(sitter))
    assert [each.state for each in outcomes] == ["delivered", "failed", "delivered"]
    assert outcomes[1].code == "consent.withheld" and outcomes[1].final
    assert [path.name for path in (out / "people/Late").iterdir()] == ["outcome.json"]
