// Shows pushes, and does what their buttons say. It keeps no pages, so a new version takes over
// at once.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
    actions: fitting(actions).map(({ action, title }) => ({ action, title })),
    data: {
      ...message.data,
      navigate: here(message.navigate ?? "/"),
      actions: Object.fromEntries(actions.map(({ action, navigate }) => [action, here(navigate)])),
    },
  });
  if (message.app_badge !== undefined && self.navigator.setAppBadge) {
    // An app without a place for a badge refuses it.
    await self.navigator.setAppBadge(Number(message.app_badge)).catch(() => {});
  }
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
  return answer?.ok ? null : open(address);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { navigate = here("/"), actions = {} } = event.notification.data ?? {};
  const address = actions[event.action];
  event.waitUntil(address ? act(address) : open(navigate));
});
