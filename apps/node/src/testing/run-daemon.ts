import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '@ringcache/infra';
import { commandOf } from '@ringcache/infra/testing/built';

/** Of a daemon in a test: shorter than a test may take, whose own end would not say what the daemon printed. */
const LIFE_MS = 80_000;
const running: ChildProcess[] = [];

/** The daemon as it is built, and the environment that it is to have. */
export const daemonCommand = commandOf('node');
export const daemonEnvironment = () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return { ...env, LOG_FORMAT: 'json' };
};

/** Runs the daemon as a process, with a config file of this content in this folder. */
export async function runDaemon(folder: string, config: object, ...args: string[]) {
  const file = join(folder, `${Math.random()}.json`);
  await writeFile(file, JSON.stringify(config));
  const [node, ...main] = daemonCommand;
  const child = spawn(node, [...main, ...args, '--config', file], { env: daemonEnvironment() });
  running.push(child);
  const output = { text: '' };
  const closed = once(child, 'close').then(([code]) => code as number | null);
  const exited = Promise.race([closed, pause(LIFE_MS, undefined, { ref: false }).then(() => late('ended'))]);
  exited.catch(() => {}); // there are tests that do not wait for it
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output.text += chunk));
  const startedAt = performance.now();
  const late = (what: string): never => {
    throw new Error(`${child.pid} has not ${what} in ${LIFE_MS} ms (exit code ${child.exitCode}):\n${output.text}`);
  };
  const says = async (text: string, times = 1) => {
    const hasSaid = () => output.text.split(text).length > times;
    while (!hasSaid()) {
      if (performance.now() - startedAt > LIFE_MS) late(`said ${text}`);
      const ended = await Promise.race([exited.then(() => true), new Promise((resolve) => setTimeout(resolve, 20))]);
      if (ended === true && !hasSaid()) throw new Error(`it never said ${text}:\n${output.text}`);
    }
  };
  return { child, file, output, exited, says };
}

/** To be called after each test. */
export function killDaemons(): void {
  for (const child of running.splice(0)) child.kill('SIGKILL');
}

/** The configuration of a member that is alone, with a group `g` whose loader is a module. */
export async function alone(loader: string, shutdown: object = {}) {
  const [grpc, http] = await freePorts(2);
  const member = { grpc: `localhost:${grpc}`, http: `localhost:${http}` };
  const discovery = { type: 'static', members: [{ id: member.grpc, ...member }] };
  const config = { member, discovery, groups: { g: { origin: { type: 'module', path: loader } } }, shutdown };
  return { config, http: `http://${member.http}` };
}
