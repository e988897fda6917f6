// What a person does, from the set-up address on, in a real browser.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, afterEach, before } from 'node:test';
import { CAN_BURN, SHOTS, burn, startBrowser, startReceiver, startSite, startToaster, until, watch } from './harness.mjs';
import { NAME, PASSWORD, signIn, startLibrary } from './library.mjs';

const SLOW = { delay: 600 }; // Long enough to be seen while it is still being read.
const ARTICLES = {
  '/toast': { title: 'How to brown bread evenly', description: 'Patience.', ...SLOW },
  '/seoul': { title: '서울의 오래된 빵집', description: '골목 끝에서.', ...SLOW },
  '/plain': { title: 'A page without script', description: 'Still a page.', ...SLOW },
};
const IN_TIME = { timeout: 60_000 };

let site;
let receiver;
let toaster;
let browser;
/** The signed-in browser of most tests: its page, and what is watched of it. */
let page;
let watched;

before(async () => {
  site = await startSite(ARTICLES);
  receiver = await startReceiver();
  toaster = await startToaster();
  browser = await startBrowser();
  const context = await newContext();
  watched = watch(context, toaster.url);
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  const code = await toaster?.stop();
  toaster?.home.remove();
  await site?.stop();
  await receiver?.stop();
  if (toaster) assert.equal(code, 0, 'the server stops cleanly');
});

afterEach(() => watched?.check());

async function newContext(options = {}) {
  const context = await browser.newContext({
    locale: 'en-GB', timezoneId: 'Asia/Seoul', viewport: { width: 1280, height: 800 }, ...options,
  });
  context.setDefaultTimeout(10_000);
  return context;
}

const open = (path) => page.goto(`${toaster.url}${path}`);
const press = (name, where = page) => where.getByRole('button', { name, exact: true }).click();
/** The card of a link in a list. */
const card = (title, where = page) => where.locator('.card', { hasText: title });

/** Saves a link by the form. */
async function save(url, where = page) {
  await where.goto(`${toaster.url}/bookmarks/new`);
  await where.getByLabel('Address').fill(url);
  await where.getByRole('button', { name: 'Save', exact: true }).click();
}

test('the first account is made at the printed address', IN_TIME, async () => {
  const address = await toaster.setUpUrl();
  await page.goto(address);
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'Asia/Seoul');
  await page.getByLabel('Your name').fill(NAME);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Make my account');
  await page.waitForURL(`${toaster.url}/`);
  watched.expect(/console: .*404/);
  assert.equal((await page.goto(address)).status(), 404);
});

test('a person signs out and in again, and a wrong password is told', IN_TIME, async () => {
  await open('/more');
  await press('Sign out');
  await page.waitForURL('**/login');
  watched.expect(/console: .*422/);
  await page.getByLabel('Name').fill(NAME);
  await page.getByLabel('Password').fill('burnt');
  await press('Sign in');
  await page.getByText('The name or the password is wrong').waitFor();
  await signIn(page, toaster);
});

test('a saved link gets its title and picture without a reload', IN_TIME, async () => {
  await save(`${site.url}/toast`);
  let navigations = 0;
  page.on('framenavigated', () => { navigations += 1; });
  const found = card('How to brown bread evenly');
  await found.waitFor();
  for (const name of ['.picture img', '.site']) {
    const picture = found.locator(name);
    await until(() => picture.evaluate((img) => img.naturalWidth > 0), name);
    const source = await picture.getAttribute('src');
    assert.match(source, /^\/bookmarks\/\d+\/(picture|icon)\?v=/, 'ours and nobody else\'s');
  }
  assert.equal(navigations, 0);
  assert.ok(site.asked.includes('/toast.png'));
});

const edit = async (title) => {
  await open('/bookmarks');
  await card(title).getByRole('link', { name: /^Edit/ }).click();
};

test('a link is retitled and read', IN_TIME, async () => {
  await edit('How to brown bread');
  await page.getByLabel('Your title').fill('Toast, evenly');
  await press('Save changes');
  await page.getByText('Your changes are saved.').waitFor();

  await open('/bookmarks');
  await press(/^Mark read/, card('Toast, evenly'));
  await card('Toast, evenly').getByRole('button', { name: /^Mark unread/ }).waitFor();
  await open('/bookmarks?unread=1');
  assert.equal(await card('Toast, evenly').count(), 0);
});

test('a link is found by a word and by two syllables, and deleted', IN_TIME, async () => {
  await save(`${site.url}/seoul`);
  await card('서울의 오래된 빵집').waitFor();
  for (const [words, expected, other] of [
    ['evenly', 'Toast, evenly', '서울의 오래된 빵집'],
    ['래된', '서울의 오래된 빵집', 'Toast, evenly'],
  ]) {
    await open('/bookmarks');
    await page.getByLabel('Search your links').fill(words);
    await page.getByLabel('Search your links').press('Enter');
    await page.waitForURL('**/bookmarks?q=*');
    await card(expected).waitFor();
    assert.equal(await card(other).count(), 0);
  }

  await open('/bookmarks');
  await card('서울의 오래된 빵집').locator('summary', { hasText: 'Delete' }).click();
  await press('Yes, delete it', card('서울의 오래된 빵집'));
  await card('서울의 오래된 빵집').waitFor({ state: 'detached' });
  await open('/bookmarks');
  assert.equal(await card('서울의 오래된 빵집').count(), 0);
  await card('Toast, evenly').waitFor();
});

test('a link is filed in a new folder', IN_TIME, async () => {
  await open('/folders');
  await page.getByLabel('Title', { exact: true }).fill('Kitchen');
  await press('Create');
  await page.getByText('Created.').waitFor();

  await edit('Toast, evenly');
  await page.getByLabel('Folder', { exact: true }).selectOption({ label: 'Kitchen' });
  await press('Save changes');
  await page.getByText('Your changes are saved.').waitFor();
  await open('/bookmarks');
  await page.getByRole('link', { name: 'Kitchen' }).first().click();
  await page.getByRole('heading', { name: 'Kitchen' }).waitFor();
  await card('Toast, evenly').waitFor();
});

test('a test message reaches the receiver of a new destination', IN_TIME, async () => {
  await open('/destinations');
  await page.getByRole('link', { name: 'Add a destination' }).click();
  await page.getByRole('link', { name: /^ntfy/ }).click();
  await page.getByLabel('Name').fill('My phone');
  await page.getByLabel('Server', { exact: true }).fill(receiver.url);
  await page.getByLabel('Topic', { exact: true }).fill('toast-for-mina');
  await press('Save and send a test');
  const push = await receiver.next(({ body }) => body.topic === 'toast-for-mina');
  assert.match(push.body.title, /Toaster/);
  await page.locator('.badge.delivered').waitFor(); // By itself, without a reload.
});

test('a destination is changed, and its secrets stay where they were', IN_TIME, async () => {
  await open('/destinations');
  await page.getByRole('link', { name: 'My phone', exact: true }).click();
  assert.equal(await page.getByLabel('Topic', { exact: true }).inputValue(), '');
  await page.getByLabel('Name').fill('My tablet');
  await press('Save and send a test');
  await receiver.next(({ body }) => body.topic === 'toast-for-mina');
  await page.locator('.badge.delivered').waitFor();
  await page.getByText('My tablet').first().waitFor();
});

test('what cannot be delivered is shown as a dead letter', IN_TIME, async () => {
  await open('/destinations/new?kind=webhook');
  await page.getByLabel('Name').fill('Moved away');
  await page.getByLabel('Address to post to').fill(`${receiver.url}/moved`);
  await press('Save');
  assert.match(await page.locator('#secret').textContent(), /^whsec_/);
  await press('Send a test');
  await receiver.next(({ path }) => path === '/moved');
  await page.locator('.badge.dead').waitFor();
  await page.getByText('it redirects').first().waitFor();
  await open('/deliveries?state=dead');
  await page.getByText('Moved away').waitFor();
  await open('/');
  await page.getByText('1 message could not be delivered.').waitFor();
});

test('a weekly reminder is set by the form', IN_TIME, async () => {
  await open('/reminders/new');
  await page.getByLabel('Name').fill('Evening reading');
  for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']) {
    await page.getByLabel(day, { exact: true }).setChecked(['Mon', 'Wed', 'Fri'].includes(day));
  }
  await page.getByLabel('Time', { exact: true }).fill('21:30');
  await press('Set the reminder');
  await page.getByText('Evening reading').first().waitFor();
  await page.getByText('Mon, Wed, Fri 21:30').first().waitFor();
});

const BURNING = { ...IN_TIME, skip: !CAN_BURN && 'the sqlite3 command is missing' };

test('a link that was not read in time is found in the ashes and restored', BURNING, async () => {
  await open('/settings');
  const form = page.locator('#burning');
  await form.getByLabel('Unread links turn to ash').fill('7');
  await press('Save', form);
  await page.getByText('Your changes are saved.').waitFor();

  await save(`${site.url}/seoul`);
  await card('서울의 오래된 빵집').waitFor();
  burn(toaster.home, '/seoul', true);
  await open('/');
  await page.getByText('1 link turns to ash tonight at midnight.').waitFor();
  await card('서울의 오래된 빵집').getByText('Turns to ash tonight at midnight.').waitFor();

  burn(toaster.home, '/seoul');
  await open('/bookmarks');
  assert.equal(await card('서울의 오래된 빵집').count(), 0);
  await page.getByRole('link', { name: 'Ashes', exact: true }).first().click();
  await page.getByRole('searchbox').fill('래된');
  await page.getByRole('searchbox').press('Enter');
  await page.waitForURL('**/ashes?q=*');
  await press(/^Restore/, card('서울의 오래된 빵집'));
  await page.getByText('Nothing found').waitFor();
  await open('/bookmarks');
  await card('서울의 오래된 빵집').waitFor();
});

test('without script a link is saved and its title is there after a reload', IN_TIME, async () => {
  const context = await newContext({ javaScriptEnabled: false });
  const plain = watch(context, toaster.url);
  const other = await context.newPage();
  await signIn(other, toaster);
  await save(`${site.url}/plain`, other);
  await until(async () => {
    await other.goto(`${toaster.url}/bookmarks`);
    return card('A page without script', other).count();
  }, 'the title');
  plain.check();
  await context.close();
});

const PAGES = {
  home: '/',
  links: '/bookmarks',
  search: '/bookmarks?q=%EC%84%9C%EC%9A%B8',
  nothing: '/bookmarks?q=nothing',
  link: '/bookmarks/1',
  add: '/bookmarks/new',
  folders: '/folders',
  reminders: '/reminders',
  'new-reminder': '/reminders/new',
  destinations: '/destinations',
  'kinds-of-destinations': '/destinations/new',
  'new-destination': '/destinations/new?kind=telegram',
  destination: '/destinations/1',
  deliveries: '/deliveries',
  ashes: '/ashes',
  delivery: '/deliveries/1',
  settings: '/settings',
  more: '/more',
};
/** Whether all pictures that can be seen are there; those further down are loaded later. */
const inView = () => [...document.images].every(
  (img) => img.getBoundingClientRect().top > innerHeight || img.naturalWidth > 0,
);
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

test('every page fits a phone and a desk, light and dark', { timeout: 180_000 }, async () => {
  mkdirSync(SHOTS, { recursive: true });
  const library = await startLibrary();
  if (CAN_BURN) {
    burn(library.toaster.home, '/tides');
    burn(library.toaster.home, '/moss', true);
  }
  try {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark']) {
        const context = await newContext({ viewport, colorScheme });
        const seen = watch(context, library.toaster.url);
        const shot = await context.newPage();
        await signIn(shot, library.toaster);
        for (const [name, path] of Object.entries(PAGES)) {
          const answer = await shot.goto(library.toaster.url + path);
          assert.equal(answer.status(), 200, path);
          await shot.waitForFunction(inView);
          const wide = await shot.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= viewport.width, `${name} is ${wide} wide on a ${size}`);
          await shot.screenshot({ path: join(SHOTS, `${name}-${size}-${colorScheme}.png`) });
        }
        seen.check();
        await context.close();
      }
    }
  } finally {
    await library.stop();
  }
});
