"""The engine itself runs, so that what fails in the other files is ours."""

from __future__ import annotations

from .server import Server


def test_the_engine_runs_a_prompt_of_its_own_nodes(server: Server) -> None:
    run = server.run(
        {
            "1": {
                "class_type": "EmptyImage",
                "inputs": {"width": 64, "height": 48, "batch_size": 1, "color": 255},
            },
            "2": {
                "class_type": "SaveImage",
                "inputs": {"images": ["1", 0], "filename_prefix": "own"},
            },
        }
    )
    assert run.end == "execution_success"
    (picture,) = run.outputs["2"]["images"]
    assert (server.base / "output" / picture["filename"]).is_file()
