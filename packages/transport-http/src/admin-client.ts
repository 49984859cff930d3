import {
  type AdminClient,
  CacheError,
  type CallOptions,
  type ConnectAdmin,
  type FlightReport,
  type HotKey,
  type KeyReport,
  LOG_LEVELS,
  type LogLevel,
  type MemberReport,
  type Reloaded,
} from '@ringcache/cache-core';
import { checkTls } from '@ringcache/tls';
import { HttpClient, type HttpClientOptions, MAX_JSON_BYTES } from './http-client.js';
import { isMember, parseObject } from './json.js';
import { type OperatorRouteName, operatorPath } from './routes.js';

/** How an operator, or another member, reaches a member's Admin over HTTP. */
export function adminHttp(options: HttpClientOptions = {}): ConnectAdmin {
  checkTls(options.tls);
  return (member): AdminClient => {
    const client = new HttpClient(member.http, options);
    const call = async (method: 'GET' | 'POST', path: string, given: CallOptions = {}) =>
      parseObject((await client.call({ method, path, headers: [], maxBytes: MAX_JSON_BYTES }, given)).body);
    const ask = (to: OperatorRouteName, given: CallOptions | undefined, query?: Readonly<Record<string, string>>) =>
      call('GET', operatorPath(to, query), given);
    const act = (to: OperatorRouteName, given: CallOptions | undefined, query?: Readonly<Record<string, string>>) =>
      call('POST', operatorPath(to, query), given);
    return {
      report: async (given) => reportOf(await ask('report', given)),
      inspect: async (group, key, given) => keyReportOf(await ask('inspect', given, { group, key })),
      async hotKeys(group, limit, given) {
        const { keys } = await ask('hotKeys', given, { group, limit: String(limit) });
        return listOf<HotKey>(keys, 'keys');
      },
      flights: async (given) => listOf<FlightReport>((await ask('flights', given)).flights, 'flights'),
      drain: async (given) => void (await act('drain', given)),
      async logLevel(level, given) {
        const answer = await (level === undefined ? ask('logLevel', given) : act('logLevel', given, { level }));
        return levelOf(answer.level);
      },
      config: async (given) => textOf((await ask('config', given)).yaml, 'configuration'),
      reload: async (given) => reloadedOf(await act('reload', given, given?.dryRun ? { dryRun: 'true' } : {})),
      close: () => client.close(),
    };
  };
}

type Json = Readonly<Record<string, unknown>>;

/** What is read of a report before it is believed; a member of another version may lack the rest. */
function reportOf(body: Json): MemberReport {
  const { member, ring, process, groups, limits } = body;
  if (isMember(member) && isObject(ring) && isObject(process)) {
    listOf(groups, 'groups');
    listOf(limits, 'limits');
    listOf(ring.members, 'members');
    return body as unknown as MemberReport;
  }
  throw noMember('report');
}

function keyReportOf(body: Json): KeyReport {
  if (isMember(body.owner) && typeof body.hash === 'string') return body as unknown as KeyReport;
  throw noMember('owner');
}

function reloadedOf({ applied, refused }: Json): Reloaded {
  return { applied: listOf<string>(applied, 'settings'), refused: listOf<string>(refused, 'settings') };
}

function levelOf(level: unknown): LogLevel {
  const known = LOG_LEVELS.find((each) => each === level);
  if (known !== undefined) return known;
  throw noMember('log level');
}

function listOf<T>(list: unknown, what: string): readonly T[] {
  if (Array.isArray(list)) return list as T[];
  throw noMember(what);
}

function textOf(text: unknown, what: string): string {
  if (typeof text === 'string') return text;
  throw noMember(what);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function noMember(what: string): CacheError {
  return new CacheError('unavailable', `whoever answers there is no ringcache member: its reply tells of no ${what}`);
}
