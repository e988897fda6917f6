// Whether people meet their own language on every page, and nothing but it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ARTICLES, browser, library, NAME, PAGES, PASSWORD, signIn, useLibrary } from './library.mjs';

const LONG = { timeout: 120_000 };
/** The narrowest screen there is. */
const WIDTH = 320;
/** What is the same in every language: names, addresses, and what a person wrote. */
const SAME = [
  ...Object.values(ARTICLES).flatMap(({ title, description, host, name, folder }) => [title, description, host, name, folder]),
  NAME, 'Test', 'My phone', 'Evening reading', 'Weekend cooking', 'library', 'Toaster',
  // What can be typed, in any language, and what services say.
  'tomorrow 9:00 · 내일 오전 9시 · in 2 hours', '123456789:AAE…', 'example.com',
  'accepted; a server before 2.16 shows repeats twice',
].filter(Boolean);
const NAMES = /^(ntfy|Telegram|Discord|Slack|Matrix|Gotify|Apprise|UnifiedPush|Chrome.*|Webhook|RSS|English|\(HTTP \d+\)|HTTP \d+|PDF|[a-z.]+:\S*)$/;

useLibrary();

/** Everything that a page says, to the eye or to a screen reader; not what is quoted as it is. */
const said = () => {
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode;
    if (!parentElement.closest('code, pre, script, style, datalist, [name=zone]')) found.push(data);
  }
  for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
    for (const one of document.querySelectorAll(`[${name}]`)) found.push(one.getAttribute(name));
  }
  return found.map((text) => text.trim().replaceAll(/\s+/g, ' ')).filter((text) => /[A-Za-z]{2}/.test(text));
};

/** What pages say, by their paths. */
async function read(page) {
  const texts = new Map();
  // The reference of the API is in English, as the API is; the owners of sites are not signed in.
  for (const path of PAGES.filter((one) => !['/api/docs', '/about/reader'].includes(one))) {
    await page.goto(library.toaster.url + path);
    texts.set(path, await page.evaluate(said));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= WIDTH, `${path} is ${width} wide`);
  }
  return texts;
}

test('no page says anything in English to somebody who chose another language', LONG, async () => {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: WIDTH, height: 640 } });
  const page = await context.newPage();
  await signIn(page, library.toaster);
  const english = await read(page);
  for (const [language, name] of [['ko', '한국어'], ['ja', '日本語']]) {
    await page.goto(`${library.toaster.url}/settings`);
    await page.locator('select[name=language]').selectOption({ label: name });
    await page.locator('form[action="/settings"] button').click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    const left = [];
    for (const [path, texts] of await read(page)) {
      const others = new Set(english.get(path));
      for (const text of new Set(texts)) {
        const own = SAME.reduce((rest, word) => rest.replaceAll(word, ''), text);
        if (others.has(text) && /[A-Za-z]{3}/.test(own) && !NAMES.test(own.replace('·', '').trim())) left.push(`${path}: ${text}`);
      }
    }
    assert.deepEqual(left, [], name);
  }
  await page.context().close();
});

test('somebody who is not signed in is met in what their browser asks for', LONG, async () => {
  for (const [locale, heading] of [['ko-KR', '로그인'], ['ja-JP', 'ログイン'], ['de-DE', 'Sign in']]) {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    await page.goto(`${library.toaster.url}/login`);
    assert.equal(await page.locator('h1').textContent(), heading);
    await page.locator('[name=name]').fill(NAME);
    await page.locator('[name=password]').fill(`not ${PASSWORD}`);
    await page.locator('button.main').click();
    assert.equal(await page.locator('[role=alert]').count(), 1);
    await context.close();
  }
});

test('in Korean, without script, a link is saved, archived, back again and comes back in the morning', LONG, async () => {
  const context = await browser.newContext({ locale: 'ko-KR', javaScriptEnabled: false });
  const page = await context.newPage();
  const told = page.locator('.told');
  await page.goto(`${library.toaster.url}/login`);
  await page.getByLabel('이름').fill(NAME);
  await page.getByLabel('비밀번호').fill(PASSWORD);
  await page.getByRole('button', { name: '로그인' }).click();
  await page.goto(`${library.toaster.url}/settings`);
  await page.locator('select[name=language]').selectOption('ko');
  await page.locator('form[action="/settings"] button').click();
  await page.goto(`${library.toaster.url}/bookmarks/new`);
  await page.locator('#url').fill('https://bakery.invalid/미역국');
  await page.getByLabel('제목').fill('미역국 끓이기');
  await page.locator('button.main').click();
  await page.goto(`${library.toaster.url}/bookmarks?q=국`);
  const card = page.locator('.card').filter({ hasText: '미역국' });
  await card.getByRole('button', { name: /^보관/ }).click();
  assert.match(await told.innerText(), /링크 1개를 보관/);
  await told.getByRole('button').click();
  assert.match(await told.innerText(), /링크 1개/);
  await page.goto(`${library.toaster.url}/bookmarks?q=국`);
  await card.getByRole('link', { name: /^수정/ }).click();
  await page.locator('a[href^="/reminders/new"]').click();
  await page.locator('#words').fill('내일 오전 9시');
  await page.locator('form.stack button.main').click();
  await page.getByText(/\d+월 \d+일 \([월화수목금토일]\) 09:00, Asia\/Seoul/).waitFor();
  await page.locator('form.stack button.main').click();
  await page.getByText(/내일 09:00/).first().waitFor();
  await context.close();
});
