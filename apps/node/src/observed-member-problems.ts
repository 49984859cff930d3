// Whether DNS, or Kubernetes, can list this member under the name that it has for itself. Said at the start: else the node would
// wait for ever to find itself in the list.

import { isIP } from 'node:net';
import { splitAddress } from '@ringcache/config';
import type { MembersProblem } from './members-problems.js';

export interface ObservedMember {
  readonly processes: number;
  readonly member: {
    readonly id?: string | undefined;
    readonly grpc: string;
    readonly http: string;
    readonly weight: number;
  };
  readonly discovery: {
    readonly type: string;
    readonly records?: 'srv' | 'a' | 'aaaa' | undefined;
    readonly grpcPort?: number | undefined;
    readonly httpPort?: number | undefined;
    readonly addressType?: 'IPv4' | 'IPv6' | undefined;
  };
}

/** Empty: it can, or discovery is another. At most one. */
export function observedMemberProblems({ discovery, member, processes }: ObservedMember): MembersProblem[] {
  const { type, records = 'srv', grpcPort, httpPort } = discovery;
  if (type !== 'dns' && type !== 'kubernetes') return [];
  const isSrv = type === 'dns' && records === 'srv';
  const isHttp = type === 'dns' ? !isSrv && grpcPort === undefined : member.grpc === '';
  const kind = isHttp ? 'http' : 'grpc';
  const address = member[kind];
  if (address === '') return one(['member', kind], `is required: ${type} knows members by it`);
  if (member.id !== undefined && member.id !== address) {
    return one(['member', 'id'], `must be left out where discovery is ${type}: it is member.${kind}, ${address}`);
  }
  if (member.weight !== 1)
    return one(['member', 'weight'], `must be 1 where discovery is ${type}, which knows no other`);
  if (isSrv) {
    if (address === address.toLowerCase()) return [];
    return one(['member', kind], 'must be in lower case where discovery is dns');
  }
  const family = discovery.addressType === 'IPv6' || records === 'aaaa' ? 6 : 4;
  const { host, port } = splitAddress(address);
  if (isIP(host) !== family) {
    return one(['member', kind], `must have an IPv${family} address where ${type} lists members by that`);
  }
  const wanted = type === 'kubernetes' ? port : (grpcPort ?? httpPort);
  if (port !== wanted)
    return one(['member', kind], `must have port ${wanted}, discovery.${kind}Port, like all members`);
  if (processes > 1) return one(['processes'], `must be 1: ${type} lists members of the same port`);
  return [];
}

function one(path: string[], message: string): MembersProblem[] {
  return [{ path, message }];
}
