"""The tree as others will read it: no machine of ours, no registry's host, no stray output."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Put together here, so that this file does not name what it forbids.
HOSTS = re.compile(
    "|".join(("pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)"))
)
MACHINE = re.compile(r"(?<![\w.*}$-])/(?:work|root|home|tmp)/\w")


def tracked() -> list[Path]:
    """The text files that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [
        path
        for path in paths
        if path.is_file() and path.suffix not in {".jpg", ".png", ".webp", ".icc"}
    ]


def naming(pattern: re.Pattern[str]) -> list[str]:
    """Where `pattern` occurs, as file:line."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_registry_is_named_by_its_host() -> None:
    assert naming(HOSTS) == []


def test_no_path_of_a_machine() -> None:
    assert naming(MACHINE) == []


def calls(path: Path) -> set[str]:
    """The dotted names that a module calls or imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            names.add(ast.unparse(node.func))
            if ast.unparse(node.func) == "import_module" and isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value))
        elif isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_the_core_prints_nothing() -> None:
    loud = [path for path in (ROOT / "core").rglob("*.py") if "print" in calls(path)]
    assert loud == []


def test_only_the_fetching_of_weights_and_the_server_reach_outside() -> None:
    outward = {"subprocess", "socket", "urllib.request", "http.client", "requests", "os.system"}
    outward |= {"httpx", "websockets.sync.client", "huggingface_hub"}
    reaching = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "core").rglob("*.py")
        if calls(path) & outward
    }
    # The server opens no connection: it listens, on loopback alone; its own tests hold that.
    # A batch goes to the cluster whose address it was given, a recipe with nodes of other packs to
    # the ComfyUI, and to nothing else.
    assert reaching == {
        "core/weights/sources.py",
        "core/weights/hub.py",
        "core/server/lifecycle.py",
        "core/batch/cluster.py",
        "core/comfyui/connection.py",
        "core/vault/backup_exclusion.py",  # runs macOS's own tmutil
        "core/isolation/pool.py",  # starts processes of our own, and talks to them by pipes
    }


RUNS = {"eval", "exec", "compile", "__import__"}
UNPICKLES = {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


def test_nothing_is_run_or_unpickled_that_came_as_data() -> None:
    """Weights are safetensors, ONNX, TFLite, ncnn, or torch's tensors alone; recipes and looks are
    read, never run.
    """
    found: list[str] = []
    for folder in ("core", "comfy_nodes", "gimp_plugin"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
            tensors_alone = {
                call.func
                for call in nodes
                if isinstance(call, ast.Call)
                and any(ast.unparse(each) == "weights_only=True" for each in call.keywords)
            }
            for node in nodes:
                match node:
                    case ast.Attribute() if node in tensors_alone:
                        pass
                    case ast.Call(func=ast.Name(id=name)) if name in RUNS:
                        found.append(f"{path.name}: {name}")
                    case ast.Import(names=names) if {each.name for each in names} & UNPICKLES:
                        found.append(f"{path.name}: {names[0].name}")
                    case ast.ImportFrom(module=str(module)) if module in UNPICKLES:
                        found.append(f"{path.name}: {module}")
                    case ast.Attribute(value=ast.Name(id="torch"), attr="load"):
                        found.append(f"{path.name}: torch.load")
                    case ast.keyword(arg="allow_pickle", value=value):
                        found.append(f"{path.name}: allow_pickle={ast.unparse(value)}")
                    case _:
                        pass
    assert found == []


WRITE = {"write_file", "write_whole", "write_bytes", "write_text"}
# What they write shows nobody: keys, receipts, certificates, where the server is, weights,
# plug-ins, a page of docs, the framing of a set, a photographer's own frames' sidecars and list.
# A batch lists its report, and a person's folder, in `batch/stored.py`.
ELSEWHERE = {
    *("vault/key_store.py", "vault/erasure.py", "delivery/signing.py", "server/lifecycle.py"),
    *("darktable.py", "cli/finish.py"),  # a script and what darktable loads; a look
    *("weights/sources.py", "gimp.py", "recipes/reference.py", "batch/report.py"),
    *("batch/framing.py", "vault/backup_exclusion.py", "culling/journal.py"),
    *("culling/people_list.py", "culling/slate_pages.py", "culling/watch_page.py"),
    "refinement/presets.py",
}


def test_files_that_show_sitters_are_written_in_one_place() -> None:
    """Where they are listed before they are there."""
    writers = {
        path.relative_to(ROOT / folder).as_posix()
        for folder in ("core", "comfy_nodes")
        for path in (ROOT / folder).rglob("*.py")
        if any(name.rpartition(".")[2] in WRITE for name in calls(path))
    }
    assert writers == {"files.py", "vault/shown_files.py", *ELSEWHERE}


def test_templates_are_sandboxed() -> None:
    made = [
        path.name
        for path in (ROOT / "core").rglob("*.py")
        if re.search(r"jinja2(\.\w+)? import .*\bEnvironment\b", path.read_text("utf-8"))
    ]
    assert made == []
