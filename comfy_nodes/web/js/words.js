// What our widgets say, in the language that the editor speaks.
import { app } from "../../../scripts/app.js";

const GERMAN = {
  "Add photos": "Fotos hinzufügen",
  "or a file or folder in ComfyUI's input folder": "oder Datei oder Ordner in ComfyUIs Eingabeordner",
  "Drop photos of one person here": "Fotos einer Person hierher ziehen",
  "Drop finished pictures here": "Fertige Bilder hierher ziehen",
  "Take it away; the file stays": "Wegnehmen; die Datei bleibt",
  "not there": "nicht da",
  "could not be copied": "ließ sich nicht kopieren",
  "not stored here": "hier nicht gespeichert",
  "Choose a sitter": "Person wählen",
  "Nobody is stored yet": "Noch ist niemand gespeichert",
  "name or id": "Name oder Kennung",
  "There is no such look any more. Click it away.": "Diesen Look gibt es nicht mehr. Bitte wegklicken.",
  "headshots is installed twice": "headshots ist zweimal installiert",
  "Remove one of these folders from custom_nodes, and start ComfyUI again:":
    "Bitte einen dieser Ordner aus custom_nodes entfernen und ComfyUI neu starten:",
};

const german = () => app.ui.settings.getSettingValue("Comfy.Locale")?.startsWith("de");

export const say = (english) => (german() && GERMAN[english]) || english;
