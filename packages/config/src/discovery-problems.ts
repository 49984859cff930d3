// Each kind of discovery has settings of its own; what is said here of those of another kind, and of what is missing.

export interface ObservedSettings {
  readonly type: string;
  readonly ttl?: unknown;
  readonly firstViewAfter?: unknown;
  readonly name?: unknown;
  readonly records?: string | undefined;
  readonly grpcPort?: unknown;
  readonly httpPort?: unknown;
  readonly interval?: unknown;
  readonly servers?: unknown;
  readonly service?: unknown;
  readonly namespace?: unknown;
  readonly portNames?: unknown;
  readonly addressType?: unknown;
  readonly apiServer?: unknown;
  readonly tokenFile?: unknown;
  readonly caFile?: unknown;
}

export interface DiscoveryProblem {
  readonly path: string[];
  readonly message: string;
}

/** Those that have no default: with one it cannot be seen whether somebody wrote it. */
const OWN_SETTINGS: Readonly<Record<string, readonly (keyof ObservedSettings)[]>> = {
  etcd: ['ttl', 'firstViewAfter'],
  dns: ['name', 'records', 'grpcPort', 'httpPort', 'interval', 'servers'],
  kubernetes: ['service', 'namespace', 'portNames', 'addressType', 'apiServer', 'tokenFile', 'caFile'],
};

/** Whether a file may have settings of another type too: `pnpm dev` takes the static list of the same file where there is no etcd. */
const isLetThrough = (owner: string, type: string) => owner === 'etcd' && type === 'static';

const REQUIRED: Readonly<Record<string, 'name' | 'service'>> = { dns: 'name', kubernetes: 'service' };

export function discoveryProblems(settings: ObservedSettings): DiscoveryProblem[] {
  const { type } = settings;
  const foreign = Object.entries(OWN_SETTINGS).flatMap(([owner, keys]) =>
    keys
      .filter((key) => owner !== type && !isLetThrough(owner, type) && settings[key] !== undefined)
      .map((key) => ({ path: [key], message: `means nothing where the type is ${type}: it is of ${owner}` })),
  );
  if (foreign.length > 0) return foreign;
  const required = REQUIRED[type];
  if (required !== undefined && settings[required] === undefined) {
    return [{ path: [required], message: `is required where the type is ${type}` }];
  }
  return type === 'dns' ? portProblems(settings) : [];
}

function portProblems({ records = 'srv', grpcPort, httpPort }: ObservedSettings): DiscoveryProblem[] {
  if (records === 'srv') {
    if (grpcPort === undefined) return [];
    return [{ path: ['grpcPort'], message: 'means nothing with srv records: they have it' }];
  }
  if ((grpcPort ?? httpPort) !== undefined) return [];
  return [{ path: ['grpcPort'], message: `is required with ${records} records: they have no port` }];
}
