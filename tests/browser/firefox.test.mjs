// The flows that matter most in the other engine, where Debian's firefox-esr is there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import puppeteer from 'puppeteer-core';
import { until } from './harness.mjs';
import { NAME, PAGES, PASSWORD, startLibrary } from './library.mjs';

const FIREFOX = process.env.FIREFOX ?? 'firefox-esr';
const skip = spawnSync(FIREFOX, ['--version']).status === 0 ? false : `${FIREFOX} is not here`;
const IN_TIME = { timeout: 90_000, skip };
let library;
let browser;
let page;
let home;
const problems = [];

before(async () => {
  if (skip) return;
  library = await startLibrary();
  home = mkdtempSync(join(tmpdir(), 'toaster-firefox-'));
  const where = spawnSync('sh', ['-c', `command -v ${FIREFOX}`], { encoding: 'utf8' }).stdout.trim();
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: where, env: { ...process.env, HOME: home } });
  page = await browser.newPage();
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.setViewport({ width: 390, height: 844 });
  await open('/login');
  await page.type('[name=name]', NAME);
  await page.type('[name=password]', PASSWORD);
  await press('button.main');
});

after(async () => {
  await browser?.close();
  await library?.stop();
  if (home) rmSync(home, { recursive: true, force: true });
});

const open = (path) => page.goto(library.toaster.url + path);
const press = (selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);
const text = (selector) => page.$eval(selector, (one) => one.textContent.trim());

test('Firefox shows every page, none wider than its screen', IN_TIME, async () => {
  const wrong = [];
  for (const path of PAGES) {
    await open(path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390 || !(await page.$('h1'))) wrong.push(`${path} is ${width} wide`);
  }
  assert.deepEqual(wrong, []);
});

test('in Firefox a link is saved, found while one types, and changed with others', IN_TIME, async () => {
  await open('/');
  await page.type('#url', 'https://rye.invalid/slowly');
  await press('form[action="/bookmarks"] button.main');
  assert.match(await text('.told'), /Saved/);
  await open('/bookmarks');
  await page.type('#q', 'rye');
  await until(async () => await text('#count') === '1 link found', 'what was typed to be found');
  await page.click('.card .pick input');
  await until(async () => /\(1\)/.test(await text('[data-chosen]')), 'it to be chosen');
  await page.click('#many summary');
  await press('#many button[value=archive]');
  assert.match(await text('.told'), /1 link archived/);
  await press('.told form button');
  assert.match(await text('.told'), /as it was/);
});

test('in Firefox a reminder is set with a tap', IN_TIME, async () => {
  await open('/reminders/new?bookmark=1');
  await press('.quick:last-of-type');
  assert.match(await text('.told'), /Your reminder is set/);
});

test('Firefox finds nothing to complain about', IN_TIME, () => {
  // A page that is not there is one of those that are shown.
  assert.deepEqual(problems.filter((problem) => !/404/.test(problem)), []);
});
