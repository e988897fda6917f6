// Searches while somebody types. Without it the form does the same once it is sent.

const PAUSE_MS = 180;
const form = document.querySelector("form[data-search]");
const field = form.elements.q;
const count = document.getElementById("count");
let timer;
let asking;

function address() {
  const pairs = [...new FormData(form)].filter(([, value]) => value.trim() !== "");
  return `${form.action}?${new URLSearchParams(pairs)}`;
}

// Shows what another page of this list shows; the field and its focus stay as they are.
async function show(target) {
  asking?.abort();
  asking = new AbortController();
  const answer = await fetch(target, { headers: { accept: "text/html" }, signal: asking.signal });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["filters", "found"]) {
    const [now, then] = [document.getElementById(id), page.getElementById(id)];
    if (now && then) now.replaceChildren(...then.childNodes);
  }
  // Said by screen readers, since this element stays.
  count.textContent = page.getElementById("count")?.textContent ?? "";
  history.replaceState(null, "", target);
  document.dispatchEvent(new Event("cards"));
}

field.addEventListener("input", () => {
  suggest();
  clearTimeout(timer);
  timer = setTimeout(() => {
    // An answer that is too late, or a network that is away; the form can still be sent.
    show(address()).catch(() => {});
  }, PAUSE_MS);
});

// Suggestions are for the last word, but a browser compares them with all that was typed.
const options = [...document.querySelectorAll("#operators option")];
const words = options.map((option) => option.value);
function suggest() {
  const before = field.value.slice(0, field.value.search(/\S*$/));
  options.forEach((option, at) => {
    option.value = before + words[at];
  });
}
