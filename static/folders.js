// Folders are dragged before, after or into one another. The buttons beside them do the same.

const list = document.querySelector("[data-folders]");
const rows = () => [...(list?.querySelectorAll("[data-row]") ?? [])];
const row = (event) => event.target.closest?.("[data-row]");
let dragged;

for (const one of rows()) one.draggable = true;

// The upper and the lower third of a row mean beside it, the middle means inside.
function place(at, event) {
  const { top, height } = at.getBoundingClientRect();
  const part = (event.clientY - top) / height;
  if (part < 1 / 3) return "before";
  return part > 2 / 3 ? "after" : "inside";
}

function clear() {
  for (const one of rows()) one.classList.remove("before", "after", "inside");
}

function send(at, where) {
  const parent = where === "inside" ? at.dataset.row : at.dataset.parent;
  const beside = rows().filter((one) => one !== dragged && one.dataset.parent === parent);
  const position = where === "inside" ? beside.length : beside.indexOf(at) + (where === "after" ? 1 : 0);
  const form = document.createElement("form");
  [form.method, form.action, form.hidden] = ["post", `/folders/${dragged.dataset.row}`, true];
  for (const [name, value] of Object.entries({ parent, position })) {
    const field = document.createElement("input");
    [field.name, field.value] = [name, value];
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

list?.addEventListener("dragstart", (event) => {
  dragged = row(event);
});
list?.addEventListener("dragover", (event) => {
  clear();
  const at = row(event);
  if (!dragged || !at || at === dragged) return;
  event.preventDefault();
  at.classList.add(place(at, event));
});
list?.addEventListener("drop", (event) => {
  const at = row(event);
  if (!dragged || !at || at === dragged) return;
  event.preventDefault();
  send(at, place(at, event));
});
list?.addEventListener("dragend", () => {
  dragged = undefined;
  clear();
});
