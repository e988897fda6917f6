// Changing several links at once, and dragging links and folders, in a real browser.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { SHOTS, watch } from './harness.mjs';
import { browser, library, signIn, useLibrary } from './library.mjs';

const IN_TIME = { timeout: 60_000 };
useLibrary();

async function open(path, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const watched = watch(context, library.toaster.url);
  const page = await context.newPage();
  await signIn(page, library.toaster);
  await page.goto(`${library.toaster.url}${path}`);
  return { context, page, watched };
}

const boxes = (page) => page.locator('.pick input');
const notice = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

test('a range is chosen with Shift, none with Escape, and all of it is changed', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks');
  const summary = page.locator('#many summary');
  await boxes(page).nth(0).check();
  await boxes(page).nth(3).click({ modifiers: ['Shift'] });
  await summary.filter({ hasText: 'Change those chosen (4)' }).waitFor();
  await page.keyboard.press('Escape');
  await summary.filter({ hasText: 'Change several' }).waitFor();
  assert.equal(await page.locator('.pick :checked').count(), 0);

  await boxes(page).nth(0).check();
  await boxes(page).nth(1).check();
  await summary.click();
  await page.getByLabel('Tags', { exact: true }).fill('picnic');
  await page.getByRole('button', { name: 'Add tags' }).click();
  await notice(page, '2 links tagged.');
  assert.equal(await page.getByRole('link', { name: '#picnic' }).count(), 2);
  watched.check();
  await context.close();
});

test('a whole search is changed after a question', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks?q=%23picnic');
  await page.locator('#many summary').click();
  await page.getByLabel('Everything in this list').check();
  await page.getByRole('button', { name: 'Favourite', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Make 2 links favourites?' }).waitFor();
  await page.getByRole('button', { name: 'Yes, all of them' }).click();
  await notice(page, '2 links made favourites.');
  assert.equal(await page.locator('.card .star').count(), 2);
  watched.check();
  await context.close();
});

test('links are dragged onto a folder, with those that are chosen', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks?q=%23picnic');
  await page.goto(`${library.toaster.url}/bookmarks`);
  const picnic = page.locator('.card', { hasText: '#picnic' });
  await picnic.nth(0).locator('.pick input').check();
  await picnic.nth(1).locator('.pick input').check();
  await picnic.nth(0).dragTo(page.locator('#filters [data-folder]', { hasText: 'Work' }));
  await notice(page, '2 links moved.');
  await page.locator('#filters [data-folder]', { hasText: 'Work' }).click();
  assert.equal(await page.locator('.card', { hasText: '#picnic' }).count(), 2);
  watched.check();
  await context.close();
});

test('folders are dragged into their order and into one another', IN_TIME, async () => {
  const { context, page, watched } = await open('/folders');
  const rows = page.locator('[data-row]');
  const names = () => page.locator('[data-row] .folder').allInnerTexts();
  const row = (name) => rows.filter({ hasText: name });
  const drag = async (name, onto, part) => {
    const { width, height } = await row(onto).boundingBox();
    await row(name).dragTo(row(onto), {
      sourcePosition: { x: 300, y: 10 },
      targetPosition: { x: width / 2, y: height * part },
    });
    await notice(page, 'Your changes are saved.');
  };
  const before = await names();
  assert.deepEqual(before, ['Kitchen', '읽을거리', 'Work']);
  await drag('Work', 'Kitchen', 0.1);
  assert.deepEqual(await names(), ['Work', 'Kitchen', '읽을거리']);
  await drag('Work', 'Kitchen', 0.9);
  assert.deepEqual(await names(), ['Kitchen', 'Work', '읽을거리']);
  await drag('읽을거리', 'Kitchen', 0.5);
  assert.match((await names())[1], /읽을거리\s+in Kitchen/);
  watched.check();
  await context.close();
});

test('without script boxes are ticked and the form is sent', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks', { javaScriptEnabled: false });
  const count = await page.locator('.card').count();
  await boxes(page).nth(0).check();
  await page.locator('#many summary').click();
  await page.locator('#many').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Delete 1 link?' }).waitFor();
  await page.getByRole('button', { name: 'Yes, delete them' }).click();
  await notice(page, '1 link deleted.');
  assert.equal(await page.locator('.card').count(), count - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await notice(page, '1 link is as it was.');
  assert.equal(await page.locator('.card').count(), count);
  watched.check();
  await context.close();
});

test('what was archived or deleted is back where it was, once', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks');
  const titles = () => page.locator('.card h3').allInnerTexts();
  const before = await titles();
  const first = page.locator('.card').first();
  const undo = page.getByRole('button', { name: 'Undo' });
  await first.getByRole('button', { name: /^Archive/ }).click();
  await notice(page, '1 link archived.');
  assert.deepEqual(await titles(), before.slice(1));
  await undo.click();
  await notice(page, '1 link is as it was.');
  assert.deepEqual(await titles(), before);

  await first.locator('summary', { hasText: 'Delete' }).click();
  await first.getByRole('button', { name: 'Yes, delete it' }).click();
  await notice(page, '1 link deleted.');
  assert.deepEqual(await titles(), before.slice(1));
  await undo.click();
  await notice(page, '1 link is as it was.');
  assert.deepEqual(await titles(), before);

  await page.goBack();
  await undo.click();
  await notice(page, 'That cannot be undone any more.');
  watched.check();
  await context.close();
});

test('all links of a page are chosen with one button', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks');
  const all = await boxes(page).count();
  await boxes(page).nth(0).check();
  await page.locator('#many summary').click();
  await page.getByRole('button', { name: 'Choose all on this page' }).click();
  await page.locator('#many summary').filter({ hasText: `(${all})` }).waitFor();
  await page.getByRole('button', { name: 'Choose none' }).click();
  assert.equal(await page.locator('.pick :checked').count(), 0);
  watched.check();
  await context.close();
});

test('a reminder is set from the list of a tag', IN_TIME, async () => {
  const { context, page, watched } = await open('/bookmarks?tag=picnic');
  await page.getByRole('heading', { name: '#picnic', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Remind me' }).click();
  assert.equal(await page.getByLabel('Remind me of').locator(':checked').innerText(), 'Tag: #picnic');
  await page.getByRole('button', { name: 'Set the reminder' }).click();
  await page.getByText('What is unread with #picnic').first().waitFor();
  watched.check();
  await context.close();
});

test('it looks right on a phone and on a desk, by day and by night', IN_TIME, async () => {
  mkdirSync(SHOTS, { recursive: true });
  for (const [name, viewport, colorScheme] of [
    ['phone', { width: 390, height: 844 }, 'light'],
    ['desk', { width: 1280, height: 800 }, 'dark'],
  ]) {
    const { context, page } = await open('/bookmarks', { viewport, colorScheme });
    await boxes(page).nth(0).check();
    await boxes(page).nth(1).check();
    await page.screenshot({ path: join(SHOTS, `several-${name}.png`) });
    await page.locator('#many summary').click();
    await page.screenshot({ path: join(SHOTS, `several-open-${name}.png`) });
    await page.locator('#many').getByRole('button', { name: 'Archive' }).click();
    await notice(page, '2 links archived.');
    await page.screenshot({ path: join(SHOTS, `told-${name}.png`) });
    await page.getByRole('button', { name: 'Undo' }).click();
    await notice(page, '2 links are as they were.');
    await page.goto(`${library.toaster.url}/bookmarks?tag=picnic`);
    await page.screenshot({ path: join(SHOTS, `tagged-${name}.png`) });
    await page.goto(`${library.toaster.url}/tags/1`);
    await page.screenshot({ path: join(SHOTS, `tag-${name}.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
    await context.close();
  }
});
