import { describe, expect, test } from '@jest/globals';

import { type ManyListed, membersProblems } from './members-problems.js';

const BASE: ManyListed = {
  processes: 4,
  portStep: 1,
  member: { grpc: 'localhost:9000', http: 'localhost:9100' },
  listen: {},
  discovery: { type: 'etcd', members: [] },
};
const problemsOf = (change: Partial<ManyListed>) =>
  membersProblems({ ...BASE, ...change }).map(({ path, message }) => `${path.join('.')} ${message}`);

describe('members of one machine', () => {
  test('can run beside each other as long as no two need one port', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ member: { grpc: 'a:9000', http: 'a:9004' } })).toEqual([]);
    expect(problemsOf({ member: { grpc: 'a:9000', http: 'a:9001' }, portStep: 2 })).toEqual([]);
    expect(problemsOf({ member: { grpc: '', http: 'a:9001' } })).toEqual([]);
    expect(problemsOf({ member: { grpc: 'a:65532', http: '[::1]:1' } })).toEqual([]);
  });

  test('are not looked at where there is one', () => {
    expect(problemsOf({ processes: 1, member: { grpc: 'a:0', http: 'a:0' } })).toEqual([]);
  });

  test.each<[string, Partial<ManyListed>, string[]]>([
    [
      'ports that run into each other, with what to do',
      { member: { grpc: 'a:9000', http: 'a:9001' } },
      [
        'processes makes ports overlap: 9001 would be the gRPC port of member 1 and the HTTP port of member 0; give member.http port 9004 or a higher one, or set portStep to 2',
      ],
    ],
    [
      'the same, HTTP first and in steps',
      { member: { grpc: 'a:9030', http: 'a:9000' }, portStep: 10 },
      [
        'processes makes ports overlap: 9030 would be the HTTP port of member 3 and the gRPC port of member 0; give member.grpc port 9040 or a higher one, or set portStep to 31',
      ],
    ],
    [
      'one port for both',
      { member: { grpc: 'a:9000', http: 'a:9000' } },
      [
        'processes makes ports overlap: 9000 would be the gRPC port of member 0 and the HTTP port of member 0; give member.http port 9004 or a higher one',
      ],
    ],
    [
      'ports to listen on that overlap, though those to be reached at do not',
      { listen: { http: '0.0.0.0:9002' } },
      [
        'processes makes ports overlap: 9002 would be the gRPC port of member 2 and the HTTP port of member 0; give listen.http port 9004 or a higher one, or set portStep to 3',
      ],
    ],
    [
      'port 0',
      { member: { grpc: 'a:0', http: 'a:9000' }, listen: { http: 'a:0' } },
      [
        'member.grpc must name a port where there are 4 processes: those of the others are counted from it',
        'listen.http must name a port where there are 4 processes: those of the others are counted from it',
      ],
    ],
    [
      'ports past the last',
      { member: { grpc: 'a:65533', http: '' } },
      ['member.grpc is too high: the last of 4 processes would need port 65536, and 65535 is the highest'],
    ],
    [
      'a fixed list without some of them, as they are to be written there',
      { discovery: { type: 'static', members: [{ id: 'localhost:9000' }, { id: 'localhost:9002' }] } },
      [
        'discovery.members must have each member of 4 processes; missing: { id: "localhost:9001", grpc: "localhost:9001", http: "localhost:9101" }, { id: "localhost:9003", grpc: "localhost:9003", http: "localhost:9103" }',
      ],
    ],
    [
      'a fixed list without an id that was given',
      {
        processes: 2,
        member: { id: 'big', grpc: 'a:1', http: '' },
        discovery: { type: 'static', members: [{ id: 'big-0' }] },
      },
      ['discovery.members must have each member of 2 processes; missing: { id: "big-1", grpc: "a:2" }'],
    ],
  ])('are refused %s', (_, change, problems) => {
    expect(problemsOf(change)).toEqual(problems);
  });

  test('that are missing by the hundred are not all named', () => {
    const [problem] = problemsOf({ processes: 100, discovery: { type: 'static', members: [] } });
    expect(problem).toMatch(/http: "localhost:9107" } … and 92 more$/);
  });
});
