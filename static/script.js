// Makes the pages livelier. Everything works without it.

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function fragment(address, selector) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const text = await answer.text();
  return new DOMParser().parseFromString(text, "text/html").querySelector(selector);
}

// Asks again after 1 s, 2 s, 3 s and so on, for two minutes, until `look` has what it waits for.
async function watch(look) {
  for (let wait = 1; wait <= 15; wait += 1) {
    await sleep(wait);
    try {
      if (await look()) return;
    } catch {
      // The network is away for a moment; the next round may find it back.
    }
  }
}

// Cards whose page is still being read: their title and picture appear by themselves.
const watched = new WeakSet();
function watchCards() {
  for (const pending of document.querySelectorAll("[data-card]")) {
    if (watched.has(pending)) continue;
    watched.add(pending);
    watch(async () => {
      if (!pending.isConnected) return true;
      const card = await fragment(pending.dataset.card, ".card");
      if (!card || card.dataset.card) return false;
      pending.replaceWith(card);
      return true;
    });
  }
}
watchCards();
document.addEventListener("cards", watchCards);

// What is under way, such as a delivery or an import, is shown as it goes on.
const live = document.querySelector("[data-live]");
if (live) {
  let shown = live;
  watch(async () => {
    const now = await fragment(location.href, `#${live.id}`);
    if (!now) return false;
    shown.replaceWith(now);
    shown = now;
    return !("live" in now.dataset);
  });
}

// The browser knows its time zone better than the server does.
for (const select of document.querySelectorAll("select[data-guess-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}

// A key that is shown once is best copied, not typed.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = button.dataset.copied;
  });
}

// What was copied elsewhere is one tap away; where the browser lets us look, it is shown.
for (const button of document.querySelectorAll("button[data-paste]")) {
  if (!navigator.clipboard?.readText) continue;
  const field = document.getElementById(button.dataset.paste);
  const read = async () => (await navigator.clipboard.readText()).trim();
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = await read().catch(() => "");
    if (text) field.value = text;
    (text ? field.form.querySelector("button:not([type])") : field).focus();
  });
  const offer = async () => {
    const { state } = await navigator.permissions.query({ name: "clipboard-read" });
    const address = state === "granted" && (await read()).match(/^https?:\/\/\S+$/)?.[0];
    if (address) button.title = button.querySelector("span").textContent = address;
  };
  const look = () => offer().catch(() => {});
  look();
  addEventListener("focus", look);
}
