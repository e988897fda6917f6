// A reminder on its whole way: subscribed in a browser, sent by the real server, read with the
// browser's keys, shown, and done with by its button. Only the road from the push service to the
// browser is ours, since the real one is on the internet.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';
import { api, command, newHome, startBrowser, startToaster, until, watch } from './harness.mjs';
import { NAME, PASSWORD, signIn } from './library.mjs';
import { change, madeUp, road, shown } from './subscriptions.mjs';

// A reminder comes at a whole minute.
const WITHIN_A_MINUTE_OR_TWO = { timeout: 150_000 };
const SOON_MS = 75_000;
const base64url = (octets) => Buffer.from(octets).toString('base64url');

const home = newHome();
const keys = crypto.createECDH('prime256v1');
keys.generateKeys();
const auth = crypto.randomBytes(16);

/** What the push service was sent, and what it answers. */
const sent = [];
let status = 201;
let service;
let toaster;
let token;
let browser;
let page;
let watched;

before(async () => {
  command(home, ['user', 'add', NAME, '--password-stdin'], `${PASSWORD}\n`);
  token = command(home, ['token', 'add', NAME, '--name', 'test']);
  service = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      sent.push({ headers: request.headers, body: Buffer.concat(parts), path: request.url });
      response.writeHead(status, { location: '/message/1' }).end();
    });
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  toaster = await startToaster(home);
  browser = await startBrowser();
  const context = await browser.newContext({ permissions: ['notifications'] });
  context.setDefaultTimeout(10_000);
  watched = watch(context, toaster.url);
  page = await context.newPage();
  await signIn(page, toaster);
  await page.addInitScript(madeUp, {
    origin: origin(),
    p256dh: base64url(keys.getPublicKey()),
    auth: base64url(auth),
  });
});

after(async () => {
  await browser?.close();
  await toaster?.stop();
  service?.close();
  home.remove();
});

const origin = () => `http://127.0.0.1:${service.address().port}`;

/** Who sent a message (RFC 8292): the claims, which its signature must stand for. */
function sender({ authorization }) {
  const [, jwt, k] = /^vapid t=(\S+), ?k=(\S+)$/.exec(authorization);
  const [header, claims, signature] = jwt.split('.');
  const point = Buffer.from(k, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(base64url);
  const key = crypto.createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  const good = crypto.verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(good, 'the signature');
  return { k, claims: JSON.parse(Buffer.from(claims, 'base64url')) };
}

/** What a message says to the one who has the keys (RFC 8291, and RFC 8188 with one record). */
function read(body) {
  const salt = body.subarray(0, 16);
  const theirs = body.subarray(21, 21 + body[20]);
  const sealed = body.subarray(21 + body[20]);
  const hkdf = (secret, salt, info, length) =>
    Buffer.from(crypto.hkdfSync('sha256', secret, salt, info, length));
  const both = Buffer.concat([keys.getPublicKey(), theirs]);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), both]);
  const secret = hkdf(keys.computeSecret(theirs), auth, info, 32);
  const opener = crypto.createDecipheriv(
    'aes-128-gcm',
    hkdf(secret, salt, 'Content-Encoding: aes128gcm\0', 16),
    hkdf(secret, salt, 'Content-Encoding: nonce\0', 12),
  );
  opener.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([opener.update(sealed.subarray(0, -16)), opener.final()]);
  const end = padded.lastIndexOf(2);
  assert.ok(end > 0 && padded.subarray(end + 1).every((octet) => octet === 0), 'the padding');
  return JSON.parse(padded.subarray(0, end));
}

test('a reminder is pushed, read, shown and done with', WITHIN_A_MINUTE_OR_TWO, async () => {
  await page.goto(`${toaster.url}/destinations`);
  await page.getByRole('button', { name: 'Notify me on this device' }).click();
  await page.getByText('You are notified on this device.').waitFor();
  const [device] = (await api(toaster, token, 'GET', 'destinations')).items;
  assert.equal(device.kind, 'webpush');

  const link = await api(toaster, token, 'POST', 'bookmarks', {
    url: 'https://example.com/rye', title: '호밀빵 <b>굽기</b>', fetch: false,
  });
  const reminder = await api(toaster, token, 'POST', 'reminders', {
    name: 'Evening', target: { kind: 'all' }, zone: 'Asia/Seoul',
    schedule: { kind: 'weekly', days: [1, 2, 3, 4, 5, 6, 7], at: '21:30' },
  });
  const in_a_moment = new Date(Date.now() + 1000).toISOString();
  await api(toaster, token, 'POST', `reminders/${reminder.id}/snooze`, { until: in_a_moment });
  const [{ headers, body }] = await until(() => sent.length > 0 && sent.splice(0), 'the push', SOON_MS);

  assert.equal(headers['content-encoding'], 'aes128gcm');
  assert.equal(headers.urgency, 'high');
  assert.ok(Number(headers.ttl) > 0, headers.ttl);
  const { k, claims } = sender(headers);
  assert.equal(claims.aud, origin());
  assert.ok(claims.exp * 1000 - Date.now() <= 24 * 3600 * 1000, 'RFC 8292, section 2');
  assert.equal(k, (await api(toaster, token, 'GET', 'push/key')).key);

  const payload = read(body);
  assert.equal(payload.web_push, 8030);
  const deliver = await road(page);
  await deliver(JSON.stringify(payload));
  const [notification] = await until(async () => (await shown(page)).length > 0 && shown(page), 'the notification');
  assert.equal(notification.title, 'Evening: 1 link waiting');
  assert.equal(notification.body, '• 호밀빵 <b>굽기</b>');

  const [worker] = page.context().serviceWorkers();
  const press = () => worker.evaluate(async () => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action: 'done' }));
  });
  await press();
  const isRead = async () => !(await api(toaster, token, 'GET', `bookmarks/${link.id}`)).unread;
  await until(isRead, 'the link to be read');
  await until(async () => (await shown(page)).length === 0, 'the end of the notification');

  // Pressed again, as on a second device, it changes nothing any more.
  await api(toaster, token, 'PATCH', `bookmarks/${link.id}`, { unread: true });
  const done = payload.notification.actions.find(({ action }) => action === 'done').navigate;
  const again = await fetch(toaster.url + new URL(done).pathname, { method: 'POST' });
  assert.match(await again.text(), /done already/);
  assert.equal(await isRead(), false);
  watched.check();
});

test('a device that is gone says so, and comes back by itself', WITHIN_A_MINUTE_OR_TWO, async () => {
  const [device] = (await api(toaster, token, 'GET', 'destinations')).items;
  status = 410;
  const test = await api(toaster, token, 'POST', `destinations/${device.id}/test?wait=true`);
  assert.equal(test.outcome, 'gone');
  await page.goto(`${toaster.url}/destinations`);
  await page.getByText('Paused.').waitFor();

  // The browser has subscribed anew meanwhile, as browsers do.
  status = 201;
  await change(page, { endpoint: `${origin()}/push/${crypto.randomUUID()}-again` });
  await page.goto(`${toaster.url}/`);
  const back = async () => {
    const { items } = await api(toaster, token, 'GET', 'destinations');
    return items.length === 1 && items[0].id === device.id && !items[0].paused;
  };
  await until(back, 'the device to be back');
  const works = await api(toaster, token, 'POST', `destinations/${device.id}/test?wait=true`);
  assert.equal(works.outcome, 'accepted');
  assert.match(sent.at(-1).path, /-again$/);
  watched.check();
});

test('a device that is gone but does not know it is turned on by a press', WITHIN_A_MINUTE_OR_TWO, async () => {
  const [device] = (await api(toaster, token, 'GET', 'destinations')).items;
  status = 410;
  await api(toaster, token, 'POST', `destinations/${device.id}/test?wait=true`);
  const { path } = sent.at(-1);
  status = 201;
  await page.goto(`${toaster.url}/destinations`);
  await page.getByText('Nothing reaches this device at the moment.').waitFor();
  assert.equal(await page.getByText('You are notified on this device.').isVisible(), false);
  await page.getByRole('button', { name: 'Notify me on this device' }).click();
  await page.getByText('You are notified on this device.').waitFor();
  const [back, ...others] = (await api(toaster, token, 'GET', 'destinations')).items;
  assert.deepEqual([back.id, back.paused, others], [device.id, false, []]);
  await api(toaster, token, 'POST', `destinations/${device.id}/test?wait=true`);
  assert.notEqual(sent.at(-1).path, path, 'the ended subscription');
  watched.check();
});
