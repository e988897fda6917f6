// Starts what a browser test needs on this machine alone: the real program with a data
// directory of its own, a small web site to save links of, a receiver of pushes and a
// browser. Everything that was started is stopped by its own process id, whatever happens.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = resolve(HERE, '../..');
export const SHOTS = join(HERE, 'shots');
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const PROGRAM = resolve(ROOT, process.env.TOASTER_BIN ?? join(TARGET, 'debug/toaster'));
const START_MS = 20_000;
const STOP_MS = 10_000;

/** What is thrown away if the tests themselves are ended. */
const children = new Set();
const directories = new Set();
const removeAll = () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
};
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

/** The environment without settings of this machine's own Toaster. */
function cleanEnv(settings) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('TOASTER_'));
  return { ...Object.fromEntries(kept), ...settings };
}

/** A new data directory, and the settings and arguments that keep everything in it. */
export function newHome(settings = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'toaster-'));
  directories.add(directory);
  // An empty file, so that no settings of this machine are read.
  writeFileSync(join(directory, 'empty.toml'), '');
  return {
    directory,
    env: cleanEnv({
      TOASTER_LISTEN: '127.0.0.1:0',
      TOASTER_DATA_DIR: join(directory, 'data'),
      TOASTER_FETCH_ALLOW: '127.0.0.1',
      TOASTER_PUSH_ALLOW: '127.0.0.1',
      TZ: 'Asia/Seoul',
      ...settings,
    }),
    remove() {
      rmSync(directory, { recursive: true, force: true });
      directories.delete(directory);
    },
  };
}

/** Runs a command of the program and returns what it prints. */
export function command(home, args, input = '') {
  const options = { cwd: home.directory, env: home.env, input, encoding: 'utf8' };
  const done = spawnSync(PROGRAM, ['--config', 'empty.toml', ...args], options);
  assert.equal(done.status, 0, `toaster ${args.join(' ')}: ${done.error ?? done.stderr}`);
  return done.stdout.trim();
}

/** Starts the server; resolves once it says where it is. */
export async function startToaster(home = newHome()) {
  const child = spawn(PROGRAM, ['--config', 'empty.toml', 'serve'], {
    cwd: home.directory,
    env: home.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
  });
  const log = [];
  const said = (pattern) => log.map((line) => pattern.exec(line)?.[1]).find(Boolean);
  const where = new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const url = said(/^Toaster is at (http:\S+)$/);
      if (url) resolve({ url });
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    if (await within(STOP_MS, ended) === undefined) child.kill('SIGKILL');
    await ended;
    children.delete(child);
    return child.exitCode;
  };
  const failure = ended.then((how) => ({ how }));
  const { url, how = 'does not say where it is' } =
    await within(START_MS, Promise.race([where, failure])) ?? {};
  if (!url) {
    await stop();
    home.remove();
    throw new Error(`the program ${how}\n${log.join('\n')}`);
  }
  return {
    url,
    home,
    pid: child.pid,
    log,
    stop,
    /** Where the first account is made. It is printed a moment after the address. */
    setUpUrl: () => until(() => said(/^\s*(http\S+\/setup\/\S+)$/), 'the set-up address'),
  };
}

/** Whether days can be made to pass, which takes the sqlite3 command. */
export const CAN_BURN = spawnSync('sqlite3', ['--version']).status === 0;

/** As if days had passed: the link at that path turned to ash, or will at the next midnight. */
export function burn(home, path, announced = false) {
  const now = Date.now();
  const change = announced ? `burns_at = ${now + 1}` : `burnt_at = ${now}, burns_at = NULL`;
  const sql = `PRAGMA busy_timeout = 5000; UPDATE bookmarks SET ${change} WHERE url LIKE '%${path}';`;
  const done = spawnSync('sqlite3', [join(home.directory, 'data/toaster.db'), sql]);
  assert.equal(done.status, 0, done.stderr.toString());
}

/** Calls the program's own API. */
export async function api(toaster, token, method, path, body) {
  const answer = await fetch(`${toaster.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

async function listen(answer) {
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * A web site with an article for each of `articles`, by path: its `title`, `description`,
 * the `colours` of its picture, and `delay` in milliseconds for a slow one.
 */
export async function startSite(articles) {
  const asked = [];
  const site = await listen(async (request, response) => {
    const path = new URL(request.url, 'http://site').pathname;
    asked.push(path);
    if (path === '/favicon.ico') {
      response.writeHead(200, { 'content-type': 'image/png' }).end(png(32, 32, '#7a3b10', '#f0a562'));
      return;
    }
    const article = articles[path.replace(/\.png$/, '')];
    if (!article) {
      response.writeHead(404).end();
      return;
    }
    await wait(article.delay ?? 0);
    if (path.endsWith('.png')) {
      const picture = png(640, 336, ...(article.colours ?? ['#d9822b', '#f7d9a8']));
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(html(article, `${site.url}${path}.png`));
    }
  });
  return { ...site, asked };
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const html = ({ title, description = '', name = 'The Local Paper' }, picture) => `<!doctype html>
<html><head>
<title>${escaped(title)} | ${escaped(name)}</title>
<meta property="og:title" content="${escaped(title)}">
<meta property="og:description" content="${escaped(description)}">
<meta property="og:site_name" content="${escaped(name)}">
<meta property="og:image" content="${picture}">
</head><body><h1>${escaped(title)}</h1></body></html>
`;

/**
 * Takes pushes as an ntfy server does. At `/gone` it answers that the receiver is gone
 * for good, at `/moved` that it is elsewhere now.
 */
export async function startReceiver() {
  const received = [];
  const waiting = new Set();
  const receiver = await listen(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || 'null');
    const status = { '/gone': 410, '/moved': 308 }[request.url] ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('{"id":"local"}');
    received.push({ path: request.url, headers: request.headers, body });
    for (const look of waiting) look();
  });
  /** The first push for which `wanted` holds, now or within `ms`. */
  const next = (wanted = () => true, ms = 10_000) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = received.find(wanted);
        if (found) end(() => resolve(found));
      };
      const end = (how) => {
        clearTimeout(timer);
        waiting.delete(look);
        how();
      };
      const late = new Error(`no such push among the ${received.length} that came`);
      const timer = setTimeout(() => end(() => reject(late)), ms);
      waiting.add(look);
      look();
    });
  return { ...receiver, received, next };
}

/**
 * The way between browsers and the server, such as a proxy is one: `to` is where it leads, which
 * may change. `lose` is told of each request and says whether its answer gets lost, `rewrite`
 * makes of an answer what arrives.
 */
export async function startRoad(to) {
  const asItIs = (request, body) => body;
  const road = { to, lose: () => false, rewrite: asItIs };
  const server = await listen(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const { connection, 'content-length': length, ...headers } = request.headers;
    // What is to be rewritten must not be packed.
    if (road.rewrite !== asItIs) delete headers['accept-encoding'];
    const asked = { method: request.method, headers, agent: false };
    const answer = await new Promise((resolve, reject) => {
      httpRequest(`${road.to}${request.url}`, asked, resolve).on('error', reject).end(body);
    });
    const parts = [];
    for await (const part of answer) parts.push(part);
    if (road.lose(request)) return request.socket.destroy();
    const { 'content-length': old, connection: kind, ...rest } = answer.headers;
    response.writeHead(answer.statusCode, rest).end(road.rewrite(request, Buffer.concat(parts)));
  });
  return Object.assign(road, { url: server.url, stop: server.stop });
}

/** A browser that asks nobody for anything but what its pages say. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  });
}

/**
 * Watches all pages of a browser context: `check` fails if one asked another origin than
 * `origin`, wrote an error to the console (a refusal by the content security policy is
 * one) or threw. Lines that match `expected` are let pass.
 */
export function watch(context, origin, expected = []) {
  const problems = [];
  const asked = [];
  const complain = (problem) => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  context.on('request', (request) => {
    const url = new URL(request.url());
    asked.push(url.href);
    if (/^https?:|^wss?:/.test(url.protocol) && url.origin !== origin) {
      complain(`asked another origin: ${url.href}`);
    }
  });
  context.on('console', (message) => {
    if (message.type() === 'error') {
      complain(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => complain(`threw: ${error.error()}`));
  return {
    expect: (pattern) => expected.push(pattern),
    check() {
      assert.ok(asked.length > 0, 'the browser asked for something');
      assert.deepEqual(problems, []);
    },
  };
}

/** Waits until `look` returns something true, and returns that. */
export async function until(look, what, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await wait(50);
  }
}

export const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** What `promise` resolves to, or undefined after `ms`. */
async function within(ms, promise) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  const found = await Promise.race([promise, late]);
  clearTimeout(timer);
  return found;
}

/** A picture in PNG: a sun above a hill, between two colours. */
export function png(width, height, dark, light) {
  const [low, high] = [dark, light].map((colour) => Buffer.from(colour.slice(1), 'hex'));
  const rows = Buffer.alloc(height * (1 + width * 3));
  const share = (x, y) => {
    if (y > 0.72 - 0.14 * Math.sin(x * 4 + low[0])) return 0;
    const sun = Math.hypot(x - 0.7, (y - 0.32) * (height / width)) < 0.07;
    return sun ? 1 : 0.35 + y / 2;
  };
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    rows[at] = 0; // Each row says how it is filtered: not at all.
    at += 1;
    for (let x = 0; x < width; x += 1) {
      const part = share(x / width, y / height);
      for (let c = 0; c < 3; c += 1) rows[at + c] = Math.round(low[c] + (high[c] - low[c]) * part);
      at += 3;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // Eight bits a channel, red green blue.
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const parts = [['IHDR', header], ['IDAT', deflateSync(rows)], ['IEND', Buffer.alloc(0)]];
  return Buffer.concat([signature, ...parts.map(([name, data]) => chunk(name, data))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The check sum of a part of a PNG; Node 18 has none of its own. */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
