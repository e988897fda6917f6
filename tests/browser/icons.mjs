// Draws the pictures of the app from static/icon.svg: `node tests/browser/icons.mjs` after
// `npm ci --prefix tests/browser`, whenever that file has changed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, startBrowser } from './harness.mjs';

const GROUND = '#faf5ec';
const drawing = readFileSync(join(ROOT, 'static/icon.svg'), 'utf8');
const [crust, , ribbon] = [...drawing.matchAll(/ d="([^"]+)"/g)].map(([, path]) => path);
// One colour, of which systems take the shape alone: the slice, with the ribbon cut out.
const shape = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><path fill-rule="evenodd" d="${crust}${ribbon}"/></svg>`;

/** Each file, its size, what is drawn and how much of it, and what it lies on. */
const ICONS = [
  ['icon-180.png', 180, drawing, 0.75, GROUND],
  ['icon-192.png', 192, drawing, 1],
  ['icon-512.png', 512, drawing, 1],
  // Systems cut this one to a shape of their own, and leave a circle of four fifths at least.
  ['icon-maskable.png', 512, drawing, 0.66, GROUND],
  ['icon-mono.png', 192, shape, 1],
];

const browser = await startBrowser();
try {
  const page = await browser.newPage();
  for (const [name, size, svg, share, ground = 'transparent'] of ICONS) {
    await page.setViewportSize({ width: size, height: size });
    const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    await page.setContent(`<body style="margin:0;height:100vh;display:grid;place-items:center;background:${ground}">
      <img src="${source}" style="width:${100 * share}%">`);
    await page.locator('img').evaluate((img) => img.decode());
    await page.screenshot({ path: join(ROOT, 'static', name), omitBackground: true });
  }
} finally {
  await browser.close();
}
