// Saving links from wherever they are, going through many of them, and being reminded of one
// with a tap.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { api, command, newHome, startBrowser, startToaster, until, watch } from './harness.mjs';
import { NAME, PASSWORD, signIn } from './library.mjs';

const IN_TIME = { timeout: 60_000 };
const LINKS = 300;
let home;
let toaster;
let browser;
let token;

before(async () => {
  home = newHome();
  command(home, ['user', 'add', NAME, '--password-stdin'], `${PASSWORD}\n`);
  token = command(home, ['token', 'add', NAME, '--name', 'library']);
  toaster = await startToaster(home);
  for (let n = 0; n < LINKS; n += 1) {
    await api(toaster, token, 'POST', 'bookmarks', { url: `https://bread.invalid/${n}`, title: `Loaf ${n}`, fetch: false });
  }
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await toaster?.stop();
  home?.remove();
});

async function newPage(options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 }, ...options });
  context.setDefaultTimeout(10_000);
  const watched = watch(context, toaster.url);
  const page = await context.newPage();
  await signIn(page, toaster);
  return { context, page, watched };
}

const open = (page, path) => page.goto(toaster.url + path);

test('a list goes on as one scrolls, as far as a browser can bear, and then page by page', IN_TIME, async () => {
  const { context, page, watched } = await newPage();
  await open(page, '/bookmarks');
  const cards = page.locator('.card');
  const first = await cards.count();
  const seen = new Set([first]);
  await until(async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    seen.add(await cards.count());
    return await cards.count() >= 240;
  }, 'the list to go on');
  assert.ok(seen.size > 3, [...seen].join());
  const titles = await cards.locator('h3').allInnerTexts();
  assert.deepEqual(titles, Array.from(titles, (_, n) => `Loaf ${LINKS - 1 - n}`));
  // All that came can be chosen like the rest.
  await cards.last().locator('.pick input').check();
  await page.getByText('Change those chosen (1)').waitFor();
  const { length } = titles;
  await page.getByRole('link', { name: 'Older links' }).click();
  await page.getByRole('heading', { name: `Loaf ${LINKS - 1 - length}` }).waitFor();
  await until(async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    return await page.getByRole('link', { name: 'Older links' }).count() === 0;
  }, 'the end of the list');
  assert.equal(await cards.last().locator('h3').innerText(), 'Loaf 0');
  watched.check();
  await context.close();
});

test('without script there is a button to each next page', IN_TIME, async () => {
  const { context, page } = await newPage({ javaScriptEnabled: false });
  await open(page, '/bookmarks');
  const first = await page.locator('.card').count();
  await page.getByRole('link', { name: 'Older links' }).click();
  assert.equal(await page.locator('.card h3').first().innerText(), `Loaf ${LINKS - 1 - first}`);
  await open(page, '/');
  assert.ok(await page.locator('[data-paste]').isHidden());
  await context.close();
});

test('what was copied elsewhere is offered, and pasted with a tap', IN_TIME, async () => {
  const { context, page, watched } = await newPage();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: toaster.url });
  await page.evaluate(() => navigator.clipboard.writeText('https://copied.invalid/loaf'));
  await open(page, '/');
  const paste = page.locator('[data-paste]');
  await paste.filter({ hasText: 'https://copied.invalid/loaf' }).click();
  assert.equal(await page.locator('#url').inputValue(), 'https://copied.invalid/loaf');
  await page.keyboard.press('Enter');
  await page.getByText('Saved. Its page is being read now.').waitFor();
  await page.getByRole('link', { name: 'copied.invalid' }).first().waitFor();
  await page.evaluate(() => navigator.clipboard.writeText('no address at all'));
  await open(page, '/bookmarks/new');
  assert.equal((await paste.innerText()).trim(), 'Paste');
  watched.check();
  await context.close();
});

test('the button in the bookmarks bar saves the page that is looked at', IN_TIME, async () => {
  const { context, page } = await newPage();
  await open(page, '/bookmarks/new');
  const address = await page.getByRole('link', { name: 'Save to Toaster' }).getAttribute('href');
  assert.ok(address.startsWith('javascript:'));
  const script = address.slice('javascript:'.length).replace(/'http[^']*\/bookmarks/, `'${toaster.url}/bookmarks`);
  await context.route('https://elsewhere.invalid/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>Rye & "butter"</title><h1>Rye</h1>' }));
  await page.goto('https://elsewhere.invalid/rye?a=1&b=2#crust');
  await page.evaluate(script);
  await page.waitForURL(`${toaster.url}/bookmarks/new?**`);
  assert.equal(await page.locator('#url').inputValue(), 'https://elsewhere.invalid/rye?a=1&b=2#crust');
  assert.equal(await page.locator('#title').inputValue(), 'Rye & "butter"');
  await context.close();
});

test('a reminder of a link is set in three taps, and shows what will come', IN_TIME, async () => {
  const { context, page } = await newPage();
  await open(page, '/bookmarks');
  await page.locator('.card').first().getByRole('link', { name: /^Edit/ }).click();
  await page.getByRole('link', { name: 'Remind me of this' }).click();
  await page.getByRole('heading', { name: 'What comes' }).waitFor();
  assert.match(await page.locator('.push').innerText(), /1 link waiting/);
  await page.getByRole('button', { name: 'Tomorrow morning' }).click();
  await page.getByText('Your reminder is set.').waitFor();
  const { items } = await api(toaster, token, 'GET', 'reminders');
  assert.equal(items[0].target.kind, 'bookmark');
  assert.equal(items[0].schedule.kind, 'once');
  assert.equal(items[0].schedule.at, '09:00');
  await context.close();
});
