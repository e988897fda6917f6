// Lists of links go on by themselves as far as somebody scrolls. Without it there is a button to
// the next page, as there is after so many links that a browser would grow slow.

const CARDS_MAX = 240;
const found = document.getElementById("found");
const next = (page) => page.querySelector("#found a[rel=next]");

const near = new IntersectionObserver(
  (seen) => {
    for (const { target, isIntersecting } of seen) if (isIntersecting) grow(target);
  },
  { rootMargin: "800px" },
);

async function grow(link) {
  near.unobserve(link);
  const answer = await fetch(link.href, { headers: { accept: "text/html" } }).catch(() => null);
  // What was looked for may be something else by now.
  if (!answer?.ok || answer.redirected || !link.isConnected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const more = page.querySelectorAll("#found .card");
  if (!link.isConnected || !more.length) return;
  found.querySelector(".cards").append(...more);
  const further = next(page);
  if (further) link.href = further.getAttribute("href");
  else link.parentElement.remove();
  document.dispatchEvent(new Event("cards"));
}

function watch() {
  const link = next(document);
  if (link && found.querySelectorAll(".card").length < CARDS_MAX) near.observe(link);
}
watch();
document.addEventListener("cards", watch);
