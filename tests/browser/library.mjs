// A small library such as a person might have, for pictures of the pages and tests of them.

import { after, before } from 'node:test';
import {
  api, command, newHome, startBrowser, startReceiver, startSite, startToaster, until,
} from './harness.mjs';

export const NAME = 'mina';
export const PASSWORD = 'brown toast every morning';

/** Every page there is, in a library such as this one. */
export const PAGES = [
  '/', '/bookmarks', '/bookmarks?q=seoul', '/bookmarks?archived=1', '/bookmarks/1', '/bookmarks/new',
  '/folders', '/folders/1', '/tags', '/tags/1', '/reminders', '/reminders/1', '/reminders/new',
  '/destinations', '/destinations/1', '/destinations/new', '/destinations/new?kind=telegram',
  '/deliveries', '/deliveries/1', '/ashes', '/import', '/tidy', '/duplicates', '/dead-links',
  '/rules', '/rules/new', '/due/1', '/settings', '/admin', '/more', '/offline', '/about/reader', '/api/docs',
];

export const ARTICLES = {
  '/sourdough': {
    title: 'Sourdough for people who forget things',
    description: 'A loaf that waits for you, and not the other way round.',
    host: 'slowkitchen.example',
    name: 'Slow Kitchen',
    colours: ['#c9772b', '#f4d8a6'],
    folder: 'Kitchen',
  },
  '/maps': {
    title: '지도 위의 서울, 백 년의 기록',
    description: '오래된 지도에서 찾아낸 골목과 물길 이야기.',
    host: 'dosi.example',
    name: '도시산책',
    colours: ['#3c6e71', '#d9e8e3'],
    folder: '읽을거리',
  },
  '/sqlite': {
    title: 'What a single file can carry',
    description: 'On small databases that outlive the programs around them.',
    host: 'plainsystems.example',
    name: 'Plain Systems',
    colours: ['#44546a', '#c8d3e0'],
    folder: 'Work',
  },
  '/tides': {
    title: 'The quiet mathematics of tides',
    description: 'Why the sea is late by fifty minutes every day.',
    host: 'harbournotes.example',
    name: 'Harbour Notes',
    colours: ['#1f6f8b', '#bfe3ee'],
  },
  '/moss': {
    title: 'A field guide to moss in the city',
    description: 'Forty kinds within a ten minute walk.',
    host: 'smallgreen.example',
    name: 'Small Green',
    colours: ['#4b7f52', '#d5e8c8'],
  },
  '/letters': {
    title: '편지를 쓰는 사람들',
    description: '느린 소식이 다시 도착하는 방법에 대하여.',
    host: 'letters.example',
    name: '느린 우체국',
    colours: ['#a05a6c', '#f2d9df'],
    folder: '읽을거리',
  },
};

/** A running server with a person's library in it, and what it was made with. */
export async function startLibrary() {
  const site = await startSite(ARTICLES);
  const receiver = await startReceiver();
  const home = newHome();
  command(home, ['user', 'add', NAME, '--admin', '--password-stdin'], `${PASSWORD}\n`);
  const token = command(home, ['token', 'add', NAME, '--name', 'library']);
  const toaster = await startToaster(home);
  await fill((...call) => api(toaster, token, ...call), site, receiver);
  const stop = async () => {
    await toaster.stop();
    await Promise.all([site.stop(), receiver.stop()]);
    home.remove();
  };
  return { toaster, stop };
}

/** The library and the browser of a file of tests, once `useLibrary` has started them. */
export let library;
export let browser;

/**
 * Starts a library and a browser before the tests of a file, does what they have to find done, and
 * stops both after them. One hook does it all, since node runs several at once.
 */
export function useLibrary(prepare = () => {}) {
  before(async () => {
    library = await startLibrary();
    browser = await startBrowser();
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await library?.stop();
  });
}

async function fill(call, site, receiver) {
  await call('PATCH', 'me', { zone: 'Asia/Seoul' });
  const folders = new Map();
  for (const title of ['Kitchen', '읽을거리', 'Work']) {
    folders.set(title, (await call('POST', 'folders', { title })).id);
  }
  for (const [path, { folder }] of Object.entries(ARTICLES).reverse()) {
    const folder_id = folders.get(folder) ?? null;
    await call('POST', 'bookmarks', { url: `${site.url}${path}`, folder_id });
  }
  await until(async () => {
    const { items } = await call('GET', 'bookmarks');
    return items.every(({ page }) => page.state === 'ready');
  }, 'all pages to be read');
  const { items } = await call('GET', 'bookmarks');
  await call('PATCH', `bookmarks/${items.at(-1).id}`, { unread: false });

  const { id } = await call('POST', 'destinations', {
    kind: 'ntfy', name: 'My phone', server: receiver.url, topic: 'toast-for-mina',
  });
  await call('POST', `destinations/${id}/test`);
  await receiver.next();
  const weekly = (name, days, at, target) => call('POST', 'reminders', {
    name, target, schedule: { kind: 'weekly', days, at },
  });
  await weekly('Evening reading', [1, 3, 5], '21:30', { kind: 'all' });
  await weekly('Weekend cooking', [6], '10:00', { kind: 'folder', id: folders.get('Kitchen') });
}

/** Signs in by the form, as a person does. */
export async function signIn(page, toaster, name = NAME, password = PASSWORD) {
  await page.goto(`${toaster.url}/login`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${toaster.url}/`);
}
