"use strict";
// Marks of the eye on the gallery's pictures, and how often the judge agrees with them. A mark is of
// one person, one look and the very bytes of one picture: {deliver: true or false, because: words}.

const KEY = `headshots-gallery:${document.body.dataset.title}`;
const figures = [...document.querySelectorAll("figure")];
const pictures = figures.filter((figure) => figure.dataset.sha256);
const at = (id) => document.getElementById(id);

const keyOf = ({ person, look, sha256 }) => JSON.stringify([person, look, sha256]);
const marks = new Map(); // by keyOf; null where a mark of the file was taken back
for (const { person, look, sha256, deliver, because } of JSON.parse(at("marks").textContent)) {
  marks.set(keyOf({ person, look, sha256 }), { deliver, because });
}
try {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
  for (const [key, mark] of kept) marks.set(key, mark);
} catch {
  at("trouble").textContent = "This browser keeps no marks for this page: save them before you close it.";
}

const markOf = (figure) => marks.get(keyOf(figure.dataset)) ?? null;
const eyeOf = (figure) => {
  const mark = markOf(figure);
  return mark ? (mark.deliver ? "yes" : "no") : "none";
};
const judgeOf = (figure) => (figure.dataset.verdict === "refused" ? "refused" : "usable");
const disagrees = (figure) =>
  ["refused yes", "usable no"].includes(`${judgeOf(figure)} ${eyeOf(figure)}`);

function setMark(figure, mark) {
  if (!figure.dataset.sha256) return;
  marks.set(keyOf(figure.dataset), mark);
  try {
    localStorage.setItem(KEY, JSON.stringify([...marks]));
  } catch {
    at("trouble").textContent = "This browser keeps no marks for this page: save them before you close it.";
  }
  show(figure);
  count();
}

function press(figure, eye) {
  const before = markOf(figure);
  const taken = eyeOf(figure) === eye;
  setMark(figure, taken ? null : { deliver: eye === "yes", because: before?.because ?? "" });
}

function show(figure) {
  const mark = markOf(figure);
  for (const button of figure.querySelectorAll("[data-mark]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === eyeOf(figure)));
  }
  const because = figure.querySelector(".because");
  because.hidden = !mark || mark.deliver;
  because.value = mark?.because ?? "";
  const old = figure.querySelector(".old");
  const words = mark ? [] : oldMarks(figure);
  old.hidden = words.length === 0;
  old.textContent = words.length ? `Before this picture changed: ${words.join("; ")}` : "";
}

/** What was said of other pictures of this person in this look. */
function oldMarks(figure) {
  const { person, look, sha256 } = figure.dataset;
  return [...marks]
    .filter(([key, mark]) => {
      const [whose, which, bytes] = JSON.parse(key);
      return mark && whose === person && which === look && bytes !== sha256;
    })
    .map(([, mark]) => (mark.deliver ? "would deliver" : `would not (${mark.because || "no reason"})`));
}

const share = (part, whole) => (whole ? `${part} of ${whole} (${Math.round((100 * part) / whole)} %)` : "-");

function count() {
  const cells = {};
  for (const figure of pictures) {
    const cell = `${judgeOf(figure)} ${eyeOf(figure)}`;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const of = (cell) => cells[cell] ?? 0;
  for (const cell of document.querySelectorAll("#verdicts [data-cell]")) {
    cell.textContent = of(cell.dataset.cell);
  }
  const marked = of("usable yes") + of("usable no") + of("refused yes") + of("refused no");
  at("agreement").textContent =
    `judge and eye agree: ${share(of("usable yes") + of("refused no"), marked)}`;
  const wrong = (name) => document.querySelector(`#wrong [data-cell=${name}]`);
  wrong("missed").textContent = share(of("refused yes"), marked);
  wrong("wrongly").textContent = share(of("usable no"), of("usable yes") + of("usable no"));
  wrong("without").textContent = withoutPicture().join(", ") || "none";
  for (const row of document.querySelectorAll("[data-reason]")) {
    const theirs = pictures.filter((figure) => refusedFor(figure, row.dataset.reason));
    for (const eye of ["yes", "no"]) {
      const cell = row.querySelector(`[data-cell=${eye}]`);
      cell.textContent = theirs.filter((figure) => eyeOf(figure) === eye).length;
    }
  }
  at("said").replaceChildren(
    ...new Set([...marks.values()].map((mark) => mark?.because).filter(Boolean)),
  );
  for (const option of [...at("said").childNodes]) {
    const element = document.createElement("option");
    element.value = option.textContent;
    option.replaceWith(element);
  }
}

const refusedFor = (figure, name) =>
  judgeOf(figure) === "refused" && figure.dataset.defects.split(" ").includes(name);

/** People all of whose pictures are marked, none as deliverable. */
function withoutPicture() {
  return [...document.querySelectorAll("section")]
    .filter((section) => {
      const theirs = pictures.filter((figure) => section.contains(figure));
      return theirs.every((figure) => eyeOf(figure) === "no");
    })
    .map((section) => section.dataset.person);
}

const FILTERS = {
  all: () => true,
  disagreements: disagrees,
  unmarked: (figure) => Boolean(figure.dataset.sha256) && eyeOf(figure) === "none",
  refused: (figure) => judgeOf(figure) === "refused",
  undeliverable: (figure) => eyeOf(figure) === "no",
};

/** Once when it is chosen: a picture doesn't go away under the eye that marks it. */
function filter() {
  const fits = FILTERS[at("filter").value];
  for (const figure of figures) figure.hidden = !fits(figure);
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("figure:not([hidden])");
  }
  const visible = figures.filter((figure) => !figure.hidden).length;
  at("shown").textContent = `${visible} of ${figures.length}`;
}

/** Move the focus by the arrow `key` among the visible pictures. */
function move(key) {
  const visible = figures.filter((figure) => !figure.hidden);
  const here = visible.indexOf(document.activeElement);
  let next = visible[here < 0 ? 0 : here + { ArrowRight: 1, ArrowLeft: -1 }[key]];
  if (here >= 0 && (key === "ArrowDown" || key === "ArrowUp")) {
    next = above(visible, visible[here], key === "ArrowUp");
  }
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** The nearest picture of the next row below, or above, `figure`. */
function above(visible, figure, up) {
  const from = figure.getBoundingClientRect();
  const away = (other) => {
    const box = other.getBoundingClientRect();
    return { other, down: up ? from.top - box.top : box.top - from.top, aside: Math.abs(box.left - from.left) };
  };
  const rest = visible.map(away).filter(({ down }) => down > 1);
  rest.sort((one, two) => one.down - two.down || one.aside - two.aside);
  return rest.find(({ down, aside }) => down <= rest[0].down + 1 && aside < from.width / 2)?.other ?? rest[0]?.other;
}

function save() {
  const list = [...marks]
    .filter(([, mark]) => mark)
    .map(([key, mark]) => {
      const [person, look, sha256] = JSON.parse(key);
      return { person, look, sha256, ...mark };
    });
  const text = JSON.stringify({ marks: list }, null, 1) + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "marks.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  const figure = event.target.closest("figure");
  if (event.target.matches("input")) {
    if (event.key === "Enter" || event.key === "Escape") figure.focus();
    return;
  }
  if (event.key.startsWith("Arrow")) move(event.key);
  else if (figure && event.key === "y") press(figure, "yes");
  else if (figure && event.key === "n") press(figure, "no");
  else if (event.target === figure && event.key === "Enter") figure.querySelector(".because")?.focus();
  else return;
  event.preventDefault();
});

for (const figure of pictures) {
  for (const button of figure.querySelectorAll("[data-mark]")) {
    button.addEventListener("click", () => {
      press(figure, button.dataset.mark);
      figure.focus();
    });
  }
  figure.querySelector(".because").addEventListener("change", (event) => {
    setMark(figure, { deliver: false, because: event.target.value.trim() });
  });
  show(figure);
}
at("filter").addEventListener("change", filter);
at("save").addEventListener("click", save);
filter();
count();
