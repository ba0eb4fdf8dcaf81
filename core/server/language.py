"""The language in which a client wants to read: the query `language` of any request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from ..translation.translate import Say, speaker_for

Language = Annotated[str, Query(max_length=35, description="Such as en or de; else: English.")]


def spoken(language: Language = "en") -> Say:
    """The function that translates texts for people to the language that was asked for."""
    return speaker_for(language)


Spoken = Annotated[Say, Depends(spoken)]
