"""A real Ray cluster of two nodes on loopback, the second with a card; it is lost in the end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headshots.core.batch.batch import run_batch
from headshots.core.batch.cluster import _PAINTING, Worker, cluster
from headshots.core.batch.people import read_people
from headshots.core.batch.plan import Plan
from headshots.core.errors import ClusterLost, IdentityNotFound
from headshots.core.progress import Progress
from headshots.core.recipes.documents import built_in
from headshots.core.vault import open_vault
from headshots.core.vault.erasure import forget
from headshots.core.weights import sessions

from ...leaks import found
from .conftest import QUICK, Hire, plan

ray = pytest.importorskip("ray")

pytestmark = pytest.mark.slow
NAMES = ("Ada", "Ben", "Cleo", "Dan")
SECRET = "Zyxara Quillfeather"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes of one core each, which spill what they hold at once; the second can be lost."""
    from ray.cluster_utils import Cluster as Nodes

    size = {"num_cpus": 1, "object_store_memory": 2**27}
    spilling = {"object_spilling_threshold": 0.0001, "min_spilling_size": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("HEADSHOTS_THREADS", "1")
        head = {"include_dashboard": False, "memory": 2**31, "_system_config": spilling}
        made = Nodes(initialize_head=True, head_node_args={**size, **head})
        made.second = made.add_node(**size, num_gpus=1, memory=2**33)  # type: ignore[attr-defined]
        made.wait_for_nodes()
        yield made
        ray.shutdown()
        made.shutdown()


def asked(worker: Worker, question: Callable[[Any], Any]) -> Any:
    """What the worker's process answers."""
    return ray.get(worker.actor.__ray_call__.remote(question))


def loaded(hands: Any) -> tuple[int, dict[Any, int]]:
    """The process, and the models that it has opened."""
    return os.getpid(), {key: id(each) for key, each in sessions._sessions.items()}


def left_by(pids: Iterable[int]) -> list[Path]:
    """What these processes have in memory that other processes can read."""
    return [left for pid in pids for left in Path("/dev/shm").glob(f"headshots-{pid}-*")]


def vaultless(hands: Any) -> bool:
    """Whether the worker's process opens no vault."""
    try:
        open_vault()
    except IdentityNotFound:
        return True
    return False


def test_what_paints_goes_to_the_node_with_the_card(nodes: Any) -> None:
    paints = Plan.of(built_in("one_of_a_team"), {"generator": "diffusion"})
    assert paints.paints and not plan().paints
    with cluster(nodes.address, paints=True) as engine:
        assert engine.count == 1
        worker = Worker(ray, _PAINTING)
        where = asked(worker, lambda hands: ray.get_runtime_context().get_node_id())
        ray.kill(worker.actor)
        assert where == nodes.second.node_id


def test_weights_are_loaded_once_and_nothing_lies_in_plain(
    nodes: Any, hire: Hire, photos: Path, tmp_path: Path, home: Path
) -> None:
    """People are stored when they are through, by the head: the workers have no vault."""
    for name in (SECRET, "Ben", "Cleo"):
        hire(name)
    content = (photos / "obama.jpg").read_bytes()
    secrets = {each.encode() for each in SECRET.split()} | {content[8192:8224]}
    saving = built_in("one_of_a_team")
    saving["save"] = {"class_type": "HeadshotsSaveSitter", "inputs": {"identity": ["2", 0]}}
    temporary = Path(nodes.head_node.get_temp_dir_path())
    seen: dict[Any, list[tuple[int, dict[Any, int]]]] = {}
    leaks: list[Any] = []
    spilled: list[Path] = []
    with cluster(nodes.address) as engine:

        def report(share: float, note: str, preview: object) -> None:
            for worker in engine.workers:
                if worker.idle:
                    seen.setdefault(worker, []).append(asked(worker, loaded))
                    assert asked(worker, vaultless)
            spilled.extend(temporary.glob("**/ray_spilled_objects*/*"))
            leaks.extend(found(temporary, secrets))

        outcomes = run_batch(
            read_people(tmp_path / "team"),
            Plan.of(saving, QUICK, "team-neutral"),
            tmp_path / "out",
            engine,
            progress=Progress(report),
        )
    assert [each.state for each in outcomes] == ["delivered"] * 3
    again = [states for states in seen.values() if len(states) > 1]
    assert again, "a worker was idle twice"
    for states in again:
        assert all(each == states[0] for each in states[1:]) and states[0][1]
    assert spilled and not leaks
    assert set(open_vault().sitters()) == {SECRET, "Ben", "Cleo"}
    assert not left_by(states[0][0] for states in seen.values())
    picture = tmp_path / f"out/people/{SECRET}/{SECRET}.jpg"
    assert picture.exists()
    forget(open_vault(), SECRET, delivered=True)
    assert not picture.exists() and not (tmp_path / "out/report.html").exists()


def test_who_is_forgotten_meanwhile_is_dropped(
    nodes: Any, hire: Hire, tmp_path: Path, home: Path
) -> None:
    hire("Ben")
    hire(SECRET)
    open_vault().put(SECRET, "identity", b"stored before")
    pids: set[int] = set()
    with cluster(nodes.address) as engine:

        def forget_at_work() -> bool:
            at_work = [each for each in engine.workers if each.task is not None]
            if any(each.task.folder == SECRET for each in at_work) and open_vault().sitters():
                pids.update(asked(each, loaded)[0] for each in at_work)
                forget(open_vault(), SECRET)
            return False

        ben, outcome = run_batch(
            read_people(tmp_path / "team"),
            plan(),
            tmp_path / "out",
            engine,
            progress=Progress(stopped=forget_at_work),
        )
    assert ben.state == "delivered"
    assert (outcome.state, outcome.code) == ("failed", "consent.withheld")
    assert "forgotten while" in outcome.what
    assert [each.name for each in (tmp_path / "out/people" / SECRET).iterdir()] == ["outcome.json"]
    assert pids and not left_by(pids)


def test_workers_of_another_version_are_refused(
    nodes: Any, hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("Ben")
    monkeypatch.setattr("headshots.core.batch.cluster.__version__", "0.0.1")
    with cluster(nodes.address) as engine, pytest.raises(ClusterLost, match=r"0\.0\.1"):
        run_batch(read_people(tmp_path / "team"), plan(), tmp_path / "out", engine)


def test_everybody_is_delivered_once_though_a_node_is_lost(
    nodes: Any, hire: Hire, tmp_path: Path
) -> None:
    for name in NAMES:
        hire(name)
    hire("Nocons", consent="")
    told: list[str] = []

    def report(share: float, note: str, preview: object) -> None:
        told.append(note)
        if note.startswith("3 of"):  # Nocons at once, and two that were worked on
            nodes.remove_node(nodes.second, allow_graceful=False)

    with cluster(nodes.address) as engine:
        assert engine.count == 2
        outcomes = run_batch(
            read_people(tmp_path / "team"),
            plan(),
            tmp_path / "out",
            engine,
            progress=Progress(report),
        )
    assert Counter(each.state for each in outcomes) == {"delivered": len(NAMES), "failed": 1}
    room = [note for note in told if note.startswith("Framing: ")]
    assert len(room) == len(NAMES), "everybody's photos are asked for their room first"
    done = [note.split(" ")[0] for note in told if note not in room]
    assert done[1:] == [str(number) for number in range(2, len(NAMES) + 2)]
    for name in NAMES:
        assert (tmp_path / f"out/people/{name}/{name}.jpg").stat().st_size > 1000
    assert not list((tmp_path / "out").rglob("*.old"))


def test_cluster_that_isnt_there_is_refused_by_name() -> None:
    with pytest.raises(ClusterLost, match="127"), cluster("127.0.0.1:1"):
        pass
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
