// With `processes` one command runs several members on one machine, from one configuration: what it says of a member is said
// of the first, and this is what the others have in its place.

import { join } from 'node:path';
import { splitAddress } from '@ringcache/config';

/** What of a configuration tells the members apart. */
export interface ManyMembers {
  readonly processes: number;
  readonly portStep: number;
  readonly member: { readonly id?: string | undefined; readonly grpc: string; readonly http: string };
  readonly listen: { readonly grpc?: string | undefined; readonly http?: string | undefined };
  readonly dumpDir?: string | undefined;
}

/** The configuration of member `index`, from 0. With one process it is as it was. */
export function memberConfig<C extends ManyMembers>(config: C, index: number): C {
  if (config.processes === 1) return config;
  const { member, listen, dumpDir } = config;
  const shift = index * config.portStep;
  return {
    ...config,
    member: {
      ...member,
      ...(member.id === undefined ? {} : { id: `${member.id}-${index}` }),
      grpc: shifted(member.grpc, shift),
      http: shifted(member.http, shift),
    },
    listen: {
      ...(listen.grpc === undefined ? {} : { grpc: shifted(listen.grpc, shift) }),
      ...(listen.http === undefined ? {} : { http: shifted(listen.http, shift) }),
    },
    ...(dumpDir === undefined ? {} : { dumpDir: join(dumpDir, String(index)) }),
  };
}

/** Of every member, the first one's first. */
export function memberConfigs<C extends ManyMembers>(config: C): C[] {
  return Array.from({ length: config.processes }, (_, index) => memberConfig(config, index));
}

/** What the ring hashes. */
export function memberId({ member }: ManyMembers): string {
  return member.id ?? (member.grpc === '' ? member.http : member.grpc);
}

/** '' for none stays. */
function shifted(address: string, shift: number): string {
  if (address === '') return address;
  const { port } = splitAddress(address);
  return `${address.slice(0, address.lastIndexOf(':'))}:${port + shift}`;
}
