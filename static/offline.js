// What pages do about a server that cannot be reached: they have its worker keep what is needed,
// show which links wait to be sent, and leave nothing behind when somebody signs out.

/* global unsent */
const away = document.getElementById("away");
const note = document.getElementById("unsent-note");
const box = document.getElementById("unsent");
const form = document.querySelector('form.new[action="/bookmarks"]');
const user = Number(document.body.dataset.user);
const FIELDS = ["url", "title", "note", "tags", "folder"];

const mine = async () => (await unsent.list()).filter((link) => link.user === user);
const send = () => unsent.send().catch(() => {}); // It is tried again on the next page.

function row(link) {
  const item = box.querySelector("template").content.cloneNode(true);
  for (const name of item.querySelectorAll("[data-link]")) name.textContent = link.title || link.url;
  const [reason] = item.querySelectorAll("[data-refused]");
  reason.hidden = !link.refused;
  reason.querySelector("span").textContent = link.refused ?? "";
  const [retry, drop] = item.querySelectorAll("button");
  retry.hidden = !link.refused;
  retry.addEventListener("click", () => unsent.retry(link).then(send).then(show));
  drop.addEventListener("click", () => unsent.drop(link.id).then(show));
  item.querySelector("a").href = `/bookmarks/new?unsent=${link.id}`;
  return item;
}

async function show() {
  const links = await mine();
  for (const count of document.querySelectorAll("[data-count]")) count.textContent = links.length;
  note.hidden = links.length === 0;
  if (!box) return;
  box.hidden = links.length === 0;
  box.querySelector("ul").replaceChildren(...links.map(row));
}

// A link that waits is changed by the form that it was saved with, and keeps its place.
function edit(link) {
  for (const name of FIELDS) form.elements[name].value = link[name];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = FIELDS.map((name) => [name, form.elements[name].value]);
    await unsent.put({ ...link, ...Object.fromEntries(values) });
    await send();
    const isLeft = (await mine()).some(({ id }) => id === link.id);
    location.assign(isLeft ? "/bookmarks/new" : "/?done=saved");
  });
}

async function fill() {
  const given = new URLSearchParams(location.search);
  const link = (await mine()).find(({ id }) => id === Number(given.get("unsent")));
  if (link) return edit(link);
  // The server, which does this otherwise, was not asked.
  if (away.hidden) return;
  const [url, title, text] = ["url", "title", "text"].map((name) => given.get(name) ?? "");
  form.elements.url.value = url || text || title;
  form.elements.title.value = url ? title : "";
}

async function leave() {
  await Promise.race([send(), new Promise((late) => setTimeout(late, 3000))]);
  if ((await unsent.list()).length > 0 && !confirm(note.dataset.leave)) return false;
  for (const { id } of await unsent.list()) await unsent.drop(id);
  for (const name of await caches.keys()) await caches.delete(name);
  await navigator.clearAppBadge?.().catch(() => {});
  return true;
}

// Before all others who wait for it, since this is where somebody may change their mind.
let hasLeft = false;
function leaving(event) {
  const out = event.target;
  if (hasLeft || !out.matches('[action="/logout"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  leave()
    .catch(() => true) // The browser lets nothing be kept.
    .then((isFine) => {
      hasLeft = isFine;
      if (isFine) out.requestSubmit();
    });
}

if (note && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => {});
  document.addEventListener("submit", leaving, true);
  addEventListener("online", send);
  unsent.onchange(show);
  if (form) fill();
  show();
  if (away.hidden) send();
}

// On the page for what was not kept: what was.
const kept = document.getElementById("kept");
for (const name of kept ? await caches.keys() : []) {
  const shelf = await caches.open(name);
  for (const request of name.startsWith("pages-") ? await shelf.keys() : []) {
    const text = await (await shelf.match(request)).text();
    const { title } = new DOMParser().parseFromString(text, "text/html");
    const item = kept.querySelector("template").content.cloneNode(true);
    const link = item.querySelector("a");
    link.href = request.url;
    link.textContent = title.replace(/ · Toaster$/, "");
    kept.querySelector("ul").append(item);
    kept.hidden = false;
  }
}
