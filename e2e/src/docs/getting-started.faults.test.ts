// Every block of the page is run as its reader would, with ports that are free here in place of those on the page.

import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';
import { execa } from 'execa';

import { type Program, run, until } from '../processes.js';
import { curl, parseCurl } from './curl.js';
import { codeBlocks, readPage, rootFile } from './page.js';

jest.setTimeout(240_000);

const page = await readPage('docs/getting-started.md');
const [embed, scores] = codeBlocks(page, 'js');
const [printedByEmbed, printedByPython] = codeBlocks(page, '');
const [nodeYaml] = codeBlocks(page, 'yaml');
const asked = codeBlocks(page, 'sh').find((code) => code.startsWith('curl'))!;
const protoc = codeBlocks(page, 'sh').find((code) => code.includes('protoc'))!;
const [withGenerated] = codeBlocks(page, 'py');

const { NODE_OPTIONS: _, ...env } = process.env;
/** A Python that has Debian's python3-grpcio: the one in PATH may be another. */
const python = await firstThatRuns(['python3', '/usr/bin/python3'], ['-c', 'import grpc, google.protobuf']);
const pluginRuns = (await firstThatRuns(['protoc'], ['--version'])) && (await exists('/usr/bin/grpc_python_plugin'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-docs-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the embedded example prints what the page says', async () => {
  const [first, second] = await freePorts(2);
  await mkdir(join(folder, 'node_modules'));
  await symlink(rootFile('packages/ringcache'), join(folder, 'node_modules/ringcache'));
  const file = join(folder, 'embed.mjs');
  await writeFile(file, embed!.replace('7001', String(first)).replace('7002', String(second)));
  const args = ['--conditions=source', '--import', 'tsx', file];
  const { stdout } = await execa(process.execPath, args, { cwd: rootFile('e2e'), env, extendEnv: false });
  expect(`${stdout}\n`).toBe(printedByEmbed);
});

describe('the daemon of the page', () => {
  let node: Program;
  let grpc: number;
  let http: number;

  beforeAll(async () => {
    [grpc, http] = (await freePorts(2)) as [number, number];
    await writeFile(join(folder, 'node.yaml'), withPorts(nodeYaml!));
    await writeFile(join(folder, 'scores.mjs'), scores!);
    node = run('node', ['--config', join(folder, 'node.yaml')]);
    const isReady = async () => (await fetch(`http://localhost:${http}/readyz`)).ok;
    await until('the node is ready', isReady, { programs: [node] });
  });
  afterAll(() => node?.stop());

  test('answers each curl as the page says', async () => {
    for (const line of withPorts(asked).trim().split('\n')) {
      const { answer, ...asking } = parseCurl(line);
      const body = await curl({ ...asking, answer });
      if (answer?.endsWith('…')) expect(body.slice(0, answer.length - 1)).toBe(answer.slice(0, -1));
      else if (answer !== undefined) expect(body).toBe(answer);
    }
  });

  (python ? test : test.skip)('answers the Python example (needs python3-grpcio)', async () => {
    const client = rootFile('docs/examples/python/client.py');
    const { stdout } = await execa(python!, [client, `localhost:${grpc}`], { env: quiet(env), extendEnv: false });
    expect(`${stdout}\n`).toBe(printedByPython);
  });

  (python && pluginRuns ? test : test.skip)('answers generated Python (needs protobuf-compiler-grpc)', async () => {
    await cp(rootFile('proto/ringcache'), join(folder, 'proto/ringcache'), { recursive: true });
    await execa('sh', ['-e', '-c', protoc], { cwd: folder });
    const code = withPorts(withGenerated!);
    const pythonEnv = { ...env, PYTHONPATH: join(folder, 'stubs') };
    const { stdout } = await execa(python!, ['-c', code], { env: quiet(pythonEnv), extendEnv: false });
    expect(stdout).toBe("b'hello'");
  });

  function withPorts(text: string): string {
    return text.replaceAll('localhost:9999', `localhost:${grpc}`).replaceAll('localhost:8081', `localhost:${http}`);
  }
});

/** Without a folder of compiled code left beside the example. */
function quiet(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf8' };
}

async function firstThatRuns(programs: readonly string[], args: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const { failed } = await execa(program, args, { reject: false });
    if (!failed) return program;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await execa('test', ['-x', path], { reject: false })).exitCode === 0;
}
