// The only place that turns groups and keys into paths and back. A path is split by hand, before it is decoded: a URL object
// costs more than the rest of a hit, and it cleans `.` and `..` away, which are keys like any other.
//
//   /v1/groups/{group}/keys/{key}          strangers; what follows /keys/ is the key, further slashes included
//   /v1/groups/{group}:getMany | :clear
//   /api?key={key}&group={group}           the original system's
//   /v1/admin/members | owner?key= | stats | report | inspect?group=&key= | hot-keys?group=&limit= | flights | drain
//            | log-level?level= | config | reload?dryRun=
//   /v1/peer/serve | peek | write | drop/{group}/{key}      members; drop without a key: of every key
//   /v1/peer/exchange
//   /_groupcache/{group}/{key}             golang/groupcache's

import { CacheError } from '@ringcache/cache-core';

import { decode } from './percent.js';
import { queryValue } from './query.js';

export type PeerRouteName = 'serve' | 'peek' | 'write' | 'drop' | 'exchange';
export type OperatorRouteName =
  | 'report'
  | 'inspect'
  | 'hotKeys'
  | 'flights'
  | 'drain'
  | 'logLevel'
  | 'config'
  | 'reload';
export type RouteName =
  | 'key'
  | 'getMany'
  | 'clear'
  | 'api'
  | 'members'
  | 'owner'
  | 'stats'
  | 'groupcache'
  | OperatorRouteName
  | PeerRouteName;

/** What a request asks for. One shape for all routes; what a route has no use for is empty. */
export interface Route {
  readonly to: RouteName;
  readonly group: string;
  readonly key: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
}

const GROUPS = '/v1/groups/';
const KEYS = '/keys/';
const GET_MANY = ':getMany';
const CLEAR = ':clear';
const API = '/api';
const PEER = '/v1/peer/';
const GROUPCACHE = '/_groupcache/';
const ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

const API_GROUP = 'scores'; // where none is named: the only one that the original system had

export const MEMBERS_PATH = '/v1/admin/members';
export const OPERATOR_PATHS: Readonly<Record<OperatorRouteName, string>> = {
  report: '/v1/admin/report',
  inspect: '/v1/admin/inspect',
  hotKeys: '/v1/admin/hot-keys',
  flights: '/v1/admin/flights',
  drain: '/v1/admin/drain',
  logLevel: '/v1/admin/log-level',
  config: '/v1/admin/config',
  reload: '/v1/admin/reload',
};

const FIXED: ReadonlyMap<string, RouteName> = new Map<string, RouteName>([
  [API, 'api'],
  [MEMBERS_PATH, 'members'],
  ['/v1/admin/owner', 'owner'],
  ['/v1/admin/stats', 'stats'],
  ...Object.entries(OPERATOR_PATHS).map(([to, path]): [string, RouteName] => [path, to as OperatorRouteName]),
]);

export const EXCHANGE_PATH = '/v1/peer/exchange';

/** @throws {CacheError} `invalid_argument`: a lone surrogate, as with all functions here that make a path. */
export function keyPath(group: string, key: string): string {
  return `${GROUPS}${encode(group)}${KEYS}${encode(key)}`;
}

export function getManyPath(group: string): string {
  return `${GROUPS}${encode(group)}${GET_MANY}`;
}

export function clearPath(group: string): string {
  return `${GROUPS}${encode(group)}${CLEAR}`;
}

export function peerPath(to: Exclude<PeerRouteName, 'exchange'>, group: string, key: string): string {
  return `${PEER}${to}/${encode(group)}/${encode(key)}`;
}

/** @param query names and values, as they are before they are encoded. */
export function operatorPath(to: OperatorRouteName, query: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`);
  return pairs.length === 0 ? OPERATOR_PATHS[to] : `${OPERATOR_PATHS[to]}?${pairs.join('&')}`;
}

/** @param basePath where the Go process serves its pool, with a slash at both ends. Default `/_groupcache/`. */
export function groupcachePath(group: string, key: string, basePath: string = GROUPCACHE): string {
  return `${basePath}${encode(group)}/${encode(key)}`;
}

/**
 * Reads a request's target. undefined: no route of ours.
 * @param isGroup which groups there are: a path that can be cut in two ways is cut into one that is there.
 * @throws {CacheError} `invalid_argument`: percent-encoding that is malformed, or of what is not UTF-8.
 */
export function parseRoute(target: string, isGroup: (name: string) => boolean): Route | undefined {
  const mark = target.indexOf('?');
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const path = originForm(mark === -1 ? target : target.slice(0, mark));
  if (path.startsWith(GROUPS)) return groupRoute(path.slice(GROUPS.length), query);
  if (path.startsWith(PEER)) return peerRoute(path.slice(PEER.length), query);
  if (path.startsWith(GROUPCACHE)) return groupcacheRoute(path.slice(GROUPCACHE.length), isGroup);
  const to = FIXED.get(path);
  return to === undefined ? undefined : { to, group: groupAsked(to, query), key: '', query };
}

const NAME_A_GROUP: ReadonlySet<RouteName> = new Set(['stats', 'inspect', 'hotKeys']);

/** The group where the query names it. */
function groupAsked(to: RouteName, query: string): string {
  if (to === 'api') return queryValue(query, 'group') ?? API_GROUP;
  return NAME_A_GROUP.has(to) ? (queryValue(query, 'group') ?? '') : '';
}

/** How a failure is told on a target: Go clients and users of /api read plain text, all others problem+json. */
export function failureFormat(target: string): 'problem' | 'text' | 'groupcache' {
  const path = originForm(target);
  if (path.startsWith(GROUPCACHE)) return 'groupcache';
  return path === API || path.startsWith(`${API}?`) ? 'text' : 'problem';
}

/** A proxy may send `http://host/path` in place of the path, and a server must take it (RFC 9112, 3.2.2). */
function originForm(path: string): string {
  return path.startsWith('/') ? path : path.replace(ABSOLUTE_FORM, '');
}

function groupRoute(rest: string, query: string): Route | undefined {
  const slash = rest.indexOf('/');
  if (slash === -1) {
    if (rest.endsWith(GET_MANY)) return groupTo('getMany', rest.slice(0, -GET_MANY.length), query);
    return rest.endsWith(CLEAR) ? groupTo('clear', rest.slice(0, -CLEAR.length), query) : undefined;
  }
  if (!rest.startsWith(KEYS, slash)) return undefined;
  return { to: 'key', group: decode(rest.slice(0, slash)), key: decode(rest.slice(slash + KEYS.length)), query };
}

function groupTo(to: 'getMany' | 'clear', group: string, query: string): Route {
  return { to, group: decode(group), key: '', query };
}

function peerRoute(rest: string, query: string): Route | undefined {
  if (rest === 'exchange') return { to: 'exchange', group: '', key: '', query };
  const toEnd = rest.indexOf('/');
  const groupEnd = rest.indexOf('/', toEnd + 1);
  const to = rest.slice(0, toEnd);
  if (toEnd === -1 || groupEnd === -1 || !isPeerRouteName(to)) return undefined;
  return { to, group: decode(rest.slice(toEnd + 1, groupEnd)), key: decode(rest.slice(groupEnd + 1)), query };
}

function isPeerRouteName(name: string): name is Exclude<PeerRouteName, 'exchange'> {
  return name === 'serve' || name === 'peek' || name === 'write' || name === 'drop';
}

/**
 * golang/groupcache decodes the path and cuts it at its first slash, behind a mux that redirects keys with `//`, `.` or `..`
 * to others. Here the path is cut first, so that those keys, and groups with a slash, arrive as they were meant. A target
 * without a second part is read as the reference does.
 * @throws {CacheError} `invalid_argument`, in the reference's words: there is no key.
 */
function groupcacheRoute(rest: string, isGroup: (name: string) => boolean): Route {
  const read = sentAsForm(rest) ? (part: string) => decode(part.replaceAll('+', ' ')) : decode;
  const slash = rest.indexOf('/');
  if (slash !== -1) {
    const route = groupcacheTo(read(rest.slice(0, slash)), read(rest.slice(slash + 1)));
    return isGroup(route.group) || !route.group.includes('/') ? route : asReferenceCuts(route);
  }
  const whole = groupcacheTo('', read(rest));
  if (!whole.key.includes('/')) throw new CacheError('invalid_argument', 'bad request');
  return asReferenceCuts(whole);
}

/** The same path as golang/groupcache would cut it: `g%2Fx/k` is the key `x/k` of the group `g`. */
function asReferenceCuts({ group, key }: Route): Route {
  const path = group === '' ? key : `${group}/${key}`;
  const slash = path.indexOf('/');
  return groupcacheTo(path.slice(0, slash), path.slice(slash + 1));
}

function groupcacheTo(group: string, key: string): Route {
  return { to: 'groupcache', group, key, query: '' };
}

// Whether a `+` is a space. Stock groupcache clients escape with url.QueryEscape: a space is sent as `+`, a plus as %2B.
// groupcache-go v3's escape with url.PathEscape: a space is %20, a plus is `+`. Each gives itself away by what the other
// never sends: %20, or one of $ & : = @ unescaped. A target with no such sign is taken for the stock client's.
const PATH_ESCAPED = /%20|[$&:=@]/;

function sentAsForm(rest: string): boolean {
  return rest.includes('+') && !PATH_ESCAPED.test(rest);
}

const ONLY_DOTS = /^\.{1,2}$/;

function encode(part: string): string {
  // Unescaped, they would be cleaned away by the first proxy or URL parser on the way.
  if (ONLY_DOTS.test(part)) return part.replaceAll('.', '%2E');
  try {
    return encodeURIComponent(part);
  } catch (cause) {
    throw new CacheError('invalid_argument', 'a lone surrogate, which UTF-8 cannot carry', { cause });
  }
}
