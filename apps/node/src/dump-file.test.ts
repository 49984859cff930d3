import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { dumpPath, takeDump, writeDump } from './dump-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-dump-'));
});
afterEach(() => rm(folder, { recursive: true }));

const NEVER = new AbortController().signal;

async function* blocks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const piece of stream) text += Buffer.from(piece).toString();
  return text;
}

describe('a dump file', () => {
  test('has the bytes of the dump, and is for its owner alone', async () => {
    const path = join(folder, 'g.dump');
    expect(await writeDump(path, blocks('one ', 'two'), NEVER)).toBe(7);
    expect(await readFile(path, 'utf8')).toBe('one two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['g.dump']);
  });

  test('is as it was, with nothing beside it, where writing fails or takes too long', async () => {
    const path = join(folder, 'g.dump');
    await writeDump(path, blocks('old'), NEVER);
    const failing = async function* () {
      yield Buffer.from('new');
      throw new Error('no more');
    };
    await expect(writeDump(path, failing(), NEVER)).rejects.toThrow('no more');
    await expect(writeDump(path, blocks('new'), AbortSignal.abort())).rejects.toThrow('aborted');
    expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['old', ['g.dump']]);
  });

  test('is gone once it is taken, and can be read twice all the same', async () => {
    const path = join(folder, 'g.dump');
    await writeFile(path, 'the dump');
    await writeFile(`${path}.unfinished`, 'of a process that was killed');
    const dump = await takeDump(path);
    expect(await readdir(folder)).toEqual([]);
    expect(await takeDump(path)).toBeUndefined();
    expect([await textOf(dump!.read()), await textOf(dump!.read())]).toEqual(['the dump', 'the dump']);
    await dump![Symbol.asyncDispose]();
  });

  test('has a name that a file can have, another for each group', () => {
    const groups = ['a', 'A', '..', 'a/b', 'a%2Fb', '学生', '学'.repeat(80), `${'学'.repeat(80)}生`, 'x'.repeat(256)];
    const names = groups.map((group) => basename(dumpPath(folder, group)));
    expect(new Set(names).size).toBe(groups.length);
    for (const name of names) expect(name).toMatch(/^[^/]{1,240}\.dump$/);
    expect(names[0]).toBe('a.dump');
  });
});
