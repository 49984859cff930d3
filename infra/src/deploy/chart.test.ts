import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Ajv } from 'ajv';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Role, RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import { Secret, Service, ServiceAccount } from 'kubernetes-models/v1';

import { configInForce } from './config-in-force.js';
import {
  CHART,
  defaults,
  hasGo,
  type Json,
  type Manifest,
  type Rendered,
  renderChart,
  valuesWith,
} from './render-chart.js';

jest.setTimeout(120_000);

const withGo = hasGo ? describe : describe.skip;

const MODELS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  StatefulSet,
  Service,
  ServiceAccount,
  Secret,
  Role,
  RoleBinding,
  PodDisruptionBudget,
  ServiceMonitor,
};

const TOKENS = { access: { tokens: [{ token: 'admin-0123456789abcdef', role: 'admin' }] } };
const CASES: Readonly<Record<string, Json>> = {
  'as it comes': {},
  'found by DNS, with TLS, tokens and all that can be on': {
    discovery: { type: 'dns' },
    tls: { secretName: 'certificate' },
    peerToken: { secretName: 'peers' },
    config: TOKENS,
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    persistence: { enabled: true, storageClass: 'fast' },
    service: { type: 'LoadBalancer', annotations: { a: 'b' } },
    podAnnotations: { a: 'b' },
    podLabels: { c: 'd' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'caches', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'high',
    extraEnv: [{ name: 'LOG_LEVEL', value: 'debug' }],
    serviceAccount: { annotations: { a: 'b' } },
  },
  'found by etcd': {
    cluster: 'scores',
    discovery: { type: 'etcd', hosts: ['http://etcd-0.etcd:2379'] },
    peerToken: { secretName: 'peers' },
  },
  'with as little as can be': {
    podDisruptionBudget: { enabled: false },
    serviceAccount: { create: false },
    topologySpreadConstraints: false,
    fullnameOverride: 'cache',
  },
};

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Json;
const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

describe('values', () => {
  test.each(Object.entries(CASES))('%s are as their schema says', (_, given) => {
    expect([isValid(valuesWith(given)), isValid.errors]).toEqual([true, null]);
  });

  test('every one has a default, and is in the schema', () => {
    const known = Object.keys(schema.properties as Json).filter((name) => name !== 'global'); // helm's own
    expect(Object.keys(defaults()).sort()).toEqual(known.sort());
  });

  test.each<[string, Json]>([
    ['one that is unknown', { replica: 3 }],
    ['one that is unknown, further down', { tls: { secret: 'a' } }],
    ['no members', { replicas: 0 }],
    ['a discovery that is none', { discovery: { type: 'gossip' } }],
    ['a configuration of what the chart says itself', { config: { member: { grpc: 'a:1' } } }],
    ['a certificate that probes do not have', { tls: { clientAuth: 'required' } }],
  ])('%s is refused', (_, given) => {
    expect(isValid(valuesWith(given))).toBe(false);
  });
});

test('every template closes what it opens', () => {
  for (const name of readdirSync(join(CHART, 'templates'))) {
    const text = readFileSync(join(CHART, 'templates', name), 'utf8');
    const opened = text.match(/\{\{-? *(if|with|range|define) /g)?.length ?? 0;
    const closed = text.match(/\{\{-? *end *-?\}\}/g)?.length ?? 0;
    expect([name, opened]).toEqual([name, closed]);
  }
});

withGo('the chart, rendered (needs golang-go)', () => {
  const known = new Map<string, Rendered>();

  function rendered(name: string): Rendered {
    const found = known.get(name) ?? renderChart(CASES[name]!);
    known.set(name, found);
    return found;
  }

  test.each(Object.keys(CASES))('%s: what Kubernetes gets is as its API says', (name) => {
    const { manifests } = rendered(name);
    for (const manifest of manifests) {
      const Model = MODELS[manifest.kind];
      expect([manifest.kind, Model !== undefined]).toEqual([manifest.kind, true]);
      new Model!(manifest as never).validate();
    }
    expect(manifests.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['StatefulSet', 'Service', 'Secret']));
  });

  test.each(Object.keys(CASES))('%s: the configuration is taken by a node', (name) => {
    const { manifests } = rendered(name);
    const inForce = configInForce(nodeYamlOf(manifests), environmentOf(manifests));
    expect(inForce).toMatchObject({
      member: {
        cluster: name === 'found by etcd' ? 'scores' : 'test',
        grpc: expect.stringMatching(/^(10\.0\.0\.7|test-ringcache-0\.(test-)?\S+\.svc\.cluster\.local):9999$/),
      },
      listen: { grpc: '0.0.0.0:9999', http: '0.0.0.0:8081' },
      budgetBytes: '512MiB',
    });
  });

  test('pods are locked down, told apart by probes, and drained before they end', () => {
    const { manifests } = rendered('as it comes');
    const pod = podOf(manifests);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    const [container] = pod.containers;
    expect(container!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container).toMatchObject({
      livenessProbe: { httpGet: { path: '/livez', scheme: 'HTTP' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
      lifecycle: { preStop: { exec: { command: ['node', '-e', 'setTimeout(() => {}, 5000)'] } } },
    });
    expect(container!.resources).toHaveProperty('limits.memory');
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(5 + 20); // preStopSeconds, shutdown.timeout
  });

  test('the members find each other before they are ready, clients only those that are', () => {
    const { manifests } = rendered('as it comes');
    const [members, clients] = manifests.filter(({ kind }) => kind === 'Service') as unknown as { spec: Json }[];
    expect(members!.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(clients!.spec).not.toHaveProperty('publishNotReadyAddresses');
    expect(nodeYamlOf(manifests)).toContain('service: test-ringcache-members');
    expect(JSON.stringify(manifests)).toContain('"serviceName":"test-ringcache-members"');
  });

  test('only with Kubernetes as discovery does a pod get a token of its API, for endpoints alone', () => {
    const role = (name: string) => rendered(name).manifests.find(({ kind }) => kind === 'Role');
    expect(role('as it comes')).toMatchObject({ rules: [{ resources: ['endpointslices'], verbs: ['list', 'watch'] }] });
    expect(podOf(rendered('as it comes').manifests).automountServiceAccountToken).toBe(true);
    expect(role('found by etcd')).toBeUndefined();
    expect(podOf(rendered('found by etcd').manifests).automountServiceAccountToken).toBe(false);
  });

  test('no secret is outside of a Secret', () => {
    const { manifests, notes } = rendered('found by DNS, with TLS, tokens and all that can be on');
    const others = manifests.filter(({ kind }) => kind !== 'Secret');
    expect(JSON.stringify(others) + notes).not.toContain('0123456789abcdef');
  });

  test('what cannot work is refused, and said', () => {
    expect(() => renderChart({ tls: { secretName: 'a' } })).toThrow(/needs discovery.type dns or etcd/);
    expect(() => renderChart({ discovery: { type: 'etcd' } })).toThrow(/discovery.hosts is required/);
  });

  test('the notes say how to reach it, and what is open', () => {
    expect(rendered('as it comes').notes).toContain('speak in the clear');
    const safe = rendered('found by DNS, with TLS, tokens and all that can be on').notes;
    expect(safe).not.toContain('in the clear');
    expect(safe).toContain('https://localhost:8081/ui/');
  });
});

interface Container extends Json {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

interface Pod extends Json {
  readonly containers: readonly Container[];
}

function podOf(manifests: readonly Manifest[]): Pod {
  const set = manifests.find(({ kind }) => kind === 'StatefulSet') as unknown as { spec: { template: { spec: Pod } } };
  return set.spec.template.spec;
}

function nodeYamlOf(manifests: readonly Manifest[]): string {
  const secret = manifests.find(({ kind }) => kind === 'Secret') as unknown as { stringData: Record<string, string> };
  return secret.stringData['node.yaml']!;
}

/** As the kubelet would set it for the first pod. */
function environmentOf(manifests: readonly Manifest[]): NodeJS.ProcessEnv {
  const own: Record<string, string> = { POD_NAME: 'test-ringcache-0', POD_IP: '10.0.0.7' };
  return Object.fromEntries(
    podOf(manifests).containers[0]!.env.map(({ name, value }) => [
      name,
      own[name] ?? value?.replaceAll(/\$\((\w+)\)/g, (_, of: string) => own[of] ?? '') ?? 'from-a-secret-0123456789',
    ]),
  );
}
