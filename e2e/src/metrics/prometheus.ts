// A real Prometheus, Debian's, with the project's own configuration and rules, on a free port of loopback.

import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePort } from '@ringcache/infra';

import { until } from '../processes.js';

export const PROMETHEUS_FOLDER = fileURLToPath(new URL('../../../infra/prometheus', import.meta.url));
/** Said where it is missing, in the name of what is skipped. */
export const NEEDS_PROMETHEUS = 'needs prometheus';

export function hasPrometheus(): boolean {
  return ['prometheus', 'promtool'].every((command) => spawnSync(command, ['--version']).status === 0);
}

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly metric: Labels;
  /** Finite ones alone. */
  readonly values: readonly number[];
}

export class Prometheus {
  readonly #child: Child;
  readonly #url: string;
  readonly #folder: string;

  private constructor(child: Child, url: string, folder: string) {
    this.#child = child;
    this.#url = url;
    this.#folder = folder;
  }

  /** Scrapes `host:port`s and evaluates rules every so many seconds. */
  static async start(targets: readonly string[], everySeconds: number): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'ringcache-prometheus-'));
    await cp(PROMETHEUS_FOLDER, folder, { recursive: true });
    const config = await readFile(join(folder, 'prometheus.yml'), 'utf8');
    await writeFile(
      join(folder, 'prometheus.yml'),
      config.replaceAll(/_interval: \w+/g, `_interval: ${everySeconds}s`),
    );
    const sources = [{ targets, labels: { cluster: 'e2e' } }];
    await writeFile(join(folder, 'targets.yml'), JSON.stringify(sources)); // JSON is YAML
    const address = `127.0.0.1:${await freePort()}`;
    const child = new Child({
      command: 'prometheus',
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      cwd: folder,
      log: () => {},
      removeWithUs: folder,
    });
    const prometheus = new Prometheus(child, `http://${address}`, folder);
    await until('Prometheus is ready', async () => {
      if (!child.running) throw new Error(child.lastLines);
      return (await fetch(`http://${address}/-/ready`)).ok;
    }).catch(async (error: Error) => {
      await prometheus.stop();
      throw new Error(`${error.message}\n${child.lastLines}`);
    });
    return prometheus;
  }

  /** What a query came to over the last so many seconds, at each second. @throws {Error} the query is wrong. */
  async range(query: string, seconds: number): Promise<Series[]> {
    const end = Date.now() / 1_000;
    const parameters = { query, start: String(end - seconds), end: String(end), step: '1' };
    const { result } = (await this.#ask('query_range', parameters)) as { result: RangeResult[] };
    return result.map(({ metric, values }) => ({
      metric,
      values: values.map(([, value]) => Number(value)).filter(Number.isFinite),
    }));
  }

  /** What a query comes to now. */
  async now(query: string): Promise<Series[]> {
    const { result } = (await this.#ask('query', { query })) as { result: InstantResult[] };
    return result.map(({ metric, value }) => ({ metric, values: [Number(value[1])].filter(Number.isFinite) }));
  }

  /** Rules, with what became of their last evaluation. */
  async rules(): Promise<{ name: string; type: string; health: string; lastError?: string }[]> {
    const { groups } = (await this.#ask('rules', {})) as { groups: { rules: [] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGTERM', 10_000);
    await rm(this.#folder, { recursive: true });
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<unknown> {
    const url = `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const answer = (await (await fetch(url)).json()) as { status: string; data: unknown; error?: string };
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters.query}`);
    return answer.data;
  }
}

interface RangeResult {
  readonly metric: Labels;
  readonly values: readonly (readonly [at: number, value: string])[];
}

interface InstantResult {
  readonly metric: Labels;
  readonly value: readonly [at: number, value: string];
}
