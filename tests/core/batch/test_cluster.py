"""A real Ray cluster of two nodes on loopback, one of which is lost in mid-run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headshots.core.batch.batch import run_batch
from headshots.core.batch.cluster import cluster
from headshots.core.batch.people import read_people
from headshots.core.errors import ClusterLost
from headshots.core.progress import Progress

from .conftest import Hire, plan

ray = pytest.importorskip("ray")
NAMES = ("Ada", "Ben", "Cleo", "Dan")


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes of one core each; the second can be lost."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("HEADSHOTS_THREADS", "1")
    size = {"num_cpus": 1, "memory": 2**31, "object_store_memory": 2**27}
    made = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
    made.second = made.add_node(**size)  # type: ignore[attr-defined]
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


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
    assert [note.split(" ")[0] for note in told[1:]] == [str(n) for n in range(2, len(NAMES) + 2)]
    for name in NAMES:
        assert (tmp_path / f"out/people/{name}/{name}.jpg").stat().st_size > 1000
    assert not list((tmp_path / "out").rglob("*.old"))


def test_cluster_that_isnt_there_is_refused_by_name() -> None:
    with pytest.raises(ClusterLost, match="127"), cluster("127.0.0.1:1"):
        pass
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
