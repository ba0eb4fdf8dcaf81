"""Where things lie and how much of the machine to use; each setting is one environment variable."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import InputError


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
    threads: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        le=256,
        description="Threads that one model run may use.",
    )
    analyser: str = Field(default="embedded", description="Face analyser that steers.")
    judge: str = Field(default="dlib", description="Face analyser whose recogniser judges.")
    insightface_dir: Path | None = Field(
        default=None, description="Local model folder for the insightface analyser."
    )

    @property
    def weights(self) -> Path:
        """The folder of the weights."""
        return self.weights_dir or self.data_dir / "weights"

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
