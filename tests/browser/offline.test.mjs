// What a person has of Toaster where the server cannot be reached: the lists that they looked at,
// and links that wait until they can be sent.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import {
  SHOTS, api, command, newHome, startBrowser, startRoad, startSite, startToaster, until, wait,
} from './harness.mjs';
import { NAME, PASSWORD, signIn } from './library.mjs';

const IN_TIME = { timeout: 60_000 };
const OTHER = 'jun';
const home = newHome();

let toaster;
let site;
let browser;
/** What the browser takes for the server, so that answers can get lost between them. */
let road;
let context;
let page;
let token;

before(async () => {
  for (const name of [NAME, OTHER]) {
    command(home, ['user', 'add', name, '--password-stdin'], `${PASSWORD}\n`);
  }
  token = command(home, ['token', 'add', NAME, '--name', 'tests']);
  site = await startSite({ '/kept': { title: 'Kept for the train' } });
  toaster = await startToaster(home);
  road = await startRoad(toaster.url);
  browser = await startBrowser();
  context = await browser.newContext({
    locale: 'en-GB', timezoneId: 'Asia/Seoul', viewport: { width: 390, height: 844 },
  });
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  await api(toaster, token, 'POST', 'folders', { title: 'Kitchen' });
  await api(toaster, token, 'POST', 'bookmarks', { url: `${site.url}/kept` });
  await until(async () => (await links())[0].page.state === 'ready', 'its page');
  await signIn(page, road);
});

after(async () => {
  await browser?.close();
  await road?.stop();
  await toaster?.stop();
  await site?.stop();
  home.remove();
});

const open = (path) => page.goto(`${road.url}${path}`);
const press = (name) => page.getByRole('button', { name, exact: true }).click();
const links = async () => (await api(toaster, token, 'GET', 'bookmarks')).items;
const addresses = async () => (await links()).map(({ url }) => url);

const waiting = (count) =>
  page.getByRole('heading', { name: `Waiting to be sent (${count})` }).waitFor();

/** The addresses of the pages that the browser keeps, by whose they are. */
const kept = () => page.evaluate(async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const all = await (await caches.open(name)).keys();
    found[name] = all.map(({ url }) => url.slice(location.origin.length)).sort();
  }
  return found;
});
const keptPages = async () => Object.entries(await kept())
  .filter(([name]) => name.startsWith('pages-')).flatMap(([, all]) => all);
const isKept = (path) => until(async () => (await keptPages()).includes(path), `${path} to be kept`);

async function save(url) {
  await open('/bookmarks/new');
  await page.getByLabel('Address').fill(url);
  await press('Save');
}

/** Pictures of the page, as a phone and a desk have it, by day and by night. */
async function shoot(name) {
  mkdirSync(SHOTS, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
}

test('lists that were looked at open offline, and say as of when they are', IN_TIME, async () => {
  for (const path of ['/', '/bookmarks/new']) await isKept(path);
  for (const path of ['/bookmarks', '/folders', '/reminders', '/bookmarks?folder=1', '/settings']) {
    await open(path);
    assert.equal(await page.locator('#away').isVisible(), false);
  }
  await isKept('/bookmarks?folder=1');
  await context.setOffline(true);
  await open('/bookmarks');
  await page.getByText(/^You are offline, or the server is away\. .* as of \d\d:\d\d\.$/).waitFor();
  await page.getByRole('link', { name: 'Kept for the train' }).first().waitFor();
  await shoot('offline-list');
  for (const path of ['/', '/folders', '/reminders', '/bookmarks?folder=1']) {
    await open(path);
    await page.locator('#away').waitFor();
    assert.notEqual(await page.evaluate(() => document.styleSheets.length), 0, path);
  }
});

test('a page that was not kept says so and leads to those that were', IN_TIME, async () => {
  await open('/settings');
  await page.getByRole('heading', { name: 'You are offline' }).waitFor();
  await shoot('offline-page');
  await page.getByRole('link', { name: 'Folders', exact: true }).click();
  await page.getByRole('heading', { name: 'Folders' }).waitFor();
  await open('/bookmarks');
  await press(/^Mark read/);
  await page.getByText('If you just pressed a button').waitFor();
});

test('two links added offline are sent once, in order, though an answer is lost', IN_TIME, async () => {
  await page.goto(`${road.url}/`);
  await page.getByLabel('Save a link').fill('https://one.invalid/');
  await press('Save');
  await waiting(1);
  // As a phone shares it: the address in the text.
  await open(`/bookmarks/new?title=Two&text=${encodeURIComponent('see https://two.invalid/')}`);
  await until(async () => /two/.test(await page.getByLabel('Address').inputValue()), 'what is shared');
  await page.getByLabel('Tags').fill('train, to read');
  await press('Save');
  await waiting(2);
  await shoot('unsent');
  await open('/');
  await page.getByRole('link', { name: 'Waiting to be sent (2)' }).waitFor();

  const sent = [];
  road.lose = ({ method, url, headers }) => {
    if (method !== 'POST' || url !== '/api/v1/bookmarks') return false;
    sent.push(headers['idempotency-key']);
    return sent.length === 1;
  };
  await context.setOffline(false);
  await until(async () => (await addresses()).length >= 2, 'the first one');
  await open('/bookmarks/new');
  await until(async () => (await addresses()).length === 3, 'both');
  assert.deepEqual((await addresses()).slice(0, 2), ['https://two.invalid/', 'https://one.invalid/']);
  assert.deepEqual((await links())[0].tags, ['to-read', 'train']);
  await page.locator('#unsent').waitFor({ state: 'hidden' });
  assert.equal(sent[0], sent[1], 'what got no answer is sent under the same key');
  assert.equal(new Set(sent).size, 2);
});

test('a link that the server refuses is shown with the reason, and edited or dropped', IN_TIME, async () => {
  await isKept('/bookmarks/new');
  await context.setOffline(true);
  for (const bad of ['javascript:alert(1)', 'no address at all']) await save(bad);
  await waiting(2);
  await context.setOffline(false);
  await open('/bookmarks/new');
  await until(async () => await page.getByText('Not saved: ').count() === 2, 'both reasons');
  await shoot('refused');
  await press('Drop no address at all');
  await page.getByRole('link', { name: 'Edit javascript:alert(1)' }).click();
  await until(async () => await page.getByLabel('Address').inputValue() === 'javascript:alert(1)', 'it');
  await page.getByLabel('Address').fill('https://three.invalid/');
  await press('Save');
  await page.waitForURL('**/?done=saved');
  assert.equal((await addresses())[0], 'https://three.invalid/');
  assert.equal(await page.locator('#unsent-note').isVisible(), false);
});

test('a server that is away is as good as none, and one that is back is asked again', IN_TIME, async () => {
  await isKept('/bookmarks/new');
  await toaster.stop();
  await open('/folders');
  await page.locator('#away').waitFor();
  await save('https://four.invalid/');
  await waiting(1);
  toaster = await startToaster(home);
  road.to = toaster.url;
  await open('/folders');
  assert.equal(await page.locator('#away').isVisible(), false);
  await until(async () => (await addresses())[0] === 'https://four.invalid/', 'the link');
});

test('a new version takes over on the next page, and what was kept is kept anew', IN_TIME, async () => {
  const before = await keptPages();
  road.rewrite = ({ url }, body) =>
    url === '/sw.js' ? String(body).replace('const VERSION = "', 'const VERSION = "next.') : body;
  await open('/folders');
  // Browsers look for one by themselves once they have nothing else to do after a navigation.
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await until(async () => {
    const names = Object.keys(await kept());
    return names.length === 2 && names.every((name) => name.includes('-next.'));
  }, 'the next version alone');
  await until(async () => (await keptPages()).length === before.length, 'all pages');
  assert.deepEqual(await keptPages(), before);
});

test('the app shows how many links wait, and none once they are read', IN_TIME, async () => {
  const [worker] = context.serviceWorkers().slice(-1);
  await worker.evaluate(() => {
    self.counts = [];
    self.navigator.setAppBadge = async (count) => { self.counts.push(count); };
  });
  const shown = (count) => until(() => worker.evaluate((count) => self.counts.at(-1) === count, count), count);
  await open('/');
  await shown((await links()).length);
  await open('/bookmarks');
  await page.getByRole('button', { name: /^Mark read/ }).first().click();
  await shown((await links()).length - 1);
  for (const { id } of await links()) {
    await api(toaster, token, 'PATCH', `bookmarks/${id}`, { unread: false });
  }
  await open('/');
  await shown(0);
});

test('nothing secret is kept, and no more than some pages are', IN_TIME, async () => {
  for (let n = 0; n < 25; n += 1) await open(`/bookmarks?q=${n}`);
  await isKept('/bookmarks?q=24');
  const all = await keptPages();
  assert.equal(all.filter((path) => !['/', '/bookmarks/new'].includes(path)).length, 20);
  for (const path of ['/settings', '/destinations', '/login']) await open(path);
  await wait(300);
  const found = (await keptPages()).filter((path) => !/^\/(bookmarks|folders|reminders|$)/.test(path));
  assert.deepEqual(found, []);
});

test('who signs out is asked about links that wait, and leaves nothing behind', IN_TIME, async () => {
  await isKept('/bookmarks/new');
  await context.setOffline(true);
  await save('javascript:alert(2)');
  await context.setOffline(false);
  await open('/settings');
  const signOut = async (answer) => {
    const asked = new Promise((done) => {
      page.once('dialog', (dialog) => dialog[answer]().then(done));
    });
    await Promise.all([asked, press(`Sign out ${NAME}`)]);
  };
  await signOut('dismiss');
  await page.getByRole('link', { name: 'Waiting to be sent (1)' }).waitFor();
  await signOut('accept');
  await page.waitForURL(/\/login$/);
  assert.deepEqual(await keptPages(), []);
  const databases = await page.evaluate(() => indexedDB.databases());
  assert.deepEqual(databases, []);
});

test('whoever signs in next sees nothing of who was here before', IN_TIME, async () => {
  await signIn(page, road);
  for (const path of ['/', '/bookmarks/new']) await isKept(path);
  await context.setOffline(true);
  await save('https://mina.invalid/');
  await waiting(1);
  await context.clearCookies(); // Their session ends without their doing.
  await context.setOffline(false);
  await open('/bookmarks');
  await page.waitForURL(/\/login/);
  await until(async () => (await keptPages()).length === 0, 'her pages to go');
  await signIn(page, road, OTHER);
  await isKept('/bookmarks/new');
  await open('/bookmarks/new');
  await wait(300);
  assert.equal(await page.locator('#unsent').isVisible(), false);
  assert.ok(!(await addresses()).includes('https://mina.invalid/'));
  await context.clearCookies();
  await signIn(page, road);
  await until(async () => (await addresses()).includes('https://mina.invalid/'), 'her link');
});
