// Links that were saved while the server could not be reached. They are kept in this browser, for
// pages and for the service worker, and sent once, in their order.

const unsent = (() => {
  const MOST = 200;
  const news = new BroadcastChannel("toaster.unsent");

  // Resolves to what `act` asked of the store, once that is on the disk.
  function within(mode, act) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("toaster", 1);
      opening.onupgradeneeded = () =>
        opening.result.createObjectStore("unsent", { keyPath: "id", autoIncrement: true });
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction("unsent", mode);
        const asked = act(transaction.objectStore("unsent"));
        transaction.oncomplete = () => {
          database.close();
          resolve(asked.result);
        };
        transaction.onabort = () => {
          database.close();
          reject(transaction.error);
        };
      };
    });
  }

  async function change(act) {
    await within("readwrite", act);
    news.postMessage("changed");
  }

  const list = () => within("readonly", (store) => store.getAll());

  // Keeps a link as a form has it, for the person of that number. Under its key it is saved once,
  // however often it is sent; a link that is edited is another request, and has another key.
  async function put(link) {
    if (!link.id && (await list()).length >= MOST) throw new Error("too many links wait here");
    await change((store) => store.put({ ...link, key: crypto.randomUUID(), refused: undefined }));
  }

  const retry = (link) => change((store) => store.put({ ...link, refused: undefined }));
  const drop = (id) => change((store) => store.delete(id));

  // Only what is still as it was sent is done with: somebody may have edited it meanwhile.
  const settle = (link, refused) =>
    change((store) => {
      const asked = store.get(link.id);
      asked.onsuccess = () => {
        if (asked.result?.key !== link.key) return;
        if (refused) store.put({ ...link, refused });
        else store.delete(link.id);
      };
      return asked;
    });

  function body({ url, title, note, tags, folder }) {
    const words = tags.split(tags.includes(",") ? "," : /\s+/);
    return JSON.stringify({
      url,
      title,
      note,
      tags: words.filter((word) => word.replace(/[#\s]/g, "")),
      folder_id: folder ? Number(folder) : null,
    });
  }

  // Whether the server has decided, be it against the link, or may do so another time.
  const isFinal = (status) => status < 500 && ![401, 408, 429].includes(status);

  async function sendAll() {
    const waiting = (await list()).filter((link) => !link.refused);
    if (waiting.length === 0) return;
    // Nobody's links are saved for somebody else who has signed in here.
    const { id } = await (await fetch("/api/v1/me")).json();
    for (const link of waiting.filter(({ user }) => user === id)) {
      const answer = await fetch("/api/v1/bookmarks", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": link.key },
        body: body(link),
      });
      // A network that wants a sign-in of its own answers in the server's place, but not in JSON.
      const said = await answer.json();
      if (!isFinal(answer.status)) throw new Error(said.detail);
      await settle(link, answer.ok ? undefined : said.detail);
    }
  }

  // Pages and service worker take turns. Fails where links are left that may yet be sent.
  const send = () => navigator.locks.request("toaster.unsent", sendAll);

  return { list, put, retry, drop, send, onchange: (tell) => (news.onmessage = tell) };
})();
