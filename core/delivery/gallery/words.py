"""What the page says, by language."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Your headshots",
        "lede": "Tap a size to save the picture.",
        "picture": "Headshot {number} of {count}",
        "download": "Save",
        "pixels": "{width} × {height} pixels, {size}",
        "size-full": "Full size",
        "size-web": "Web page",
        "size-linkedin": "LinkedIn profile",
        "size-linkedin-min": "LinkedIn profile, small",
        "size-team": "Team page",
        "size-print": "Print, 8 × 10 inches",
        "size-print-16x20": "Print, 16 × 20 inches",
        "locked": "These pictures are protected",
        "locked-lede": "They were sent to you with a passphrase. It stays in this page: nothing is "
        "sent anywhere.",
        "passphrase": "Passphrase",
        "open": "Open",
        "opening": "Opening…",
        "wrong": "That is not the passphrase. Look at capitals and spaces.",
        "unable": "This browser can't open protected pages here. Open the file in a current "
        "Chrome, Edge, Firefox or Safari.",
        "no-script": "This page needs JavaScript, which is part of it: it loads nothing.",
        "footer": "This page holds all that it shows and loads nothing. Whoever has the file has "
        "the pictures.",
        "footer-locked": "This page holds all that it shows and loads nothing. Without the "
        "passphrase the pictures can't be seen.",
    },
    "de": {
        "title": "Ihre Porträts",
        "lede": "Tippen Sie auf eine Größe, um das Bild zu speichern.",
        "picture": "Porträt {number} von {count}",
        "download": "Speichern",
        "pixels": "{width} × {height} Pixel, {size}",
        "size-full": "Volle Größe",
        "size-web": "Webseite",
        "size-linkedin": "LinkedIn-Profil",
        "size-linkedin-min": "LinkedIn-Profil, klein",
        "size-team": "Teamseite",
        "size-print": "Druck, 20 × 25 cm",
        "size-print-16x20": "Druck, 40 × 50 cm",
        "locked": "Diese Bilder sind geschützt",
        "locked-lede": "Sie haben sie mit einem Kennwort bekommen. Es bleibt in dieser Seite: "
        "Nichts wird irgendwohin gesendet.",
        "passphrase": "Kennwort",
        "open": "Öffnen",
        "opening": "Wird geöffnet …",
        "wrong": "Das ist nicht das Kennwort. Achten Sie auf Großschreibung und Leerzeichen.",
        "unable": "Dieser Browser kann geschützte Seiten hier nicht öffnen. Öffnen Sie die Datei "
        "in einem aktuellen Chrome, Edge, Firefox oder Safari.",
        "no-script": "Diese Seite braucht JavaScript, das in ihr selbst steht: Sie lädt nichts.",
        "footer": "Diese Seite enthält alles, was sie zeigt, und lädt nichts. Wer die Datei hat, "
        "hat die Bilder.",
        "footer-locked": "Diese Seite enthält alles, was sie zeigt, und lädt nichts. Ohne das "
        "Kennwort sind die Bilder nicht zu sehen.",
    },
}
