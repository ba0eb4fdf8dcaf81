"""The `face-recognition` package: what most Python programs find and recognise faces with."""

from __future__ import annotations

from pathlib import Path

import face_recognition
from worker import Prepare, Run


def tasks(folder: Path) -> dict[str, Prepare]:
    def analyse() -> tuple[Run, int]:
        images = [
            face_recognition.load_image_file(path) for path in sorted((folder / "photos").iterdir())
        ]

        def run() -> None:
            for image in images:
                places = face_recognition.face_locations(image)
                face_recognition.face_landmarks(image, places)
                face_recognition.face_encodings(image, places)

        return run, len(images)

    return {"analyse": analyse}
