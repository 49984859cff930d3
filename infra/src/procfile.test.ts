import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flagOf, parseProcfile } from './procfile.js';

describe('parseProcfile', () => {
  test('reads a name, a command and its arguments from each line, past comments and empty lines', () => {
    const text = '# three\n\n  web: node server.js --port 80\nworker_2: sleep 1 # not a comment in a command\n';
    expect(parseProcfile(text)).toEqual([
      { name: 'web', command: 'node', args: ['server.js', '--port', '80'] },
      { name: 'worker_2', command: 'sleep', args: ['1', '#', 'not', 'a', 'comment', 'in', 'a', 'command'] },
    ]);
  });

  test('gives back any words that were quoted into a line', () => {
    const word = fc.string({ minLength: 0, maxLength: 8 }).filter((text) => !/['\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const line = `it: ${words.map((each) => `'${each}'`).join(' ')}`;
        expect(parseProcfile(line)).toEqual([{ name: 'it', command: words[0], args: words.slice(1) }]);
      }),
    );
  });

  test('joins quoted and bare pieces of one word', () => {
    expect(parseProcfile(`it: echo --a='b c'"d e"f`)[0]?.args).toEqual(['--a=b cd ef']);
  });

  test.each([
    ['web node', 'line 1: not "name: command"'],
    ['\nweb:', 'line 2: not "name: command"'],
    ['web: a\nweb: b', 'line 2: a second web'],
    [`web: echo 'a`, 'line 1: a quote is not closed'],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => parseProcfile(text)).toThrow(message);
  });

  test('finds in the development cluster three members on the ports of the original system, on loopback only', () => {
    const entries = parseProcfile(readFileSync(new URL('../etcd/Procfile', import.meta.url), 'utf8'));
    const of = (flag: string) => entries.map((entry) => flagOf(entry, flag));
    expect(of('--name')).toEqual(['infra1', 'infra2', 'infra3']);
    const clients = [2379, 22379, 32379].map((port) => `http://127.0.0.1:${port}`);
    const peers = [2380, 22380, 32380].map((port) => `http://127.0.0.1:${port}`);
    expect(of('--listen-client-urls')).toEqual(clients);
    expect(of('--advertise-client-urls')).toEqual(clients);
    expect(of('--listen-peer-urls')).toEqual(peers);
    expect(new Set(of('--initial-cluster'))).toEqual(
      new Set([peers.map((peer, index) => `infra${index + 1}=${peer}`).join(',')]),
    );
  });
});

test('flagOf reads --flag value and --flag=value alike', () => {
  const entry = { name: 'it', command: 'x', args: ['--a', '1', '--b=2'] };
  expect([flagOf(entry, '--a'), flagOf(entry, '--b'), flagOf(entry, '--c')]).toEqual(['1', '2', undefined]);
});
