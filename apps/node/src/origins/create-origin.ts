import { dirname, resolve } from 'node:path';
import { systemClock, type Tracing } from '@ringcache/cache-core';

import type { OriginConfig } from '../config.js';
import { bounded } from './bounded.js';
import { grpcOrigin } from './grpc-origin.js';
import { httpOrigin } from './http-origin.js';
import { moduleOrigin } from './module-origin.js';
import type { BoundedOrigin, Origin } from './origin.js';

export interface OriginContext {
  group: string;
  maxValueBytes: number;
  /** That the paths of modules are relative to; undefined: the working directory. */
  configFile: string | undefined;
  /** Records what is asked of services. Default: nobody does. */
  tracing?: Tracing | undefined;
}

/** The origin of a group as configured, within its limits; undefined for `none`: a plain key-value group. */
export async function createOrigin(config: OriginConfig, context: OriginContext): Promise<BoundedOrigin | undefined> {
  if (config.type === 'none') return undefined;
  const origin = await unbounded(config, context);
  let limits = config;
  return {
    load: bounded(origin.load, () => limits, systemClock),
    close: () => origin.close(),
    change(other) {
      if (other.type !== 'none') limits = other;
    },
  };
}

async function unbounded(config: Exclude<OriginConfig, { type: 'none' }>, context: OriginContext): Promise<Origin> {
  const { maxValueBytes, configFile, tracing } = context;
  if (config.type === 'grpc')
    return grpcOrigin({ target: config.target, group: config.group ?? context.group, maxValueBytes, tracing });
  if (config.type === 'http') return httpOrigin({ ...config, maxValueBytes, tracing });
  return moduleOrigin(resolve(configFile === undefined ? '.' : dirname(configFile), config.path));
}
