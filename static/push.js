// Has this browser be notified: subscribes it when asked to, and keeps what the server knows of it
// true, since browsers change their subscriptions without saying so.

const KEPT = "toaster.push"; // { id, endpoint } of the destination that is this browser.
const CHECKED = "toaster.push.checked"; // Whether the key was compared since the browser started.

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "null");
const keep = (value) => localStorage.setItem(KEPT, JSON.stringify(value));
const forget = () => localStorage.removeItem(KEPT);

async function api(path, options = {}) {
  const answer = await fetch(`/api/v1/${path}`, options);
  const body = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? body.title);
  return body;
}

const text = (octets) =>
  btoa(String.fromCharCode(...new Uint8Array(octets)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const octets = (key) =>
  Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

// What a person would call this browser.
function name() {
  const agent = navigator.userAgent;
  const first = (words) => words.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg/, "Edge"],
    [/Firefox|FxiOS/, "Firefox"],
    [/SamsungBrowser/, "Samsung Internet"],
    [/Chrome|CriOS/, "Chrome"],
    [/Safari/, "Safari"],
  ]);
  const system = first([
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS/, "Mac"],
    [/Linux/, "Linux"],
  ]);
  return [browser ?? "Browser", system].filter(Boolean).join(" on ");
}

// Subscribes, anew where that is wanted or the server's key has changed, and tells the server where
// that differs from what it knows.
async function subscribe(anew = false) {
  const { key } = await api("push/key");
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  let subscription = await registration.pushManager.getSubscription();
  const made = subscription?.options.applicationServerKey;
  if (subscription && (anew || (made && text(made) !== key))) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: octets(key),
  });
  sessionStorage.setItem(CHECKED, "1");
  const known = kept();
  if (known?.endpoint === subscription.endpoint) return;
  const { endpoint, keys } = subscription.toJSON();
  const send = (method, path, body) =>
    api(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const address = { endpoint, keys, vapid_key: key };
  // The reminders that go to this device go on doing so; somebody else who signed in here has
  // no such destination.
  const moved = known && (await send("PATCH", `destinations/${known.id}`, address).catch(() => null));
  const found =
    moved ?? (await send("POST", "destinations", { kind: "webpush", name: name(), ...address }));
  keep({ id: found.id, endpoint });
}

// What this browser is subscribed to.
async function current() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

// Keeps a browser that is notified so: on each page by what it knows itself, and once after it
// started by asking for the key as well.
async function refresh() {
  const same = (await current())?.endpoint === kept().endpoint;
  if (!same || !sessionStorage.getItem(CHECKED)) await subscribe();
}

const can = isSecureContext && "serviceWorker" in navigator && "PushManager" in window;
const allowed = can && Notification.permission === "granted";

const box = document.querySelector("[data-notify]");
if (box) {
  const button = box.querySelector("button");
  const say = (which) => {
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== which;
    button.hidden = !["off", "paused", "failed"].includes(which);
  };
  let paused = false;
  const state = async () => {
    if (!isSecureContext) return "insecure";
    if (!can) return /iPhone|iPad/.test(navigator.userAgent) ? "install" : "unable";
    if (Notification.permission === "denied") return "denied";
    if (!allowed || !kept()) return "off";
    const { items } = await api("destinations");
    const known = items.find(({ id }) => id === kept().id);
    paused = known?.paused ?? false;
    if (known) return paused ? "paused" : "on";
    forget(); // It was deleted, or somebody else has signed in.
    return "off";
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      // Asked first: phones show the question only straight after a press.
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      // The push service may have ended a subscription that the browser still believes in.
      await subscribe(paused);
      location.assign("/destinations?done=added");
    } catch (error) {
      box.querySelector("[data-why]").textContent = error.message;
      say("failed");
    } finally {
      button.disabled = false;
    }
  });
  say(await state().catch(() => "off"));
  box.hidden = false;
}

// The next page may find the network or the service back.
if (allowed && kept()) refresh().catch(() => {});

// Whoever signs in here next is not shown what is meant for who signs out.
async function leave() {
  const { id } = kept();
  forget();
  const ends = [api(`destinations/${id}`, { method: "DELETE" }), (await current())?.unsubscribe()];
  await Promise.allSettled(ends);
}

for (const form of document.querySelectorAll('form[action="/logout"]')) {
  form.addEventListener("submit", async (event) => {
    if (!kept()) return;
    event.preventDefault();
    // A push service that does not answer keeps nobody signed in.
    await Promise.race([leave().catch(() => {}), new Promise((late) => setTimeout(late, 3000))]);
    form.submit();
  });
}
