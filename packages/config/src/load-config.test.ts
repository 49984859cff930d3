import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { address } from './address.js';
import { loadConfig } from './load-config.js';
import { secret } from './mark.js';
import { bytes, duration } from './quantity-schemas.js';
import { ConfigFolder } from './testing/config-folder.js';

const folder = new ConfigFolder();
afterAll(() => folder.remove());

describe('precedence', () => {
  const DEFAULT = -1;
  const PATHS = ['top', 'http.port', 'http.backlog', 'cache.hot.share'] as const;
  const NAMES = { TOP: 'top', HTTP_PORT: 'http.port', HTTP_BACKLOG: 'http.backlog', HOT_SHARE: 'cache.hot.share' };
  const number = z.number().default(DEFAULT);
  const schema = z.strictObject({
    top: number,
    http: z.strictObject({ port: number, backlog: number }).prefault({}),
    cache: z.strictObject({ hot: z.strictObject({ share: number }).prefault({}) }).prefault({}),
  });
  const layer = fc.record(Object.fromEntries(PATHS.map((path) => [path, fc.option(fc.integer(), { nil: undefined })])));

  test('each value is that of the first of flags, environment, file and defaults that has it', () => {
    fc.assert(
      fc.property(layer, layer, layer, (inFile, inEnv, flags) => {
        const env = Object.fromEntries(Object.entries(NAMES).map(([name, path]) => [name, inEnv[path]?.toString()]));
        const { top, http, cache } = loadConfig(schema, {
          file: folder.file(yamlOf(inFile)),
          env,
          envNames: NAMES,
          flags,
        });
        const loaded = [top, http.port, http.backlog, cache.hot.share];
        expect(loaded).toEqual(PATHS.map((path) => flags[path] ?? inEnv[path] ?? inFile[path] ?? DEFAULT));
      }),
      { numRuns: 100 },
    );
  });

  function yamlOf(values: Record<string, number | undefined>): string {
    const json = JSON.stringify({
      top: values.top,
      http: { port: values['http.port'], backlog: values['http.backlog'] },
      cache: { hot: { share: values['cache.hot.share'] } },
    });
    return json; // JSON is YAML
  }

  test('a list of the environment replaces that of the file, and an empty variable replaces nothing', () => {
    const file = folder.file('hosts: [a, b]\nname: x\n');
    const lists = z.strictObject({ hosts: z.array(z.string()), name: z.string() });
    const envNames = { HOSTS: 'hosts', NAME: 'name' };
    expect(loadConfig(lists, { file, env: { HOSTS: 'c', NAME: '' }, envNames })).toEqual({ hosts: ['c'], name: 'x' });
  });

  test('a flag that changes one place leaves the place alone that has the same YAML anchor', () => {
    const file = folder.file('a: &same { port: 1 }\nb: *same\n');
    const port = z.strictObject({ port: z.number() });
    const loaded = loadConfig(z.strictObject({ a: port, b: port }), { file, flags: { 'a.port': 2 } });
    expect(loaded).toEqual({ a: { port: 2 }, b: { port: 1 } });
  });

  test('a flag reaches into a map that the file leaves empty', () => {
    const file = folder.file('http:\n');
    expect(loadConfig(schema, { file, flags: { 'http.port': 7 } }).http.port).toBe(7);
  });
});

describe('text of flags and environment', () => {
  function fromText(schema: z.ZodType, text: string): unknown {
    const whole = z.strictObject({ it: schema });
    const inEnv = loadConfig(whole, { env: { IT: text }, envNames: { IT: 'it' } }) as { it: unknown };
    const asFlag = loadConfig(whole, { flags: { it: text } }) as { it: unknown };
    expect(asFlag).toEqual(inEnv);
    return inEnv.it;
  }

  test.each<[string, z.ZodType, string, unknown]>([
    ['a number', z.number(), ' 1e3 ', 1000],
    ['a number under optional and default', z.number().optional().default(3), '-0.5', -0.5],
    ['a number out of a pipe', z.preprocess((value) => value, z.number()), '8', 8],
    ['a number among literals', z.union([z.literal(1), z.literal(2)]), '2', 2],
    ['true', z.boolean(), 'Yes', true],
    ['false', z.boolean().nullable(), 'off', false],
    ['a boolean rather than the number of its spelling', z.boolean(), '1', true],
    ['a list of text', z.array(z.string()), 'a, b,,c', ['a', 'b', 'c']],
    ['a list of numbers', z.array(z.number()).default([]), '1,2', [1, 2]],
    ['digits as text where text is wanted', secret(), '007', '007'],
    ['a duration', duration(), '1.5s', 1500],
    ['a bare number of ms', duration(), '250', 250],
    ['a size', bytes(), '64MiB', 64 * 1024 * 1024],
    ['an enum', z.enum(['on', 'off']), 'off', 'off'],
    ['a value in a lazy schema', z.lazy(() => z.number()), '4', 4],
  ])('%s is read', (_, schema, text, value) => {
    expect(fromText(schema, text)).toEqual(value);
  });

  test('the items of a repeated flag are read each by itself', () => {
    expect(loadConfig(z.strictObject({ ports: z.array(z.number()) }), { flags: { ports: ['1', '2'] } })).toEqual({
      ports: [1, 2],
    });
  });

  test('text in the file is not taken for the number it looks like', () => {
    const file = folder.file('port: "80"\n');
    const act = () => loadConfig(z.strictObject({ port: z.number() }), { file });
    expect(folder.problems(act)).toEqual(['nodes.yaml:1: port: must be a number, got "80"']);
  });
});

describe('messages', () => {
  const origin = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('http'), url: z.string(), retries: z.number().int().max(9).default(2) }),
    z.strictObject({ type: z.literal('grpc'), target: address }),
  ]);
  const schema = z.strictObject({
    cluster: z.string(),
    http: z.strictObject({ port: z.number().int().max(65_535).optional() }).optional(),
    hosts: z.array(address).min(1).optional(),
    mode: z.enum(['json', 'pretty']).optional(),
    password: secret().min(8).optional(),
    fallback: z.union([z.strictObject({ after: z.number() }), z.array(z.string())]).optional(),
    groups: z
      .record(z.string().regex(/^[a-z]+$/), z.strictObject({ maxBytes: bytes({ min: '1MiB' }), origin }))
      .optional(),
  });
  const envNames = { CLUSTER: 'cluster', HOSTS: 'hosts', HTTP_PORT: 'http.port', PASSWORD: 'password' };

  function refused(yaml: string, env: NodeJS.ProcessEnv = {}, flags: Record<string, unknown> = {}): string[] {
    return folder.problems(() => loadConfig(schema, { file: folder.file(yaml), env, envNames, flags }));
  }

  test('every problem is a line of its own with its file, line and path', () => {
    const yaml = 'cluster: dev\ngroups:\n  scores:\n    maxBytes: 12\n    origin: { type: http }\nmode: loud\n';
    expect(refused(yaml)).toEqual([
      'nodes.yaml:6: mode: must be one of json, pretty, got "loud"',
      'nodes.yaml:4: groups.scores.maxBytes: must be at least 1 MiB, got 12',
      'nodes.yaml:5: groups.scores.origin.url: is required',
    ]);
  });

  test.each<[string, string, string]>([
    ['an unknown key is named with the one that was meant', 'clutser: x', 'unknown key; did you mean cluster?'],
    ['an unknown key like no other is named with those there are', 'http: { zzz: 1 }', 'unknown key; there are port'],
    ['a key that stands in another place is shown there', 'http: { cluster: x }', 'unknown key; did you mean cluster?'],
    ['a key that stands in a map is shown with it', 'port: 80', 'unknown key; did you mean http.port?'],
    [
      "a key of the union's other side is not offered",
      'groups: { a: { maxBytes: 2MiB, origin: { type: grpc, target: "a:1", url: x } } }',
      'unknown key; there are type, target',
    ],
    [
      'a near miss of a fixed word is named',
      'mode: pretyt',
      'must be one of json, pretty (did you mean pretty?), got "pretyt"',
    ],
    [
      "a near miss of the word that picks a union's side is named",
      'groups: { a: { maxBytes: 2MiB, origin: { type: htp } } }',
      'must be one of http, grpc (did you mean http?), got "htp"',
    ],
    [
      'a missing word that picks a side is asked for',
      'groups: { a: { maxBytes: 2MiB, origin: {} } }',
      'is required: one of http, grpc',
    ],
    ['an empty value is said to be one', 'http:', 'is empty: give it a value, or remove it'],
    ['a map is wanted', 'http: 80', 'must be a map, got 80'],
    ['a list is wanted', 'hosts: { a: 1 }', 'must be a list, got a map'],
    ['a list must not be empty', 'hosts: []', 'must have at least 1 item'],
    ['a whole number is wanted', 'http: { port: 1.5 }', 'must be a whole number, got 1.5'],
    ['a number is over its limit', 'http: { port: 70000 }', 'must be at most 65535, got 70000'],
    ['a bad name of a map is shown', 'groups: { A1: 1 }', 'has a bad name: must match /^[a-z]+$/'],
    ['text is wanted', 'mode: json\nfallback: 3', 'must be a map, or a list, got 3'],
    ['a union is judged by the form that was meant', 'fallback: { after: soon }', 'must be a number, got "soon"'],
    [
      'a key unknown to the form that was meant is named',
      'fallback: { after: 1, befor: 2 }',
      'unknown key; there are after',
    ],
  ])('%s', (_, yaml, message) => {
    const [problem, ...others] = refused(`cluster: dev\n${yaml}\n`);
    expect(others).toEqual([]);
    expect(problem!.endsWith(`: ${message}`)).toBe(true);
  });

  test('a bad value of the environment or of a flag is named by where it was set', () => {
    const env = { HOSTS: 'a:1,b', HTTP_PORT: 'eighty' };
    expect(refused('cluster: dev', env)).toEqual([
      'environment HTTP_PORT: must be a number, got "eighty"',
      'environment HOSTS: item 2: must end with a port: "host:8080", got "b"',
    ]);
    expect(refused('cluster: dev', env, { 'http.port': 'x', hosts: ['a:1'] })).toEqual([
      'flag --http-port: must be a number, got "x"',
    ]);
  });

  test('a flag that goes by another name than its path is shown by it', () => {
    const act = () =>
      loadConfig(z.strictObject({ maxWait: z.number() }), {
        flags: { maxWait: 'x' },
        flagNames: { maxWait: '--patience' },
      });
    expect(folder.problems(act)).toEqual(['flag --patience: must be a number, got "x"']);
  });

  test('a missing value is named with the ways to set it', () => {
    expect(refused('', {}, { cluster: undefined })).toEqual([
      'nodes.yaml: cluster: is required (or set CLUSTER or --cluster)',
    ]);
    expect(folder.problems(() => loadConfig(z.strictObject({ a: z.string() }), {}))).toEqual(['a: is required']);
  });

  test('a variable cannot hide that the file has a value where a map belongs', () => {
    expect(refused('cluster: dev\nhttp: 80\n', { HTTP_PORT: '90' })).toEqual([
      'nodes.yaml:2: http: must be a map, got 80',
    ]);
  });

  test('no message quotes a secret or the password in a URL', () => {
    expect(refused('cluster: dev\npassword: short', {})).toEqual([
      'nodes.yaml:2: password: must have at least 8 characters',
    ]);
    expect(refused('cluster: dev', { PASSWORD: 'hunter2' })).toEqual([
      'environment PASSWORD: must have at least 8 characters',
    ]);
    expect(refused('cluster: dev\npassword: 12345678')).toEqual([
      'nodes.yaml:2: password: must be text (in quotes, if it looks like something else)',
    ]);
    const [problem] = refused('cluster: dev\nhosts: ["http://me:hunter2@h:1"]');
    expect(problem).toBe(
      'nodes.yaml:2: hosts[0]: must be host:port, with no scheme before it, got "http://me:***@h:1"',
    );
  });

  test('what is quoted is cut, and strange names cannot break a line', () => {
    const [long] = refused(`cluster: dev\nmode: ${'x'.repeat(5000)}`);
    expect(long!.length).toBeLessThan(200);
    expect(refused('cluster: dev\n"a\\nb": 1')[0]).toContain(': "a\\nb": unknown key');
  });

  test("a schema's own words go before ours", () => {
    const own = z.strictObject({ n: z.number('must be a count of sheep') });
    expect(folder.problems(() => loadConfig(own, { flags: { n: 'x' } }))).toEqual([
      'flag --n: must be a count of sheep, got "x"',
    ]);
  });

  test('of very many problems the message tells the first, and how many there are', () => {
    const yaml = Array.from({ length: 60 }, (_, index) => `unknown${index}: 1`).join('\n');
    const lines = refused(`cluster: dev\n${yaml}`);
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('… and 10 more');
  });
});
