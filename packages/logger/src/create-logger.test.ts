import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLogger, endLogger, type Level, type LoggerOptions } from './create-logger.js';
import type { Logger } from './index.js';

const AT = new Date('2026-03-04T05:06:07.008Z');
const HOUR = String(AT.getHours()).padStart(2, '0'); // pretty lines have local time

class Captured extends Writable {
  isTTY = false;
  text = '';

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk;
    callback();
  }
}

/** What `act` logs. */
async function logged(act: (logger: Logger) => void, options: Partial<LoggerOptions> = {}): Promise<string> {
  const stream = new Captured();
  const logger = createLogger({ name: 'app', stream, env: {}, now: () => AT, ...options });
  act(logger);
  await endLogger(logger);
  return stream.text;
}

const json = async (act: (logger: Logger) => void, level: Level = 'info') =>
  JSON.parse(await logged(act, { level, format: 'json' })) as Record<string, unknown>;

const pretty = (act: (logger: Logger) => void, level: Level = 'info') => logged(act, { level, format: 'pretty' });

describe('the form of a line', () => {
  test('JSON has time, level, name, message and fields, in this order', async () => {
    const line = await logged((logger) => logger.warn('it rains', { where: 'here', mm: 3 }));
    expect(line).toBe(
      '{"ts":"2026-03-04T05:06:07.008Z","level":"warn","name":"app","msg":"it rains","where":"here","mm":3}\n',
    );
  });

  test('a pretty line has local time, level, name, message and fields', async () => {
    const fields = { key: 'k', text: 'a "b" c', empty: '', list: [1, 'x y'], in: { deep: true }, gone: undefined };
    const line = await pretty((logger) => logger.info('it rains', fields));
    expect(line.slice(0, 3)).toBe(`${HOUR}:`);
    expect(line.slice(5)).toBe(
      ':07.008 INFO  app it rains key=k text="a \\"b\\" c" empty="" list=[1,"x y"] in.deep=true\n',
    );
  });

  test('a request id is short for people and whole for programs', async () => {
    const act = (logger: Logger) => logger.info('m', { requestId: '0123456789abcdef' });
    expect(await pretty(act)).toContain(' requestId=01234567\n');
    expect(await json(act)).toMatchObject({ requestId: '0123456789abcdef' });
  });

  test.each<[string, boolean, NodeJS.ProcessEnv, LoggerOptions['format'], string]>([
    ['a terminal gets colours', true, {}, 'auto', 'coloured'],
    ['a file gets JSON', false, {}, 'auto', 'json'],
    ['FORCE_COLOR makes any stream a terminal', false, { FORCE_COLOR: '1' }, 'auto', 'coloured'],
    ['FORCE_COLOR=0 does not', false, { FORCE_COLOR: '0' }, 'auto', 'json'],
    ['NO_COLOR takes the colours only', true, { NO_COLOR: '1' }, 'auto', 'plain'],
    ['a dumb terminal has none', true, { TERM: 'dumb' }, 'auto', 'plain'],
    ['pretty in a file has none', false, {}, 'pretty', 'plain'],
    ['JSON in a terminal has none', true, { FORCE_COLOR: '1' }, 'json', 'json'],
  ])('%s', async (_, isTTY, env, format, expected) => {
    const stream = Object.assign(new Captured(), { isTTY });
    const logger = createLogger({ name: 'app', stream, env, format });
    logger.info('m');
    await endLogger(logger);
    const form = stream.text.startsWith('{') ? 'json' : stream.text.includes('\u001b[') ? 'coloured' : 'plain';
    expect(form).toBe(expected);
  });
});

describe('levels', () => {
  test('a level can be changed at run time, for children too', async () => {
    const text = await logged((logger) => {
      const child = logger.child({ part: 1 });
      child.debug('one');
      logger.level = 'debug';
      child.debug('two');
      logger.level = 'error';
      child.warn('three');
    });
    expect(text.match(/"msg":"\w+"/g)).toEqual(['"msg":"two"']);
  });

  test('an unknown level is refused, not silent', () => {
    expect(() => createLogger({ name: 'app', level: 'loud' as Level })).toThrow(RangeError);
  });

  test('a field is not read while its level is off', async () => {
    const field = {
      get x(): never {
        throw new Error('was read');
      },
    };
    expect(await logged((logger) => logger.debug('m', field))).toBe('');
  });
});

describe('fields', () => {
  test('a child has its own and those of its parents; the call goes first', async () => {
    const act = (logger: Logger) => logger.child({ a: 1, b: 1 }).child({ b: 2, c: 2 }).info('m', { c: 3 });
    expect(await json(act)).toMatchObject({ a: 1, b: 2, c: 3 });
  });

  test('none can take the place of what the logger says', async () => {
    const fields = { ts: 1, level: 'x', name: 'x', msg: 'x', message: 'x', stack: 'x' };
    expect(await json((logger) => logger.info('m', fields))).toEqual({
      ts: AT.toISOString(),
      level: 'info',
      name: 'app',
      msg: 'm',
      ts_: 1,
      level_: 'x',
      name_: 'x',
      msg_: 'x',
      message: 'x',
      stack: 'x',
    });
  });

  test('a message with format marks keeps its fields', async () => {
    expect(await json((logger) => logger.info('key %s %d', { a: 1 }))).toMatchObject({ msg: 'key %s %d', a: 1 });
  });

  test('what a call is given is not changed', async () => {
    const fields = Object.freeze({ message: 'x' });
    expect(await json((logger) => logger.info(fields))).toEqual({
      ts: AT.toISOString(),
      level: 'info',
      name: 'app',
      msg: '',
      message: 'x',
    });
  });

  test('the other forms of winston calls lose nothing', async () => {
    expect(await json((logger) => logger.info('m', 1, 'two'))).toMatchObject({ msg: 'm', more: [1, 'two'] });
    expect(await json((logger) => logger.info('m', { a: 1 }, 2))).toMatchObject({ fields: { a: 1 }, more: [2] });
    expect(await json((logger) => logger.log('warn', 'm', { a: 1 }))).toMatchObject({ level: 'warn', msg: 'm', a: 1 });
    expect(await json((logger) => logger.log({ level: 'warn', message: 'm', a: 1 }))).toMatchObject({
      level: 'warn',
      msg: 'm',
      a: 1,
    });
    expect(await json((logger) => logger.info(42))).toMatchObject({ msg: '42' });
  });
});

describe('errors', () => {
  const cause = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
  const error = Object.assign(new TypeError('boom', { cause }), { code: 'unavailable' });

  test('show name, message, code and cause, wherever they are given', async () => {
    const shown = {
      name: 'TypeError',
      message: 'boom',
      code: 'unavailable',
      cause: { name: 'Error', message: 'no route', code: 'EHOSTUNREACH' },
    };
    expect((await json((logger) => logger.error('failed', error))).error).toEqual(shown);
    expect((await json((logger) => logger.error('failed', { why: error }))).why).toEqual(shown);
    expect(await json((logger) => logger.error(error))).toMatchObject({ msg: 'boom', error: shown });
    expect(await json((logger) => logger.child({ error }).error('failed'))).toMatchObject({
      msg: 'failed',
      error: shown,
    });
  });

  test('show their stack from debug on', async () => {
    const entry = await json((logger) => logger.error('failed', error), 'debug');
    expect(entry.error).toMatchObject({ stack: error.stack, cause: { stack: cause.stack } });
    const lines = (await pretty((logger) => logger.error('failed', error), 'debug')).split('\n');
    expect(lines[0]).toContain('error.message=boom');
    expect(lines[1]).toMatch(/^ {4}TypeError: boom/);
    expect(await pretty((logger) => logger.error('failed', error))).not.toContain('    at ');
  });

  test('show each error of an aggregate', async () => {
    const both = new AggregateError([error, cause], 'both');
    expect((await json((logger) => logger.error('failed', both))).error).toMatchObject({
      errors: [{ message: 'boom' }, { message: 'no route' }],
    });
  });
});

describe('whatever is logged', () => {
  const FORGERY = 'x\n00:00:00.000 INFO  app forged';

  test('no text of a stranger makes a line of its own, or reaches the controls of a terminal', async () => {
    const unsafe = fc.constantFrom(
      '\n',
      '\r',
      '\u2028',
      '\u2029',
      '\u001b[2J',
      '\u009b2J',
      '\u0000',
      '\u007f',
      '\u202e',
      '\u{e0001}',
      '\ud800',
      '"',
      '\\',
      ' ',
      '=',
    );
    const text = fc
      .array(fc.oneof(unsafe, fc.string({ unit: 'binary' })), { maxLength: 6 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        text,
        fc.constantFrom('json' as const, 'pretty' as const),
        async (message, key, value, format) => {
          const stream = new Captured();
          const logger = createLogger({ name: 'app', stream, env: {}, format, now: () => AT });
          logger.info(message, { [key]: value, list: [value], error: new Error(value) });
          await endLogger(logger);
          expect(stream.text.endsWith('\n')).toBe(true);
          expect(stream.text.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('JSON gives each text back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        expect(await json((logger) => logger.info(text, { text }))).toMatchObject({ msg: text, text });
      }),
      { numRuns: 100 },
    );
  });

  test('a stack can forge no line either', async () => {
    const text = await pretty((logger) => logger.error('failed', new Error(FORGERY)), 'debug');
    const [first, ...others] = text.trimEnd().split('\n');
    expect(first).toContain(' ERROR app failed ');
    expect(others.length).toBeGreaterThan(1);
    for (const line of others) expect(line).toMatch(/^ {4}/);
  });

  test.each<[string, unknown, unknown]>([
    ['a BigInt', 12n, '12'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', () => 1, '<function>'],
    ['no number', Number.NaN, 'NaN'],
    ['bytes', Buffer.from('secret'), '<6 bytes>'],
    ['a date', AT, AT.toISOString()],
    ['a date that is none', new Date(Number.NaN), null],
    ['a URL', new URL('http://a/b'), 'http://a/b'],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, () => 1],
      ]),
      { a: 1, 2: '<function>' },
    ],
    ['a set', new Set([1]), [1]],
    ['an object with no prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a field called __proto__', JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no');
        },
        b: 1,
      },
      { a: '<unreadable>', b: 1 },
    ],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
      '<unreadable>',
    ],
    ['a revoked proxy', revoked(), '<unreadable>'],
    ['a long text', 'x'.repeat(100_000), `${'x'.repeat(8192)}…`],
  ])('%s is shown', async (_, value, shown) => {
    expect((await json((logger) => logger.info('m', { value }))).value).toEqual(shown);
    expect(await pretty((logger) => logger.info('m', { value }))).toContain(' m');
  });

  test('a cycle is shown as one, the same thing twice as itself', async () => {
    const twice = { a: 1 };
    const cycle: Record<string, unknown> = { twice, again: twice };
    cycle.self = cycle;
    expect(await json((logger) => logger.info('m', { cycle }))).toMatchObject({
      cycle: { twice: { a: 1 }, again: { a: 1 }, self: '<cycle>' },
    });
  });

  test('a line stays short, however much or deep it is given', async () => {
    const wide = Array.from({ length: 100_000 }, (_, index) => index);
    expect((await logged((logger) => logger.info('m', { wide, list: { wide } }))).length).toBeLessThan(10_000);
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(await logged((logger) => logger.info('m', { deep }))).toContain('<deeper>');
  });

  test('fields, messages and children that cannot be read cost no line', async () => {
    const thrower = {
      get a(): never {
        throw new Error('no');
      },
    };
    const text = await logged((logger) => {
      logger.info('one', thrower);
      logger.info(revoked());
      logger.error(Object.defineProperty(new Error(), 'message', { get: () => thrower.a }));
      logger.child(thrower).child({ b: 1 }).info('three', { c: 1 });
      logger.log(
        Object.defineProperty({ level: 'info' }, 'message', { get: () => thrower.a, enumerable: true }) as never,
      );
      for (const message of [null, undefined, Symbol('s'), Object.create(null), 1n]) logger.info(message);
    });
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toHaveLength(10);
    expect(entries[0]).toMatchObject({ msg: 'one', a: '<unreadable>' });
    expect(entries[3]).toMatchObject({ msg: 'three', c: 1 });
  });

  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
});

describe('the end of a log', () => {
  test('a line after it is dropped', async () => {
    const stream = new Captured();
    const logger = createLogger({ name: 'app', stream, env: {} });
    const child = logger.child({ a: 1 });
    logger.info('one');
    await endLogger(logger);
    await endLogger(logger);
    logger.info('two');
    child.info('three');
    expect(stream.text.match(/"msg":"\w+"/g)).toEqual(['"msg":"one"']);
    expect(stream.writableEnded).toBe(false);
    await expect(endLogger(child)).rejects.toThrow(TypeError);
  });

  test('a reader that has gone does not end the process', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('EPIPE')) });
    const logger = createLogger({ name: 'app', stream, env: {} });
    const closed = new Promise((resolve) => stream.once('close', resolve));
    logger.info('one');
    await closed;
    logger.info('two');
    await endLogger(logger);
    expect(stream.destroyed).toBe(true);
  });
});
