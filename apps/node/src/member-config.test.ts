import { expect, test } from '@jest/globals';

import { memberConfig, memberConfigs, memberId } from './member-config.js';

const config = {
  processes: 3,
  portStep: 10,
  member: { cluster: 'dev', id: 'big', grpc: 'host:9000', http: '', weight: 2 },
  listen: { grpc: '[::]:9500' },
  dumpDir: 'dumps',
};

test('each member has ports, an id and a folder of its own, and all else as it was', () => {
  expect(memberConfig(config, 0)).toEqual({
    ...config,
    member: { ...config.member, id: 'big-0' },
    dumpDir: 'dumps/0',
  });
  expect(memberConfig(config, 2)).toEqual({
    ...config,
    member: { ...config.member, id: 'big-2', grpc: 'host:9020' },
    listen: { grpc: '[::]:9520' },
    dumpDir: 'dumps/2',
  });
});

test('what is not set stays so', () => {
  const { dumpDir: _, ...bare } = { ...config, member: { grpc: 'host:1', http: 'host:101' }, listen: {} };
  expect(memberConfig(bare, 1)).toEqual({ ...bare, member: { grpc: 'host:11', http: 'host:111' } });
  expect(memberConfigs(bare).map(memberId)).toEqual(['host:1', 'host:11', 'host:21']);
});

test('one process is as it is configured', () => {
  expect(memberConfig({ ...config, processes: 1 }, 0)).toEqual({ ...config, processes: 1 });
});
