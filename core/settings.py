"""Where things lie and how much of the machine to use; each setting is one environment variable."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_pictures_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import InputError
from .master_key import Master


class Settings(BaseSettings):
    """Read from `HEADSHOTS_<NAME>`; see docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="HEADSHOTS_", env_ignore_empty=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("headshots", appauthor=False),
        description="Folder of identities and, unless set apart, of the weights.",
    )
    weights_dir: Path | None = Field(
        default=None, description="Folder of the weights; default: `weights` in the data folder."
    )
    config_dir: Path = Field(
        default_factory=lambda: user_config_path("headshots", appauthor=False),
        description="Folder of what the user configures; its folder `looks` holds their looks.",
    )
    runtime_dir: Path | None = Field(
        default=None,
        description="Folder in which a running server says where it is; default: the session's.",
    )
    output_dir: Path = Field(
        default_factory=lambda: user_pictures_path() / "headshots",
        description="Where the server writes what a recipe delivers to a relative folder.",
    )
    server_dirs: str = Field(
        default_factory=lambda: str(Path.home()),
        description="Folders in which the server reads and writes what a recipe names in full.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="Days that a sitter is kept at most; default: as `headshots retention` says.",
    )
    master: Master = Field(
        default="auto",
        description="Where a new vault's key lies; auto: with a passphrase, else in the keyring.",
    )
    passphrase: SecretStr | None = Field(
        default=None, description="Opens a vault whose key is sealed under a passphrase."
    )
    sign_certificate: Path | None = Field(
        default=None, description="Chain of certificates to sign deliveries with, PEM."
    )
    sign_key: Path | None = Field(default=None, description="Its private key, PEM.")
    trust_anchors: Path | None = Field(
        default=None, description="Certificates whose signatures `headshots inspect` trusts, PEM."
    )
    threads: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        le=256,
        description="Threads that a model run, and the studio, may use.",
    )
    analyser: str = Field(default="embedded", description="Face analyser that steers.")
    judge: str = Field(default="dlib", description="Face analyser whose recogniser judges.")
    insightface_dir: Path | None = Field(
        default=None, description="Local model folder for the insightface analyser."
    )
    models_dir: Path | None = Field(
        default=None, description="Folder of diffusion models; default: `models` in the weights'."
    )
    comfyui_dir: Path | None = Field(
        default=None, description="A ComfyUI whose models are used too; default: the one around."
    )

    edit_recipe: str = Field(
        default="retouch",
        description="What `headshots edit` does where no --recipe is named.",
    )
    comfy: str = Field(
        default="",
        description="Addresses of running ComfyUIs that run other packs' nodes, by spaces apart.",
    )
    comfy_allow_remote: bool = Field(
        default=False, description="Whether these may be on other machines, over https."
    )

    @property
    def comfyui(self) -> Path | None:
        """The folder of the ComfyUI whose models are used too: set, or the one we lie in."""
        around = Path(__file__).parents[2]
        return self.comfyui_dir or (around.parent if around.name == "custom_nodes" else None)

    @property
    def weights(self) -> Path:
        """The folder of the weights."""
        return self.weights_dir or self.data_dir / "weights"

    @property
    def runtime(self) -> Path:
        """The folder for what lasts as long as a running server."""
        session = os.environ.get("XDG_RUNTIME_DIR")  # private to the user, gone at logout
        return self.runtime_dir or (
            Path(session) / "headshots" if session else self.data_dir / "run"
        )

    @property
    def served(self) -> tuple[Path, ...]:
        """The folders that a recipe may name to the server."""
        named = [each for each in self.server_dirs.split(os.pathsep) if each.strip()]
        return (self.output_dir, *map(Path, named))

    @property
    def keys(self) -> Path:
        """The folder of keys that lie in files, unless another was chosen for the vault."""
        return self.config_dir / "keys"

    @property
    def recipes(self) -> Path:
        """The folder of the user's own recipes."""
        return self.config_dir / "recipes"

    @property
    def presets(self) -> Path:
        """The folder of the user's own presets of retouching."""
        return self.config_dir / "retouch"

    @property
    def looks(self) -> Path:
        """The folder of the user's own looks."""
        return self.config_dir / "looks"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once; `settings.cache_clear()` reads them anew.

    Raises:
        InputError: an environment variable holds a value that doesn't fit.
    """
    try:
        return Settings()
    except ValidationError as error:
        trouble = error.errors()[0]
        variable = f"HEADSHOTS_{str(trouble['loc'][0]).upper()}"
        raise InputError(
            f"The environment variable {variable} is {trouble['input']!r}",
            f"{trouble['msg']}. See docs/settings.md.",
        ) from error
