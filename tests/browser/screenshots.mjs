// Makes the pictures in the README: `node tests/browser/screenshots.mjs` after `cargo build` and
// `npm ci --prefix tests/browser`. Needs fonts that have Hangul, such as Debian's fonts-noto-cjk.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, startBrowser } from './harness.mjs';
import { ARTICLES, signIn, startLibrary } from './library.mjs';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** In the order in which they are taken, since the language stays. */
const PICTURES = [
  { name: 'home', path: '/', viewport: DESK },
  { name: 'phone', path: '/bookmarks', viewport: PHONE },
  { name: 'phone-dark', path: '/bookmarks', viewport: PHONE, colorScheme: 'dark' },
  { name: 'phone-ko', path: '/reminders/new?folder=2', viewport: PHONE, language: 'ko' },
];

const library = await startLibrary();
const browser = await startBrowser();
try {
  mkdirSync(join(ROOT, 'docs'), { recursive: true });
  for (const { name, path, viewport, colorScheme, language } of PICTURES) {
    const context = await browser.newContext({ locale: 'en-GB', viewport, colorScheme });
    const page = await context.newPage();
    await signIn(page, library.toaster);
    if (language) {
      await page.goto(`${library.toaster.url}/settings`);
      await page.locator('[name=language]').selectOption(language);
      await page.locator('form[action="/settings"] button').click();
    }
    await page.goto(library.toaster.url + path);
    await page.waitForLoadState('networkidle');
    // The site that the links lead to is on this machine; a picture is better with names.
    await page.evaluate((articles) => {
      for (const card of document.querySelectorAll('.card')) {
        const { host } = articles[new URL(card.querySelector('h3 a').href).pathname];
        card.querySelector('.host').lastChild.data = host;
      }
    }, ARTICLES);
    await page.screenshot({ path: join(ROOT, `docs/${name}.png`) });
    await context.close();
  }
} finally {
  await browser.close();
  await library.stop();
}
