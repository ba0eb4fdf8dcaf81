"""Commands about diffusion models."""

from __future__ import annotations

from typing import Annotated

import typer

from .declared import Json
from .output import Output

app = typer.Typer(
    help="List the diffusion models installed, with what their licences allow; fetch others.",
    invoke_without_command=True,
)


@app.callback()
def models(context: typer.Context, json: Json = False) -> None:
    """List the diffusion models installed, with what their licences allow."""
    if context.invoked_subcommand is not None:
        return
    from ..generation.diffusion.adapters.installed import adapters
    from ..generation.diffusion.models.installed import folders, installed
    from ..weights.hub import PUBLISHED

    output, installation = Output(json), installed()
    installed_adapters = adapters().values()
    output.result(
        {
            "folders": [str(folder) for folder in folders()],
            "models": [
                {
                    "name": each.name,
                    "family": each.family.name,
                    "licence": each.licence.name,
                    "commercial": each.licence.commercial,
                    "weights": each.size,
                    "path": str(each.path),
                }
                for each in installation.models.values()
            ],
            "adapters": [
                {
                    "kind": str(each.kind),
                    "family": each.family,
                    "licence": each.licence.name,
                    "commercial": each.licence.commercial,
                    "path": str(each.path),
                }
                for each in installed_adapters
            ],
            "faults": [str(fault) for fault in installation.faults.values()],
            "published": list(PUBLISHED),
        }
    )
    output.table(
        ("Model", "Family", "Weights", "Licence", "Commercial work"),
        [
            (
                each.name,
                each.family.title,
                f"{each.size / 1e9:.2f} billion",
                each.licence.name,
                each.licence.allows,
            )
            for each in installation.models.values()
        ],
    )
    if installed_adapters:
        output.table(
            ("Adapter", "Family", "Licence", "Commercial work"),
            [
                (str(each.kind), each.family, each.licence.name, each.licence.allows)
                for each in installed_adapters
            ],
        )
    for fault in installation.faults.values():
        output.line(f"{fault.code}: {fault}")
    if not installation.models:
        output.line(f"No model is installed. Looked in {', '.join(map(str, folders()))}.")
        output.line(f"`headshots models pull NAME` fetches one of {', '.join(PUBLISHED)}.")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A published model; a wrong name lists them.")],
    json: Json = False,
) -> None:
    """Fetch a published model; file hashes are checked. A stopped download continues."""
    from ..generation.diffusion.models.installed import models_folder
    from ..weights.hub import PUBLISHED
    from ..weights.hub import pull as fetch

    output = Output(json)
    with output.progress() as progress:
        folder = fetch(name, models_folder(), progress)
    model = PUBLISHED[name]
    output.result({"name": name, "path": str(folder), "licence": model.licence})
    output.line(f"{name} is in {folder}. Its licence: {model.licence}.")
