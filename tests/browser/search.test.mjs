// Searching while one types, in a real browser, and the same without script.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { SHOTS, watch } from './harness.mjs';
import { browser, library, signIn, useLibrary } from './library.mjs';

const IN_TIME = { timeout: 60_000 };
useLibrary();

async function openLinks(options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const watched = watch(context, library.toaster.url);
  const page = await context.newPage();
  await signIn(page, library.toaster);
  await page.goto(`${library.toaster.url}/bookmarks`);
  return { context, page, watched };
}

const titles = (page) => page.locator('.card h3').allInnerTexts();

test('what is typed is found at once, in any script, and the focus stays', IN_TIME, async () => {
  const { context, page, watched } = await openLinks();
  const field = page.getByLabel('Search your links');
  const count = page.getByRole('status').filter({ hasText: 'found' });
  await field.pressSequentially('dough', { delay: 30 });
  await count.filter({ hasText: '1 link found' }).waitFor();
  assert.deepEqual(await titles(page), ['Sourdough for people who forget things']);
  assert.equal(await page.locator('.card h3 mark').innerText(), 'dough');
  assert.ok(await field.evaluate((element) => element === document.activeElement));
  assert.match(page.url(), /[?&]q=dough/);
  await field.fill('밥');
  await count.filter({ hasText: '0 links found' }).waitFor();
  await page.getByText('Nothing found').waitFor();
  await field.fill('울');
  await count.filter({ hasText: '1 link found' }).waitFor();
  await field.fill('the is:unread ');
  await field.pressSequentially('-fol');
  const option = page.locator('#operators option').first();
  assert.equal(await option.getAttribute('value'), 'the is:unread is:unread');
  await field.fill('');
  await page.locator('.card').nth(5).waitFor();
  assert.equal(await page.locator('#count').innerText(), '');
  await field.fill('folder:"읽을거리"');
  await count.filter({ hasText: '2 links found' }).waitFor();
  await page.locator('#filters').getByRole('link', { name: /Unread/ }).click();
  await page.waitForURL(/unread=1/);
  watched.check();
  await context.close();
});

test('a late answer never takes the place of a newer one', IN_TIME, async () => {
  const { context, page } = await openLinks();
  const field = page.getByLabel('Search your links');
  await page.route(/q=sour$/, async (route) => {
    await new Promise((done) => { setTimeout(done, 1_200); });
    await route.continue().catch(() => {});
  });
  await field.fill('sour');
  await page.waitForTimeout(400);
  await field.fill('moss');
  await page.locator('#count', { hasText: '1 link found' }).waitFor();
  await page.waitForTimeout(1_500);
  assert.deepEqual(await titles(page), ['A field guide to moss in the city']);
  await context.close();
});

test('it works without script', IN_TIME, async () => {
  const { context, page } = await openLinks({ javaScriptEnabled: false });
  await page.getByLabel('Search your links').fill('tide OR moss');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('2 links found').waitFor();
  assert.equal(await page.locator('.card mark').count() >= 2, true);
  await context.close();
});

test('it looks right on a phone and on a desk, by day and by night', IN_TIME, async () => {
  mkdirSync(SHOTS, { recursive: true });
  for (const [width, height] of [[390, 844], [1280, 800]]) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page } = await openLinks({ viewport: { width, height }, colorScheme });
      const field = page.getByLabel('Search your links');
      await field.fill('a OR 의');
      await page.getByRole('status').filter({ hasText: 'found' }).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.ok(!wide, 'nothing sticks out');
      await page.screenshot({ path: join(SHOTS, `search-${width}-${colorScheme}.png`) });
      await context.close();
    }
  }
});
