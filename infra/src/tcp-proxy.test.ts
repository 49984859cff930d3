import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

let echo: Server;
let heard = '';
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  heard = '';
  echo = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.on('data', (chunk) => {
      heard += chunk;
      socket.write(chunk);
    });
  });
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  proxy = await startTcpProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});

async function open() {
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  const got = { text: '', closed: false };
  socket.on('data', (chunk) => (got.text += chunk)).on('close', () => (got.closed = true));
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return { socket, got };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

/** Until others have been answered ten times, through a proxy of their own: what is let through has come by then. */
async function aWhile() {
  const other = await startTcpProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
  const socket = connect(other.port, '127.0.0.1');
  for (let times = 0; times < 10; times++) {
    socket.write('.');
    await once(socket, 'data');
  }
  socket.destroy();
  await other.close();
}

const withoutDots = (text: string) => text.replaceAll('.', '');

test('passes bytes both ways, and a close', async () => {
  const { socket, got } = await open();
  socket.write('hello');
  await until(() => got.text === 'hello');
  expect(proxy.connections).toBe(1);
  socket.end();
  await until(() => got.closed && proxy.connections === 0);
});

test('passes much more than a socket takes at once', async () => {
  const { socket, got } = await open();
  socket.write('x'.repeat(20_000_000));
  await until(() => got.text.length === 20_000_000);
});

test('a black hole takes connections and nothing comes through, until it passes again', async () => {
  const before = await open();
  proxy.mode = 'black-hole';
  const during = await open();
  before.socket.write('one');
  during.socket.write('two');
  await aWhile();
  expect([withoutDots(heard), before.got.text, during.got.text]).toEqual(['', '', '']);
  proxy.mode = 'pass';
  await until(() => before.got.text === 'one' && during.got.text === 'two');
});

test('a mute lets through what is asked, and no answer', async () => {
  const { socket, got } = await open();
  proxy.mode = 'mute';
  socket.write('one');
  await until(() => heard === 'one');
  await aWhile();
  expect(got.text).toBe('');
  proxy.mode = 'pass';
  await until(() => got.text === 'one');
});

test('refusing cuts what is open, and whoever comes', async () => {
  const before = await open();
  proxy.mode = 'refuse';
  await until(() => before.got.closed);
  const { got } = await open();
  await until(() => got.closed);
  proxy.mode = 'pass';
  const after = await open();
  after.socket.write('again');
  await until(() => after.got.text === 'again');
});

test('who connects while nobody listens behind it is cut', async () => {
  await new Promise((resolve) => echo.close(resolve));
  const { got } = await open();
  await until(() => got.closed);
  await once(echo.listen(0), 'listening'); // for the others' end
});
