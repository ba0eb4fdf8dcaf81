"""The forms for enrolling and forgetting sitters."""

import gi
from entry import Entry
from forms import Form
from widgets import choice, files_button, grid, label, row
from words import language, say

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

_IMAGES, _FILES = "All open images", "Files"


class EnrolEntry(Entry):
    """Asks for a name, photos and the sitter's consent."""

    def fetch(self):
        return self.dialog.server.json("GET", "/v1/consent", query={"language": language()})

    def show(self, fetched):
        rows = grid()
        self.name = Gtk.Entry(activates_default=True)
        row(rows, say("_Name"), self.name, say("How the sitter is called here"))
        there = [say("Chosen layers"), say(_IMAGES)] if self.dialog.image else []
        source, self.source = choice([*there, say(_FILES)])
        row(rows, say("_Photos"), source, say("5 to 15 different ones are best"))
        self.files, self.chosen = files_button(
            self.dialog.window, say("Photos of the sitter"), self._changed
        )
        row(rows, "", self.files)
        self._ways = {say(way): way for way in fetched["ways"]}
        self.how, self._way = choice(list(self._ways))
        self.agreed = Gtk.CheckButton()
        self.agreed.add(label(fetched["question"]))
        self.replace = Gtk.CheckButton(label=say("Replace a sitter of this name"))
        self.add(rows)
        self.add(self.agreed)
        consent_rows = grid()
        tooltip = say("Goes into the record of the consent")
        row(consent_rows, say("They a_greed"), self.how, tooltip)
        self.add(consent_rows)
        self.add(self.replace)
        for widget, signal in (
            (self.name, "changed"),
            (source, "changed"),
            (self.agreed, "toggled"),
        ):
            widget.connect(signal, lambda _: self._changed())
        self._changed()

    def _changed(self):
        from_files = self.source() == say(_FILES)
        self.files.set_sensitive(from_files)
        self.able = bool(
            self.name.get_text().strip()
            and self.agreed.get_active()
            and (self.chosen() or not from_files)
        )
        self.dialog.go.set_sensitive(self.able)

    def work(self):
        drawables = self.dialog.drawables
        if self.source() == say(_IMAGES):
            drawables = [each.get_selected_layers()[0] for each in Gimp.get_images()]
        options = {
            "name": self.name.get_text().strip(),
            "consent": self._ways[self._way()],
            "replace": self.replace.get_active(),
            "files": self.chosen() if self.source() == say(_FILES) else [],
        }
        return self.dialog.work_at(drawables).perform("", options)


class ForgetEntry(Entry):
    """Asks which sitter to forget, and for confirmation."""

    def show(self, fetched):
        asking, self.sitter = self.ask_sitter(fetched["sitters"])
        self.add(Form(first=[asking]))
        self.add(
            label(
                say(
                    "Their photos' measurements and consent are removed from this machine, and "
                    "what the server holds of them. Pictures that you saved stay. A backup that "
                    "holds both the vault and its key still reads them (docs/privacy.md)."
                )
            )
        )
        self.sure = Gtk.CheckButton(label=say("Forget them for good"))
        self.sure.connect("toggled", lambda _: self._changed(bool(fetched["sitters"])))
        self.add(self.sure)
        self._changed(False)

    def _changed(self, somebody):
        self.able = somebody and self.sure.get_active()
        self.dialog.go.set_sensitive(self.able)

    def work(self):
        return self.dialog.work_at().perform(self.sitter(), {})
