// A push service in place of the browser's own, which is on the internet: subscriptions are made
// up in the page, and what was pushed is handed to the service worker here.

import { until } from './harness.mjs';

/** In the page: subscriptions at `origin` with those keys, kept for the session. */
export function madeUp({ origin, p256dh, auth }) {
  const subscription = () => {
    const kept = JSON.parse(sessionStorage.getItem('made-up') ?? 'null');
    return kept && {
      endpoint: kept.endpoint,
      options: { applicationServerKey: Uint8Array.from(kept.key).buffer },
      unsubscribe: async () => sessionStorage.removeItem('made-up'),
      toJSON: () => ({ endpoint: kept.endpoint, keys: { p256dh, auth } }),
    };
  };
  PushManager.prototype.getSubscription = async () => subscription();
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const kept = {
      endpoint: `${origin}/push/${crypto.randomUUID()}`,
      key: [...new Uint8Array(applicationServerKey)],
    };
    sessionStorage.setItem('made-up', JSON.stringify(kept));
    return subscription();
  };
}

/** Changes what a page keeps of its subscription: its endpoint, or the key it was made with. */
export const change = (page, how) => page.evaluate((how) => {
  const kept = JSON.parse(sessionStorage.getItem('made-up'));
  if (how.endpoint) kept.endpoint = how.endpoint;
  if (how.key) kept.key[9] ^= 1;
  sessionStorage.setItem('made-up', JSON.stringify(kept));
  sessionStorage.removeItem('toaster.push.checked');
}, how);

/** A way to hand texts to the service worker of a page, as a push service would. */
export async function road(page) {
  // One that is still being installed takes nothing, and says nothing of it.
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active.state === 'activated') return;
    await new Promise((resolve) => {
      active.addEventListener('statechange', () => active.state === 'activated' && resolve());
    });
  });
  const session = await page.context().newCDPSession(page);
  const found = [];
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    found.push(...registrations.filter(({ isDeleted }) => !isDeleted));
  });
  await session.send('ServiceWorker.enable');
  const [{ registrationId }] = await until(() => found.length > 0 && found, 'the registration');
  const { origin } = new URL(page.url());
  return (data) => session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
}

/** The notifications that a page's service worker shows. */
export const shown = (page) => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.ready;
  const all = await registration.getNotifications();
  return all.map(({ title, body, tag, actions, data }) => ({ title, body, tag, actions, data }));
});
