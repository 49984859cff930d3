import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Postgres, startPostgres, startTcpProxy } from '@ringcache/infra';
import { openTracing } from '@ringcache/tracing';
import { Collector } from '@ringcache/tracing/testing/collector';

import { Service } from './testing/service.js';

let postgres: Postgres;
let collector: Collector;
beforeAll(async () => {
  [postgres, collector] = await Promise.all([startPostgres(), Collector.start()]);
});
afterAll(async () => {
  await Promise.all([postgres?.stop(), collector?.close()]);
});

const TRACE_ID = '4b'.repeat(16);
const SPAN_ID = 'a1'.repeat(8);

/** A call of the origin's `Load` within a trace that is recorded, whatever comes of it. */
function load(service: Service, key: string): Promise<void> {
  const metadata = new Metadata();
  metadata.set('traceparent', `00-${TRACE_ID}-${SPAN_ID}-01`);
  return new Promise((resolve) => {
    service.origin.load({ group: 'scores', key }, metadata, () => resolve());
  });
}

test("a load goes on with its caller's trace to the query; a student that is not there is no failure, a database is", async () => {
  const database = new URL(postgres.url);
  const proxy = await startTcpProxy(database.host);
  database.host = proxy.address;
  const tracing = await openTracing({ serviceName: 'origin', endpoint: collector.endpoint, sampleRatio: 0 });
  const service = await Service.start({ url: database.href, tracing, timeoutMs: 1_000, waitMs: 20_000 });
  await load(service, '张三');
  await load(service, '无此人');
  await service.get('张三'); // of no trace
  await proxy.close();
  await load(service, '张三');
  await service.close();
  await tracing.close();
  const { spans } = collector;
  const loads = spans.filter(({ name }) => name === 'ringcache.origin.v1.Origin/Load');
  const queries = spans.filter(({ name }) => name === 'SELECT students');
  expect(spans).toHaveLength(loads.length + queries.length);
  expect(loads.map(({ traceId, parentSpanId, kind }) => [traceId, parentSpanId, kind])).toEqual(
    loads.map(() => [TRACE_ID, SPAN_ID, 'server']),
  );
  expect(queries.map(({ parentSpanId }) => parentSpanId)).toEqual(loads.map(({ spanId }) => spanId));
  expect(loads.map(({ isError }) => isError)).toEqual([false, false, true]);
  expect(queries.map(({ isError }) => isError)).toEqual([false, false, true]);
  expect(loads[1]!.attributes).toMatchObject({ 'rpc.response.status_code': 'NOT_FOUND' });
  expect(queries[0]!.attributes).toEqual({
    ...{ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT', 'db.collection.name': 'students' },
  });
  expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('张三');
});
