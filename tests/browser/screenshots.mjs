// Makes docs/home.png, the picture in the README: `node tests/browser/screenshots.mjs` after
// `cargo build` and `npm ci --prefix tests/browser`. Needs fonts that have Hangul, such as
// Debian's fonts-noto-cjk.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, startBrowser } from './harness.mjs';
import { ARTICLES, signIn, startLibrary } from './library.mjs';

const library = await startLibrary();
const browser = await startBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await signIn(page, library.toaster);
  await page.waitForLoadState('networkidle');
  // The site that the links lead to is on this machine; a picture is better with names.
  await page.evaluate((articles) => {
    for (const card of document.querySelectorAll('.card')) {
      const { host } = articles[new URL(card.querySelector('h3 a').href).pathname];
      card.querySelector('.host').lastChild.data = host;
    }
  }, ARTICLES);
  mkdirSync(join(ROOT, 'docs'), { recursive: true });
  await page.screenshot({ path: join(ROOT, 'docs/home.png') });
} finally {
  await browser.close();
  await library.stop();
}
