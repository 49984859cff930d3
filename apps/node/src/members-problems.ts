// Whether the members of one machine can run beside each other, said before the first of them is started: what they would say
// themselves is that a port is in use, without a word on by whom.

import { splitAddress } from '@ringcache/config';
import { type ManyMembers, memberConfigs, memberId } from './member-config.js';

export interface ManyListed extends ManyMembers {
  readonly discovery: { readonly type: string; readonly members: readonly { readonly id: string }[] };
}

export interface MembersProblem {
  /** The setting to change. */
  readonly path: string[];
  readonly message: string;
}

const LAST_PORT = 65_535;
const MAX_NAMED = 8; // of the members that are missing from a list

/** Empty: they can. Of one process there is nothing to say. */
export function membersProblems(config: ManyListed): MembersProblem[] {
  if (config.processes === 1) return [];
  const ranges = portsOf(config).flatMap((port) => rangeProblem(port, config));
  const problems = ranges.length > 0 ? ranges : overlaps(config);
  return problems.length > 0 ? problems : notListed(config);
}

/** The first member's. */
interface Port {
  readonly kind: 'gRPC' | 'HTTP';
  readonly path: string[];
  readonly number: number;
}

function portsOf({ member, listen }: ManyMembers): Port[] {
  return [
    portOf('gRPC', ['member', 'grpc'], member.grpc),
    portOf('HTTP', ['member', 'http'], member.http),
    portOf('gRPC', ['listen', 'grpc'], listen.grpc),
    portOf('HTTP', ['listen', 'http'], listen.http),
  ].flat();
}

function portOf(kind: Port['kind'], path: string[], address: string | undefined): Port[] {
  return address ? [{ kind, path, number: splitAddress(address).port }] : [];
}

function rangeProblem({ path, number }: Port, { processes, portStep }: ManyMembers): MembersProblem[] {
  const last = number + (processes - 1) * portStep;
  if (number > 0 && last <= LAST_PORT) return [];
  const message =
    number === 0
      ? `must name a port where there are ${processes} processes: those of the others are counted from it`
      : `is too high: the last of ${processes} processes would need port ${last}, and ${LAST_PORT} is the highest`;
  return [{ path, message }];
}

/** Of what the members listen on, and of where they are reached, if that is elsewhere. */
function overlaps(config: ManyMembers): MembersProblem[] {
  const [reached, listening] = [new Map<string, Port>(), new Map<string, Port>()];
  for (const port of portsOf(config)) {
    if (port.path[0] === 'member') reached.set(port.kind, port);
    listening.set(port.kind, port); // what `listen` says comes later, and in its place
  }
  const problems = [reached, listening].map((ports) => overlap(ports.get('gRPC'), ports.get('HTTP'), config));
  return problems.find((found) => found.length > 0) ?? [];
}

function overlap(grpc: Port | undefined, http: Port | undefined, config: ManyMembers): MembersProblem[] {
  if (grpc === undefined || http === undefined) return [];
  const { processes, portStep } = config;
  const [low, high] = grpc.number <= http.number ? [grpc, http] : [http, grpc];
  const apart = high.number - low.number;
  if (apart % portStep !== 0 || apart / portStep >= processes) return [];
  const clash = `${high.number} would be the ${low.kind} port of member ${apart / portStep} and the ${high.kind} port of member 0`;
  const wider = apart + 1; // the ports of one kind then miss those of the other, however many there are
  const isRoom = apart > 0 && high.number + (processes - 1) * wider <= LAST_PORT;
  const ways = [
    `give ${high.path.join('.')} port ${low.number + processes * portStep} or a higher one`,
    ...(isRoom ? [`set portStep to ${wider}`] : []),
  ];
  return [{ path: ['processes'], message: `makes ports overlap: ${clash}; ${ways.join(', or ')}` }];
}

/** A fixed list has to have all of them: nobody asks a member that is not in it. */
function notListed(config: ManyListed): MembersProblem[] {
  if (config.discovery.type !== 'static') return [];
  const listed = new Set(config.discovery.members.map(({ id }) => id));
  const missing = memberConfigs(config).filter((each) => !listed.has(memberId(each)));
  if (missing.length === 0) return [];
  const named = missing.slice(0, MAX_NAMED).map(asListed).join(', ');
  const more = missing.length > MAX_NAMED ? ` … and ${missing.length - MAX_NAMED} more` : '';
  const message = `must have each member of ${config.processes} processes; missing: ${named}${more}`;
  return [{ path: ['discovery', 'members'], message }];
}

/** As it is to be written into the file. */
function asListed(config: ManyMembers): string {
  const { grpc, http } = config.member;
  const parts = Object.entries({ id: memberId(config), grpc, http }).filter(([, text]) => text !== '');
  return `{ ${parts.map(([key, text]) => `${key}: "${text}"`).join(', ')} }`;
}
