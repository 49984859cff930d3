import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

jest.setTimeout(30_000);

const path = (name: string) => fileURLToPath(new URL(`../../docker/${name}`, import.meta.url));
const text = readFileSync(path('Dockerfile'), 'utf8');
const dockerfile = DockerfileParser.parse(text);

/** The instructions of a target, those of the stages that it is built on before its own. */
function stage(name: string): Instruction[] {
  const all = dockerfile.getInstructions();
  const starts = dockerfile.getFROMs();
  const start = starts.find((from) => from.getBuildStage() === name);
  if (start === undefined) return [];
  const next = starts[starts.indexOf(start) + 1];
  const until = next === undefined ? all.length : all.indexOf(next);
  return [...stage(start.getImage() ?? ''), ...all.slice(all.indexOf(start), until)];
}

const keywords = (name: string) => stage(name).map((each) => each.getKeyword());
const argumentsOf = (name: string, keyword: string) =>
  stage(name).flatMap((each) => (each.getKeyword() === keyword ? [argumentsIn(each)] : []));

/** As they are written, with the flags before them. */
function argumentsIn(instruction: Instruction): string {
  const { start, end } = instruction.getRange();
  const lines = text.split('\n').slice(start.line, end.line + 1);
  return lines
    .join('\n')
    .slice(start.character + instruction.getKeyword().length)
    .trim();
}

test('the Dockerfile is one that a validator has nothing to say of', () => {
  expect(validate(text, { instructionJSONInSingleQuotes: 2 }).map(({ message }) => message)).toEqual([]);
});

describe.each(['node', 'student-score'])('the image %s', (target) => {
  test('runs as nobody special, and is told apart when it is sick', () => {
    const users = argumentsOf(target, 'USER');
    expect(users.at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/); // a number: Kubernetes cannot know of a name that it is not root
    expect(keywords(target)).toContain('HEALTHCHECK');
    expect(keywords(target).indexOf('USER')).toBeLessThan(keywords(target).indexOf('ENTRYPOINT'));
  });

  test('starts its program itself, with no shell that would swallow signals', () => {
    expect(argumentsOf(target, 'ENTRYPOINT')).toEqual(['["node", "/app/dist/main.js"]']);
  });

  test('has nothing of what built it but what was deployed, and fetches nothing', () => {
    expect(keywords(target)).not.toContain('ADD');
    const copies = argumentsOf(target, 'COPY');
    for (const copy of copies) expect(copy).toMatch(/^(--from=build \/out\/|infra\/docker\/healthcheck\.mjs )/);
    expect(argumentsOf(target, 'RUN').join()).not.toMatch(/curl|wget|apt|npm|pnpm/);
  });
});

test('images to build on are pinned to a version', () => {
  const froms = dockerfile.getFROMs().map((from: From) => from.getImage());
  expect(new Set(froms)).toEqual(new Set(['$' + '{NODE_IMAGE}', 'runtime']));
  expect(text).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+-bookworm-slim$/m);
});

describe('the health check', () => {
  const servers: { close(done: () => void): unknown }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise<void>((done) => server.close(done));
  });

  async function check(target: string) {
    const child = spawn(process.execPath, [path('healthcheck.mjs'), target]);
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, said };
  }

  async function port(server: Server): Promise<number> {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  const http = async (answer: RequestListener) => `http://127.0.0.1:${await port(createServer(answer))}/livez`;

  test('is good where there is an answer, and only then', async () => {
    expect(await check(await http((_, response) => response.end('ok')))).toEqual({ code: 0, said: '' });
    const sick = await check(await http((_, response) => response.writeHead(503).end()));
    expect(sick).toEqual({ code: 1, said: expect.stringContaining('status 503') });
    expect(await check('http://127.0.0.1:1/livez')).toEqual({ code: 1, said: expect.stringContaining('ECONNREFUSED') });
  });

  test('gives up on a server that says nothing', async () => {
    expect(await check(await http(() => {}))).toEqual({ code: 1, said: expect.stringContaining('no answer within') });
  });

  test('takes a connection for an answer where that is asked', async () => {
    const listening = await port(createTcpServer((socket) => socket.end()));
    expect((await check(`tcp://127.0.0.1:${listening}`)).code).toBe(0);
    expect((await check('tcp://127.0.0.1:1')).code).toBe(1);
  });
});
