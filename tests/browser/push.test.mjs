// How a browser comes to be notified and stays so, and what its service worker makes of a push.
// The browser's own push service is on the internet, so its subscriptions are made up here.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { command, newHome, startBrowser, startToaster, until, watch } from './harness.mjs';
import { NAME, PASSWORD, signIn } from './library.mjs';
import { change, madeUp, road, shown } from './subscriptions.mjs';

const IN_TIME = { timeout: 60_000 };
const home = newHome();

let toaster;
let browser;
let page;
let watched;
/** What the server was told of destinations, and the id that it answers with. */
const told = [];
const id = 7;

before(async () => {
  command(home, ['user', 'add', NAME, '--password-stdin'], `${PASSWORD}\n`);
  toaster = await startToaster(home);
  browser = await startBrowser();
  const context = await browser.newContext({ permissions: ['notifications'] });
  context.setDefaultTimeout(10_000);
  watched = watch(context, toaster.url);
  page = await context.newPage();
  await signIn(page, toaster);
  await page.route('**/api/v1/destinations**', (route) => {
    const request = route.request();
    if (request.method() === 'GET') return route.fulfill({ json: { items: [{ id }], next: null } });
    told.push({ method: request.method(), url: request.url(), body: request.postDataJSON() });
    if (request.method() === 'PATCH') return route.fulfill({ json: { id } });
    return route.fulfill({ status: 201, json: { id } });
  });
  await page.addInitScript(madeUp, { origin: 'https://push.example', p256dh: 'P', auth: 'A' });
});

after(async () => {
  await browser?.close();
  await toaster?.stop();
  home.remove();
});

test('a device is notified after one press, and its page says so', IN_TIME, async () => {
  await page.goto(`${toaster.url}/destinations`);
  await page.getByRole('button', { name: 'Notify me on this device' }).click();
  await page.waitForURL(/done=added/);
  await page.getByText('You are notified on this device.').waitFor();
  const [{ method, body }] = told.splice(0);
  assert.equal(method, 'POST');
  assert.deepEqual([body.kind, body.name], ['webpush', 'Chrome on Linux']);
  assert.deepEqual(body.keys, { p256dh: 'P', auth: 'A' });
  watched.check();
});

test('the server learns of another endpoint on the next page, and of a new key', IN_TIME, async () => {
  await change(page, { endpoint: 'https://push.example/moved' });
  await page.goto(`${toaster.url}/`);
  const [moved] = await until(() => told.length === 1 && told.splice(0), 'the new one');
  assert.equal(moved.body.endpoint, 'https://push.example/moved');
  assert.deepEqual([moved.method, new URL(moved.url).pathname], ['PATCH', '/api/v1/destinations/7']);
  await change(page, { key: true });
  await page.goto(`${toaster.url}/bookmarks`);
  const [again] = await until(() => told.length === 1 && told.splice(0), 'the one by the new key');
  assert.notEqual(again.body.endpoint, 'https://push.example/moved');
  await page.goto(`${toaster.url}/folders`, { waitUntil: 'networkidle' });
  assert.deepEqual(told, [], 'nothing has changed');
  watched.check();
});

test('every push is shown, and a button of it posts to us', IN_TIME, async () => {
  const deliver = await road(page);
  const action = (name) => ({ action: name, title: name, navigate: `https://other.example/act/${name}` });
  const notification = {
    title: 'Evening', body: '• 식빵', navigate: 'https://other.example/due/7', tag: 'r42', lang: 'ko',
    actions: ['snooze', 'tomorrow', 'done'].map(action),
  };
  await deliver('no JSON at all');
  await until(async () => (await shown(page)).length === 1, 'the one that cannot be read');
  await deliver(JSON.stringify({ web_push: 8030, notification }));
  const all = await until(async () => (await shown(page)).length === 2 && shown(page), 'both');
  const one = all.find(({ tag }) => tag === 'r42');
  assert.deepEqual([one.title, one.body], ['Evening', '• 식빵']);
  // Chromium has room for two.
  assert.deepEqual(one.actions.map((each) => each.action), ['snooze', 'done']);
  assert.equal(one.data.navigate, `${toaster.url}/due/7`, 'by the address that is open');

  const [worker] = page.context().serviceWorkers();
  const asked = [];
  page.context().on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  watched.expect(/act\/done/); // The ticket is made up as well.
  await worker.evaluate(async () => {
    const [notification] = await self.registration.getNotifications({ tag: 'r42' });
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action: 'done' }));
  });
  await until(() => asked.includes(`POST ${toaster.url}/act/done`), 'the post');
  await until(async () => (await shown(page)).length === 1, 'its end');
});

test('who signs out is no longer notified here', IN_TIME, async () => {
  await page.goto(`${toaster.url}/settings`, { waitUntil: 'networkidle' });
  told.splice(0);
  await page.getByRole('button', { name: `Sign out ${NAME}` }).click();
  await page.waitForURL(`${toaster.url}/login`);
  const asked = told.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
  assert.deepEqual(asked, ['DELETE /api/v1/destinations/7']);
  const left = await page.evaluate(() => [localStorage.length, sessionStorage.getItem('made-up')]);
  assert.deepEqual(left, [0, null], 'nothing is kept, and the subscription is ended');
  watched.check();
});
