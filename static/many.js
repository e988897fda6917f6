// Choosing several links and what is done with them; links are dragged onto folders. Without it
// boxes are ticked, and the same form is sent.

const found = document.getElementById("found");
let last;

const form = () => document.getElementById("many");
const picks = () => [...found.querySelectorAll(".pick input")];
const chosen = () => picks().filter((pick) => pick.checked);

function tell() {
  if (!form()) return;
  const label = form().querySelector("[data-chosen]");
  label.dataset.none ??= label.textContent;
  const count = chosen().length;
  label.textContent = count ? label.dataset.chosen.replace("#", count) : label.dataset.none;
  form().classList.toggle("on", count > 0);
}

function choose(all, value) {
  for (const pick of all) pick.checked = value;
  tell();
}

found.addEventListener("click", (event) => {
  const pick = event.target.closest(".pick input");
  if (!pick) return;
  const all = picks();
  const [from, to] = [all.indexOf(last), all.indexOf(pick)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) choose(all.slice(from, to + 1), pick.checked);
  last = pick;
  tell();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen().length) choose(picks(), false);
});

// A link is dragged by its card; with others that are chosen if it is one of them.
let dragged = [];

function drag(event) {
  const card = event.target.closest?.(".card");
  const own = card?.querySelector(".pick input");
  if (!own) return;
  dragged = (own.checked ? chosen() : [own]).map((pick) => pick.value);
  document.body.classList.add("dragging");
}

const folder = (event) => event.target.closest?.("[data-folder]");

function over(event) {
  const at = dragged.length ? folder(event) : null;
  for (const other of document.querySelectorAll(".drop")) other.classList.remove("drop");
  at?.classList.add("drop");
  if (at) event.preventDefault();
}

function drop(event) {
  const at = dragged.length ? folder(event) : null;
  if (!at) return;
  event.preventDefault();
  const sent = document.createElement("form");
  [sent.method, sent.action, sent.hidden] = ["post", form().action, true];
  const fields = [["do", "move"], ["folder", at.dataset.folder], ...dragged.map((id) => ["id", id])];
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    [field.name, field.value] = [name, value];
    sent.append(field);
  }
  document.body.append(sent);
  sent.submit();
}

function end() {
  dragged = [];
  document.body.classList.remove("dragging");
  for (const other of document.querySelectorAll(".drop")) other.classList.remove("drop");
}

found.addEventListener("dragstart", drag);
document.addEventListener("dragover", over);
document.addEventListener("drop", drop);
document.addEventListener("dragend", end);

// Cards come anew while somebody types, and when a page was read.
function ready() {
  for (const card of found.querySelectorAll(".card")) card.draggable = true;
  tell();
}
ready();
document.addEventListener("cards", ready);
