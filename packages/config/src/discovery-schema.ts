import { z } from 'zod';
import { endpoint } from './address.js';
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

/** Who is in the cluster: asked of etcd (`hosts`), or listed here (`members`). Left out, it is the development cluster. */
export const discoverySchema = z
  .strictObject({
    type: z.enum(['etcd', 'static']).default('etcd'),
    cluster: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9 and -')
      .default('dev'),
    hosts: z.array(endpoint).min(1).max(MAX_HOSTS).default(DEV_HOSTS),
    user: z.string().min(1).optional(),
    password: secret().optional(),
    /** Of connections to etcd; read once, at the start. */
    tls: tlsSchema.optional(),
    ttl: duration({ min: MIN_TTL, max: '1h' }).default(10_000),
    members: z.array(memberSchema).max(MAX_MEMBERS).default([]),
  })
  .superRefine(({ user, password, hosts, tls, members }, context) => {
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
  })
  .prefault({});
