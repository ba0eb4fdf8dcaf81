// A form in a dialog.

// Opens it; `go` is called when it is sent, and keeps it open where it throws.
export function open(dialog, go) {
  const form = dialog.querySelector("form");
  const trouble = dialog.querySelector(".trouble");
  let busy = false;
  trouble.textContent = "";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "go") return;
    event.preventDefault();
    if (busy) return;
    busy = true; // and no disabled button, which would lose the focus
    event.submitter.setAttribute("aria-busy", "true");
    try {
      await go(form, (said) => (trouble.textContent = said));
      dialog.close();
    } catch (error) {
      trouble.textContent = error.message;
    }
    event.submitter.removeAttribute("aria-busy");
    busy = false;
  };
  dialog.showModal();
}
