// Two forms: a new sitter with their consent, and headshots of one who is there.
import { find, finished, problem, send, text, upload } from "./calls.js";
import { day } from "./side.js";

let looks = [];
let days = 30;
let ways = []; // how consent is given

// Opens a form's dialog; `go` is called when it is sent, and keeps it open where it throws.
function ask(dialog, go) {
  const form = dialog.querySelector("form");
  const trouble = dialog.querySelector(".trouble");
  trouble.textContent = "";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "go") return;
    event.preventDefault();
    event.submitter.disabled = true;
    try {
      await go(form, (said) => (trouble.textContent = said));
      dialog.close();
    } catch (error) {
      trouble.textContent = error.message;
    }
    event.submitter.disabled = false;
  };
  dialog.showModal();
}

export function offerLooks(found, retention, given) {
  looks = found;
  days = retention;
  ways = given;
  const select = find("making").querySelector("[name=look]");
  select.replaceChildren(...looks.map((look) => new Option(look.title, look.name)));
  const about = () =>
    (find("making").querySelector(".about").textContent = looks[select.selectedIndex].description);
  select.onchange = about;
  about();
}

export function offerSitters(sitters) {
  const select = find("making").querySelector("[name=sitter]");
  const names = sitters.filter((each) => each.uses.includes("generate")).map((each) => each.name);
  find("make").disabled = !names.length;
  if (names.join("\n") === [...select.options].map((each) => each.value).join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(chosen)) select.value = chosen;
}

export const make = (opened) => ask(find("making"), async (form) => {
  const { sitter, look, count, width } = form.elements;
  const title = looks.find((each) => each.name === look.value).title;
  opened(await send("POST", "/v1/jobs", {
    recipe: "generate",
    title: `${sitter.value}, ${title}`,
    detach: true, // this page may be closed meanwhile
    inputs: {
      "Sitter.name": sitter.value,
      "Look.look": look.value,
      count: count.valueAsNumber,
      width: width.valueAsNumber,
      "Deliver.folder": "headshots",
    },
  }));
});

export function enrol(changed, tell) {
  const until = new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const dialog = find("enrolling");
  dialog.querySelector(".until").textContent = day(until);
  dialog.querySelector("[name=until]").max = until;
  dialog.querySelector("[name=how]").replaceChildren(...ways.map((way) => new Option(way)));
  ask(dialog, async (form, say) => {
    const { name, photos, how } = form.elements;
    const pictures = [];
    for (const file of photos.files) {
      say(`Reading ${file.name}`);
      pictures.push(await upload(file));
    }
    const uses = [...form.querySelectorAll("[name=uses]:checked")].map((each) => each.value);
    const last = form.elements.until.value;
    const job = await send("POST", "/v1/identities", {
      name: name.value, pictures, consent: { how: how.value, uses, ...(last && { until: last }) },
    });
    changed();
    say("Looking at the photos");
    const ended = await finished(job.id);
    if (ended.error) throw new Error(problem(ended.error));
    tell(await text(job.id, "report"));
    form.reset();
    changed();
  });
}

const drop = find("enrolling").querySelector(".drop");
for (const name of ["dragenter", "dragover"])
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.dataset.over = ""; });
for (const name of ["dragleave", "drop"])
  drop.addEventListener(name, () => delete drop.dataset.over);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.querySelector("input").files = event.dataTransfer.files;
});
