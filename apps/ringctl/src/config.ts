import { readFileSync, statSync } from 'node:fs';
import { ConfigError, duration, loadConfig, readPemFiles, secret, tlsSchema } from '@ringcache/config';
import { z } from 'zod';

import { type Endpoint, endpoint } from './endpoint.js';

const MAX_ENDPOINTS = 100;
const MAX_TOKEN_FILE_BYTES = 64 * 1024;

const schema = z
  .strictObject({
    /** Tried in turn, until one answers. */
    endpoints: z
      .array(endpoint)
      .min(1, 'must name one at least')
      .max(MAX_ENDPOINTS)
      .default([{ transport: 'grpc', tls: false, address: 'localhost:9999' }]),
    token: secret().min(1).optional(),
    tokenFile: z.string().min(1).optional(),
    tls: tlsSchema.optional(),
    output: z.enum(['table', 'json', 'yaml']).default('table'),
    timeout: duration({ min: '1ms', max: '10m' }).default(5_000),
  })
  .superRefine(({ token, tokenFile }, context) => {
    if (token === undefined || tokenFile === undefined) return;
    context.addIssue({ code: 'custom', path: ['tokenFile'], message: 'and a token exclude each other: give one' });
  });

export const ENVIRONMENT = {
  RINGCTL_ENDPOINTS: 'endpoints',
  RINGCTL_TOKEN: 'token',
  RINGCTL_TOKEN_FILE: 'tokenFile',
  RINGCTL_CA: 'tls.ca',
  RINGCTL_CERT: 'tls.cert',
  RINGCTL_KEY: 'tls.key',
  RINGCTL_OUTPUT: 'output',
  RINGCTL_TIMEOUT: 'timeout',
};

const FLAG_NAMES = {
  endpoints: '--endpoints',
  token: '--token',
  tokenFile: '--token-file',
  'tls.ca': '--ca',
  'tls.cert': '--cert',
  'tls.key': '--key',
  output: '--output',
  timeout: '--timeout',
};

export type OutputFormat = 'table' | 'json' | 'yaml';

export interface RingctlConfig {
  readonly endpoints: readonly Endpoint[];
  readonly token: string | undefined;
  /** PEM; undefined: none was given. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly output: OutputFormat;
  /** Of the whole command; in a live view, of each look. */
  readonly timeoutMs: number;
}

export interface ConfigFlags {
  endpoints?: string;
  token?: string;
  tokenFile?: string;
  ca?: string;
  cert?: string;
  key?: string;
  output?: string;
  timeout?: string;
}

/** @throws {ConfigError} naming every flag, variable and file that is bad. */
export function readConfig(given: ConfigFlags, env: NodeJS.ProcessEnv = process.env): RingctlConfig {
  const { endpoints, token, tokenFile, ca, cert, key, output, timeout } = given;
  const flags = { endpoints, token, tokenFile, 'tls.ca': ca, 'tls.cert': cert, 'tls.key': key, output, timeout };
  // A flag that says who asks goes before a variable that says it otherwise.
  const { RINGCTL_TOKEN, RINGCTL_TOKEN_FILE, ...others } = env;
  const names = token === undefined && tokenFile === undefined ? { RINGCTL_TOKEN, RINGCTL_TOKEN_FILE } : {};
  const sources = { env: { ...others, ...names }, envNames: ENVIRONMENT, flags, flagNames: FLAG_NAMES };
  const config = loadConfig(schema, sources);
  return {
    endpoints: config.endpoints,
    token: config.tokenFile === undefined ? config.token : tokenIn(config.tokenFile),
    tls: config.tls && readPemFiles(config.tls, 'TLS'),
    output: config.output,
    timeoutMs: config.timeout,
  };
}

/** The file's only line. */
function tokenIn(file: string): string {
  try {
    if (statSync(file).size > MAX_TOKEN_FILE_BYTES) throw new Error('is too large to hold a token');
    const token = readFileSync(file, 'utf8').trim();
    if (token === '' || /\s/.test(token)) throw new Error('must hold one token, and nothing else');
    return token;
  } catch (error) {
    throw new ConfigError([`--token-file ${file}: ${(error as Error).message}`]);
  }
}
