"""The hosts' own tests hold for what the wheel installs, too: a few of each host, by the wheel.

`pytest --from-wheel tests/hosts` runs all of them like that.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from headshots.core.settings import settings

ROOT = Path(__file__).parents[2]
COMFYUI = (
    "test_nodes.py::test_no_node_is_there_that_is_no_step",
    "test_templates.py::test_the_server_offers_the_templates",
    "test_templates.py::test_the_server_offers_the_words_and_the_help",
    "test_recipes_in_comfyui.py::test_it_gives_what_the_command_line_gives[quick_headshot]",
)
GIMP = (
    "test_procedures.py::test_every_entry_is_in_the_menu",
    "test_procedures.py::test_enrolment_from_files_is_the_servers",
    "test_procedures.py::test_headshots_come_in_as_a_group_of_layers",
    "test_troubles.py::test_it_starts_a_server_where_none_runs",
)


@pytest.mark.parametrize(("host", "tests"), [("comfyui", COMFYUI), ("gimp", GIMP)])
def test_a_host_works_with_the_wheel(host: str, tests: tuple[str, ...], tmp_path: Path) -> None:
    chosen = [f"tests/hosts/{host}/{test}" for test in tests]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--from-wheel",
            "--basetemp",
            str(tmp_path),
            *chosen,
        ],
        cwd=ROOT,
        env={**os.environ, "HEADSHOTS_WEIGHTS_DIR": str(settings().weights)},
        capture_output=True,
        text=True,
    )
    if "SKIPPED" in ran.stdout:
        pytest.skip(ran.stdout[-500:])
    passed = re.search(r"^(\d+) passed", ran.stdout, re.MULTILINE)
    assert ran.returncode == 0 and passed and int(passed[1]) >= len(tests), ran.stdout[-4000:]
