// Whether everybody can use every page: with a screen reader, by the keyboard alone, large, on a
// narrow screen, without motion.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { startToaster, until } from './harness.mjs';
import { browser, library, PAGES, signIn, useLibrary } from './library.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LONG = { timeout: 240_000 };

useLibrary(async () => {
  const page = await newPage({});
  await page.goto(`${library.toaster.url}/bookmarks/1`);
  await page.getByLabel('Tags').fill('slow bread');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.context().close();
});

/** A page of a browser of its own in which somebody is signed in. */
async function newPage(options) {
  const viewport = { width: 390, height: 844 };
  const context = await browser.newContext({ locale: 'en-GB', viewport, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await signIn(page, library.toaster);
  return page;
}

const open = (page, path) => page.goto(library.toaster.url + path);

/** What axe finds wrong, a line each; by all its rules, or by those that are named. */
async function flaws(page, runOnly) {
  const { violations } = await page.evaluate((rules) =>
    // Which is a rule of WCAG 2.2 and has to be asked for.
    axe.run(rules ? { runOnly: rules } : { rules: { 'target-size': { enabled: true } } }), runOnly);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${target.join(' ')} ${any[0]?.message ?? ''}`));
}

for (const width of [390, 1280]) {
  test(`axe finds nothing wrong in either theme, ${width} wide`, LONG, async () => {
    const page = await newPage({ viewport: { width, height: 844 }, reducedMotion: 'reduce' });
    const found = [];
    const look = async (address) => {
      await page.goto(address);
      await page.evaluate(AXE);
      // What is folded away is looked at as well.
      await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
      const path = new URL(address).pathname;
      await page.emulateMedia({ colorScheme: 'light' });
      found.push(...(await flaws(page)).map((flaw) => `${path} ${flaw}`));
      // Themes differ in nothing but colours.
      await page.emulateMedia({ colorScheme: 'dark' });
      found.push(...(await flaws(page, ['color-contrast'])).map((flaw) => `${path}, dark: ${flaw}`));
    };
    for (const path of PAGES) await look(library.toaster.url + path);
    await page.context().clearCookies();
    await look(`${library.toaster.url}/login`);
    const fresh = await startToaster();
    await look(await fresh.setUpUrl());
    await fresh.stop();
    fresh.home.remove();
    await page.context().close();
    assert.deepEqual(found, []);
  });
}

test('no page is moved sideways on a screen of 320 pixels, or on one of 1280 at 400 %', LONG, async () => {
  // Which is the same to a page: a quarter of the pixels, each four times as large.
  const page = await newPage({ viewport: { width: 320, height: 256 } });
  const wide = [];
  for (const path of PAGES) {
    await open(page, path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) wide.push(`${path} is ${width} wide`);
  }
  await page.context().close();
  assert.deepEqual(wide, []);
});

test('no page is moved sideways when its text is twice as large', LONG, async () => {
  const page = await newPage({ viewport: { width: 640, height: 800 } });
  const wide = [];
  for (const path of PAGES) {
    await open(page, path);
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 640) wide.push(`${path} is ${width} wide`);
  }
  await page.context().close();
  assert.deepEqual(wide, []);
});

/** What has the focus, and whether it is seen to have it and not hidden behind the bar. */
const focus = () => {
  const one = document.activeElement;
  const drawn = [one, one.closest('.chip')].filter(Boolean)
    .some((each) => getComputedStyle(each).outlineStyle !== 'none');
  const { top, bottom } = one.getBoundingClientRect();
  const bar = document.querySelector('.bar')?.getBoundingClientRect();
  const isBelow = innerWidth < 600 && bar && !one.closest('.bar') && top >= bar.top;
  const name = `${one.localName} ${(one.textContent || one.name || one.id).trim().slice(0, 30)}`;
  return { name, drawn, hidden: isBelow || bottom <= 0 || top >= innerHeight, isEnd: one === document.body };
};

test('the focus is seen wherever the Tab key leads', LONG, async () => {
  for (const width of [390, 1280]) {
    const page = await newPage({ viewport: { width, height: 700 } });
    const wrong = [];
    for (const path of ['/', '/bookmarks', '/bookmarks/new', '/folders', '/reminders/new', '/settings']) {
      await open(page, path);
      for (let n = 0; n < 100; n += 1) {
        await page.keyboard.press('Tab');
        const { name, drawn, hidden, isEnd } = await page.evaluate(focus);
        if (isEnd) break;
        if (!drawn || hidden) wrong.push(`${width} ${path} ${name}: ${drawn ? 'hidden' : 'not drawn'}`);
      }
    }
    await page.context().close();
    assert.deepEqual(wrong, []);
  }
});

test('nothing moves for those who want no motion', LONG, async () => {
  const page = await newPage({ reducedMotion: 'reduce' });
  for (const path of ['/', '/bookmarks', '/reminders/new']) {
    await open(page, path);
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((one) => {
      const { animationName, transitionDuration } = getComputedStyle(one);
      return animationName !== 'none' || transitionDuration !== '0s';
    }).map((one) => one.outerHTML.slice(0, 80)));
    assert.deepEqual(moving, [], path);
  }
  await page.context().close();
});

test('a link is saved, a reminder set and a link read by the keyboard alone', LONG, async () => {
  const page = await newPage({ viewport: { width: 1280, height: 800 } });
  const active = () => page.evaluate(() => {
    const one = document.activeElement;
    return `${one.textContent} ${one.labels?.[0]?.textContent ?? ''} ${one.value ?? ''}`;
  });
  /** Presses Tab until what is wanted has the focus. */
  const reach = async (wanted) => {
    for (let n = 0; n < 150; n += 1) {
      await page.keyboard.press('Tab');
      if (wanted.test(await active())) return;
    }
    assert.fail(`${wanted} is out of reach`);
  };
  await page.keyboard.press('Tab');
  assert.match(await active(), /Skip to the content/);
  await page.keyboard.press('Enter');
  await reach(/Save a link/);
  await page.keyboard.type('https://keyboard.invalid/');
  await page.keyboard.press('Enter');
  await page.getByText('Saved. Its page is being read now.').waitFor();

  await reach(/^\s*Reminders/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/reminders');
  await reach(/(New|Set a|Add a) reminder/);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/reminders/new');
  await reach(/^\s*Mon/);
  await page.keyboard.press('Space');
  await reach(/^Set the reminder/);
  await page.keyboard.press('Enter');
  await page.getByText('Your reminder is set.').waitFor();

  await reach(/^\s*Home/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${library.toaster.url}/`);
  await reach(/Mark read.*keyboard\.invalid/s);
  await page.keyboard.press('Enter');
  await until(async () => await page.locator('.card', { hasText: 'keyboard.invalid' }).count() === 0, 'it to be read');
  await page.context().close();
});
