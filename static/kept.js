// The service worker's memory: the files that pages are made with, and the lists that were looked
// at last, for when the server cannot be reached. Nothing else is kept of any answer.

/* global FILES, VERSION, unsent */
const PAGES = "pages-";
const SHELL = `files-${VERSION}`;
const MOST_PAGES = 20;
const PATIENCE_MS = 8000;
// The first page and the form are kept as they are without a query, the lists each by theirs.
const BARE = /^\/(bookmarks\/new)?$/;
const LISTS = /^\/(bookmarks|folders(\/\d+)?|reminders|tags(\/\d+)?)$/;

const keepFiles = async () => (await caches.open(SHELL)).addAll([...FILES, "/offline"]);
const file = async (request) => (await caches.match(request)) ?? fetch(request);
const shelves = async () => (await caches.keys()).filter((name) => name.startsWith(PAGES));

async function forgetPages() {
  for (const name of await shelves()) await caches.delete(name);
}

// The number of the person whose pages are kept, if anybody's are.
const owner = async () => Number((await shelves()).at(-1)?.split("-").at(-1));

const place = ({ pathname, search }) => (BARE.test(pathname) ? pathname : pathname + search);

async function find(url) {
  for (const name of await shelves()) {
    const found = await (await caches.open(name)).match(place(url));
    if (found) return found;
  }
  return null;
}

// A gateway that answers for a server that is down.
const isAway = (answer) => [502, 503, 504].includes(answer.status);

// Looks at each page that came from the server: whose it is, how much waits, whether to keep it.
async function see(url, answer) {
  if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return;
  const { pathname } = new URL(answer.url || url);
  if (pathname === "/login") return forgetPages(); // Nobody is signed in any more.
  const text = await answer.text();
  const user = /<body class="in" data-user="(\d+)"/.exec(text)?.[1];
  if (!user || answer.redirected) return;
  const mine = `${PAGES}${VERSION}-${user}`;
  const shelf = await caches.open(mine);
  const waiting = /data-waiting="(\d+)"/.exec(text)?.[1];
  if (waiting !== undefined) await badge(Number(waiting));
  const isBare = BARE.test(pathname) && !url.search;
  if (isBare || (LISTS.test(pathname) && !url.searchParams.has("done"))) {
    const headers = new Headers(answer.headers);
    headers.delete("content-length");
    // Taken out first, so that it becomes the newest.
    await shelf.delete(place(url));
    await shelf.put(place(url), new Response(text, { headers }));
    const rest = (await shelf.keys()).filter(({ url }) => !BARE.test(new URL(url).pathname));
    for (const old of rest.slice(0, -MOST_PAGES)) await shelf.delete(old);
  }
  await tidy(mine, user);
  for (const path of ["/", "/bookmarks/new"]) {
    if (!(await shelf.match(path))) await refresh(path);
  }
  await unsent.send();
}

// What an older version kept asks for files that are gone; it goes with them once it has been
// kept anew. What is somebody else's goes at once.
async function tidy(mine, user) {
  for (const name of (await shelves()).filter((name) => name !== mine)) {
    const pages = name.endsWith(`-${user}`) ? await (await caches.open(name)).keys() : [];
    await caches.delete(name);
    for (const { url } of pages) await refresh(url);
  }
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES) && name !== SHELL) await caches.delete(name);
  }
}

async function refresh(path) {
  const url = new URL(path, self.location.origin);
  await see(url, await fetch(url));
}

// A kept page, with the note that it has for this.
async function shown(kept) {
  const at = new Date(kept.headers.get("date"));
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: "numeric", month: "short" };
  const words = at.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
  const text = (await kept.text())
    .replace('id="away" hidden', 'id="away"')
    .replace("<time></time>", `<time>${words}</time>`);
  return new Response(text, { headers: kept.headers });
}

const late = () => new Promise((_, fail) => setTimeout(fail, PATIENCE_MS));

// From the server, and where it cannot be reached as it was. A network that is there and carries
// nothing is not waited for where there is something to show.
async function page(event, url) {
  const kept = await find(url);
  try {
    const asked = fetch(event.request);
    const answer = await (kept ? Promise.race([asked, late()]) : asked);
    if (!kept || !isAway(answer)) {
      event.waitUntil(see(url, answer.clone()).catch(() => {}));
      return answer;
    }
  } catch {
    // The network or the server is away.
  }
  return kept ? shown(kept) : caches.match("/offline");
}

async function keepLink(form) {
  const field = (name) => String(form.get(name) ?? "");
  const [url, title, note, tags, folder] = ["url", "title", "note", "tags", "folder"].map(field);
  await unsent.put({ user: await owner(), url, title, note, tags, folder });
  // Where the browser can, it wakes this worker when the network is back.
  await self.registration.sync?.register("unsent").catch(() => {});
}

// What a form sends. A link that cannot be sent now is kept; for anything else the page says that
// it was not done.
async function send(event, url) {
  const saving = url.pathname === "/bookmarks" ? event.request.clone() : null;
  try {
    const answer = await fetch(event.request);
    if (!saving || !isAway(answer)) {
      event.waitUntil(refresh("/").catch(() => {}));
      return answer;
    }
  } catch {
    // The network or the server is away.
  }
  if (!saving || !(await owner())) return caches.match("/offline");
  try {
    await keepLink(await saving.formData());
    return Response.redirect("/bookmarks/new", 303);
  } catch {
    return caches.match("/offline"); // There is no room for more.
  }
}
