"""The command line itself: help, usage, exit codes, pipes; no pictures are made here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headshots.core import cli, installation
from headshots.core.cli import app, exit_codes, output, text
from headshots.core.errors import all_errors
from headshots.core.generation import LOOKS
from headshots.core.images import Box
from headshots.core.recipes.steps import STUDIO

ROOT = Path(cli.__file__).parents[2]
COMMANDS = (
    *("setup", "doctor", "demo", "looks", "enroll", "identities", "generate"),
    *("score", "refine", "deliver", "run", "forget"),
)


def _plain(said: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", said).split())


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"]):
        assert cli.run(arguments) == 0
        said = _plain(capsys.readouterr().out)
        assert all(command in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, "--help"]) == 0
    assert "Usage: headshots " + command in _plain(capsys.readouterr().out)


def test_help_is_the_steps_own_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    cli.run(["generate", "--help"])
    assert STUDIO.input("seed").tooltip in _plain(capsys.readouterr().out)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert re.fullmatch(r"headshots \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["--nonsense"],
        ["generate"],
        ["generate", "Ada", "--count", "many"],
        ["generate", "Ada", "--count", "501"],
        ["enroll", "Ada"],
        ["forget"],
    ],
)
def test_a_wrong_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == exit_codes.USAGE_CODE
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"input\.usage: .*\n", said.err)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["generate", "Nobody", "-n", "1"], 4, "identity.not-found: .*Nobody"),
        (["generate", "Nobody", "--look", "nice"], 2, "input.unknown-name: .*nice.*studio-grey"),
        (["generate", "Nobody", "--size", "postcard"], 7, "recipe.input: .*postcard"),
        (["enroll", "Ada", "no-such.jpg"], 3, "photo.not-found: .*no-such.jpg"),
        (["enroll", "Ada", "x.jpg", "--face", "left"], 7, "recipe.input: .*left.*only, largest"),
        (["score", "Nobody", "x.jpg"], 4, "identity.not-found"),
        (["forget", "Nobody", "--yes"], 4, "identity.not-found"),
        (["forget", "a\nb", "--yes"], 2, "input.invalid: .*control"),
        (["run", "no-such.json"], 7, "recipe.unreadable: .*no-such.json"),
        (["run", "generate", "--set", "count"], 2, "input.invalid: .*no '='"),
        (["run", "generate", "--set", "cuont=3"], 7, "recipe.input: .*cuont.*Studio.count"),
        (["run", "generate", "--set", "count=0"], 7, "recipe.input: .*from 1 to 500"),
        (["run", "generate", "--set", "folder=x"], 7, "recipe.input: .*several"),
    ],
)
def test_bad_input_is_told_in_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.splitlines()[-1]
    assert re.match(said, last), last


def test_a_foreign_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "recipe.json"
    file.write_text('{"3": {"class_type": "KSampler", "inputs": {}}}')
    assert cli.run(["run", str(file)]) == 7
    assert re.match("recipe.unknown-step: Node 3 .*ComfyUI", capsys.readouterr().err)


def test_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["looks"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == list(LOOKS)
    assert cli.run(["looks", "--json"]) == 0
    assert [look["name"] for look in json.loads(capsys.readouterr().out)] == list(LOOKS)


def test_a_fault_of_ours_is_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(arguments: list[str]) -> int:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(app, "execute", fail)
    monkeypatch.delenv("HEADSHOTS_DEBUG", raising=False)
    assert cli.run(["looks"]) == exit_codes.INTERNAL_CODE
    said = capsys.readouterr().err
    assert said.startswith("internal.error: ZeroDivisionError")
    assert "Traceback" not in said and "secret" not in said
    monkeypatch.setenv("HEADSHOTS_DEBUG", "1")
    cli.run(["looks"])
    assert "Traceback" in capsys.readouterr().err


def test_control_c(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.Output, "table", stop)
    assert cli.run(["looks"]) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("cancelled: ")


@pytest.mark.parametrize("package", ["typer", "fastapi"])
def test_a_clone_that_was_not_installed_says_how(package: str, tmp_path: Path) -> None:
    # A Python without the package, as where a clone was fetched and nothing else was done.
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from headshots.core.cli import run; sys.exit(run(['serve']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "HEADSHOTS_DATA_DIR": str(tmp_path)},
    )
    assert ran.returncode == 5
    assert ran.stderr == (
        f"setup.error: headshots needs '{package}', which isn't installed. "
        f"Run `{installation.completing()}`.\n"
    )


def test_output_that_nobody_reads_is_no_error() -> None:
    command = [sys.executable, "-c", "from headshots.core.cli import main; main()", "looks"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == exit_codes.BROKEN_PIPE_CODE
    assert said == ""


def test_help_loads_nothing_heavy() -> None:
    heavy = ("numpy", "cv2", "PIL", "pydantic", "torch", "onnxruntime", "scipy")
    code = (
        "import sys; from headshots.core import cli; cli.run(['--help']); "
        f"sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "" and done.returncode == 0


def test_a_terminal_gets_tables_unless_colours_are_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    cli.run(["looks"])
    said = capsys.readouterr().out
    assert "What it is like" in said and "\t" not in said
    assert "\x1b[3" not in said


def test_json_is_sound_json(capsys: pytest.CaptureFixture[str]) -> None:
    value = {
        "a": float("nan"),
        "b": np.float32(0.5),
        "c": (Path("x"), None, True),
        "d": Box(1, 2, 3, 4),
    }
    output.Output(True).result({**value, "d": Box(1, 2, 3, 4)})
    box = {"x0": 1, "y0": 2, "x1": 3, "y1": 4}
    assert json.loads(capsys.readouterr().out) == {
        "a": None, "b": 0.5, "c": ["x", None, True], "d": box
    }  # fmt: skip


def test_shown_text_cannot_steer_a_terminal() -> None:
    assert text.shown("a\x1b[31mb\nc\td") == "a\N{REPLACEMENT CHARACTER}[31mb c d"
    assert text.shown("Łódź 山田") == "Łódź 山田"


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    table = dict(re.findall(r"^\| (\d+) \| `([^|]*)` \|", page, re.MULTILINE))
    families: dict[str, set[str]] = {}
    for error in all_errors():
        families.setdefault(str(error.exit_code), set()).add(error.code.partition(".")[0])
    own = {str(exit_codes.USAGE_CODE): {"input"}, str(exit_codes.INTERNAL_CODE): {"internal"}}
    for code, names in own.items():
        families.setdefault(code, set()).update(names)
    documented = {
        code: set(re.findall(r"([a-z]+)", names)) for code, names in table.items() if names != "-"
    }
    assert documented == families
    assert str(exit_codes.BROKEN_PIPE_CODE) in page


def test_every_command_and_option_is_documented() -> None:
    import typer

    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    group = typer.main.get_command(app.app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert f"headshots {name}" in page
        for parameter in command.params:
            for flag in parameter.opts:
                assert not flag.startswith("--") or flag in page, f"{name} {flag}"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=12) | st.sampled_from(["--json", "--set", "a=b", "generate"])))
def test_any_recipe_command_line_ends_in_a_documented_code(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    known = {error.exit_code for error in all_errors()} | {0, exit_codes.USAGE_CODE}
    assert cli.run(["run", "--set", "name=Nobody", *words]) in known
    assert "Traceback" not in capsys.readouterr().err


def test_the_environment_is_respected(tmp_path: Path) -> None:
    environment = {**os.environ, "HEADSHOTS_DATA_DIR": str(tmp_path), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from headshots.core.cli import main; main()", "identities"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
