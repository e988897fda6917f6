// Shows pages where the server cannot be reached, keeps links until it can, shows pushes and does
// what their buttons say. The server writes VERSION, FILES and PARTS above.

/* global PARTS, badge, file, keepFiles, page, refresh, send, unsent */
importScripts(...PARTS);

// A new version takes over at once: pages come from the server and name files by what is in them,
// so that none is mixed with files of another version.
self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepFiles());
});
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
  // Not waited for, since pages would have to wait for it as well.
  refresh("/").catch(() => {});
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (FILES.includes(url.pathname)) return event.respondWith(file(request));
  if (request.mode !== "navigate" || url.pathname.startsWith("/export/")) return;
  if (request.method === "GET") return event.respondWith(page(event, url));
  // Who comes and goes is between browser and server alone, and so are files.
  const isForm = request.headers.get("content-type") === "application/x-www-form-urlencoded";
  if (isForm && !/^\/(login|logout|setup|act)\b/.test(url.pathname)) {
    event.respondWith(send(event, url));
  }
});

self.addEventListener("sync", (event) => event.waitUntil(unsent.send()));

// An app without a place for a badge refuses it.
async function badge(count) {
  await self.navigator.setAppBadge?.(count).catch(() => {});
}

// Whatever the message calls this server, what it leads to is here.
function here(address) {
  const { pathname, search } = new URL(address, self.location.origin);
  return self.location.origin + pathname + search;
}

// A push that shows nothing ends the subscription, so that even one that cannot be read is shown.
function read(data) {
  try {
    return data.json().notification ?? {};
  } catch {
    return {};
  }
}

// Where there is no room for all, the first and the last are kept: put off, and done.
function fitting(actions) {
  const most = Math.max(Notification.maxActions ?? 2, 1);
  if (actions.length <= most) return actions;
  return [...actions.slice(0, most - 1), actions.at(-1)];
}

async function show(message) {
  const actions = Array.isArray(message.actions) ? message.actions : [];
  await self.registration.showNotification(message.title || "Toaster", {
    body: message.body ?? "",
    tag: message.tag ?? "",
    lang: message.lang ?? "",
    silent: message.silent ?? false,
    image: message.image && here(message.image),
    icon: "/static/icon-192.png",
    badge: "/static/icon-mono.png",
    actions: fitting(actions).map(({ action, title }) => ({ action, title })),
    data: {
      ...message.data,
      navigate: here(message.navigate ?? "/"),
      actions: Object.fromEntries(actions.map(({ action, navigate }) => [action, here(navigate)])),
    },
  });
  if (message.app_badge !== undefined) await badge(Number(message.app_badge));
}

self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));

async function open(address) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((client) => client.url === address);
  return shown ? shown.focus() : self.clients.openWindow(address);
}

// The page of a button asks before it acts, so it is what is left where posting to it fails.
async function act(address) {
  const answer = await fetch(address, { method: "POST", credentials: "omit" }).catch(() => null);
  if (!answer?.ok) return open(address);
  // Fewer wait now, perhaps none.
  await refresh("/").catch(() => {});
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { navigate = here("/"), actions = {} } = event.notification.data ?? {};
  const address = actions[event.action];
  event.waitUntil(address ? act(address) : open(navigate));
});
