import { isIP } from 'node:net';
import { z } from 'zod';
import { endpoint } from './address.js';
import { discoveryProblems, type ObservedSettings } from './discovery-problems.js';
import { secret } from './mark.js';
import { memberSchema } from './member-schema.js';
import { duration } from './quantity-schemas.js';
import { tlsSchema } from './tls-schema.js';

/** The three members that the development cluster runs on this machine. */
const DEV_HOSTS = ['http://127.0.0.1:2379', 'http://127.0.0.1:22379', 'http://127.0.0.1:32379'];
const MAX_HOSTS = 16;
const MAX_MEMBERS = 1000;
/** Below it one slow election of etcd's would take every member out of the ring. */
const MIN_TTL = '2s'; // and etcd grants none that is shorter

const DISCOVERIES = ['etcd', 'static', 'dns', 'kubernetes'] as const;

const port = z.number().int().min(1).max(65_535);
const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i, 'must be a name in DNS, in full');
const dnsServer = z
  .string()
  .refine((text) => isIP(text) > 0 || SERVER.test(text), 'must be an address, with a port or not');
/** With a port; an address alone is what isIP() says it is. */
const SERVER = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}$/i;

const kubernetesName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, as Kubernetes names it');
const portName = z.string().min(1).max(63);

/** A name that is good in etcd too. */
export const clusterName = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9 and -')
  .meta({ title: '1 to 64 of a-z, 0-9 and -' });

const type = z
  .enum(DISCOVERIES)
  .default('etcd')
  .describe(
    'Where the list of members is: in etcd, in `members`, in DNS under `name`, or in Kubernetes as endpoints of `service`.',
  );

const etcd = {
  hosts: z
    .array(endpoint)
    .min(1)
    .max(MAX_HOSTS)
    .default(DEV_HOSTS)
    .describe('Members of etcd; all of them, so that one may be away.'),
  user: z.string().min(1).optional().describe('A user of etcd; only with a password.'),
  password: secret().optional().describe('Of that user.'),
  tls: tlsSchema.optional().describe('Of connections to etcd; read once, at the start. Paths of PEM files.'),
  ttl: duration({ min: MIN_TTL, max: '1h' })
    .optional()
    .describe(
      'With `etcd`: how long a registration lasts without renewal; a member that died stays in the ring for as long. Default: 10s.',
    ),
};

const others = {
  members: z
    .array(memberSchema)
    .max(MAX_MEMBERS)
    .default([])
    .describe('The ring where `type` is `static`, this node among them; not used elsewhere.'),
  name: dnsName
    .optional()
    .describe(
      'With `dns`: what is asked for, in full: of SRV records `_grpc._tcp.<service>.<namespace>.svc.cluster.local`.',
    ),
  records: z
    .enum(['srv', 'a', 'aaaa'])
    .optional()
    .describe('With `dns`: whether members are named with their gRPC ports, or by address alone. Default: `srv`.'),
  grpcPort: port.optional().describe('With `dns` and `a` or `aaaa`: of every member; with `srv` the records have it.'),
  httpPort: port.optional().describe('With `dns`: of every member. Left out: they have no HTTP address.'),
  interval: duration({ min: '50ms', max: '1h' }).optional().describe('With `dns`: how often it is asked. Default: 2s.'),
  servers: z
    .array(dnsServer)
    .min(1)
    .max(MAX_HOSTS)
    .optional()
    .describe('With `dns`: which servers are asked. Default: those of the system.'),
  service: kubernetesName.optional().describe('With `kubernetes`: whose endpoints are the members.'),
  namespace: kubernetesName.optional().describe("With `kubernetes`: of the service. Default: the pod's own."),
  portNames: z
    .strictObject({
      grpc: portName.optional().describe('Default: `grpc`.'),
      http: portName.optional().describe('Default: `http`.'),
    })
    .optional()
    .describe("With `kubernetes`: names of the service's ports; one that it does not have gives no such address."),
  addressType: z
    .enum(['IPv4', 'IPv6'])
    .optional()
    .describe('With `kubernetes`: which addresses of pods, of a service with both. Default: `IPv4`.'),
  apiServer: z
    .string()
    .regex(/^https?:\/\/[^/\s@]+\/?$/, 'must be "https://host:port"')
    .optional()
    .describe('With `kubernetes`: its API. Default: `https://kubernetes.default.svc`.'),
  tokenFile: z
    .string()
    .optional()
    .describe(
      'With `kubernetes`: what is shown to the API, read each time; "" for none. Default: that of the service account.',
    ),
  caFile: z
    .string()
    .optional()
    .describe(
      'With `kubernetes`: by which the API is verified, PEM; "" for the system\'s. Default: that of the service account.',
    ),
};

/** Who is in the cluster, for a program that looks for members. Left out: the etcd of the development cluster. */
export const discoverySchema = z
  .strictObject({
    type,
    cluster: clusterName.default('dev').describe('With `etcd`: the name of the cluster there.'),
    ...etcd,
    ...others,
  })
  .superRefine(refineDiscovery)
  .prefault({});

/** The same for a member, which says elsewhere of which cluster it is. */
export const memberDiscoverySchema = z
  .strictObject({
    type,
    ...etcd,
    firstViewAfter: duration({ max: '24d' })
      .optional()
      .describe(
        'With `etcd`: how long a member waits that finds neither a view nor others there, until it begins a ring with a first view. Default: `ttl`.',
      ),
    ...others,
  })
  .superRefine(refineDiscovery)
  .prefault({})
  .describe('Who is in the cluster. Left out: the etcd of the development cluster.');

interface DiscoveryInput extends ObservedSettings {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly hosts: readonly string[];
  readonly tls?: unknown;
  readonly members: readonly { readonly id: string }[];
}

function refineDiscovery(discovery: DiscoveryInput, context: z.RefinementCtx): void {
  const { user, password, hosts, tls, members } = discovery;
  for (const { path, message } of discoveryProblems(discovery)) context.addIssue({ code: 'custom', path, message });
  const plain = tls === undefined ? -1 : hosts.findIndex((host) => /^http:/i.test(host));
  if (plain !== -1)
    context.addIssue({
      code: 'custom',
      path: ['hosts', plain],
      message: 'must begin with https:// where there is tls',
    });
  if ((user === undefined) !== (password === undefined)) {
    const missing = user === undefined ? 'user' : 'password';
    context.addIssue({ code: 'custom', path: [missing], message: 'is required: user and password go together' });
  }
  const seen = new Set<string>();
  members.forEach(({ id }, index) => {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: ['members', index, 'id'], message: 'must be unique' });
    seen.add(id);
  });
}
