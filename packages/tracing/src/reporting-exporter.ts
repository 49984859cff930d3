import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** What an exporter says when it is done: 0 for a success. */
type Done = Parameters<SpanExporter['export']>[1];

const SUCCESS = 0;
const SAY_AGAIN_MS = 60_000; // a collector that is away for a night is no reason to fill the log

export interface ReportingExporterOptions {
  readonly exporter: SpanExporter;
  /** Hears of spans that were lost: at once, then at most once a minute. */
  readonly onProblem: (message: string) => void;
  /** Monotonic ms. */
  readonly now?: () => number;
}

/** Loses what the collector does not take, and says so; to everybody else, an export never fails. */
export class ReportingExporter implements SpanExporter {
  readonly #options: ReportingExporterOptions;
  readonly #now: () => number;
  #saidAt = Number.NEGATIVE_INFINITY;
  #lost = 0; // since it was said

  constructor(options: ReportingExporterOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#options.exporter.export(spans, ({ code, error }) => {
      if (code !== SUCCESS) this.#failed(spans.length, error);
      done({ code: SUCCESS });
    });
  }

  async forceFlush(): Promise<void> {
    await this.#options.exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#options.exporter.shutdown();
  }

  #failed(spans: number, error: Error | undefined): void {
    this.#lost += spans;
    const now = this.#now();
    if (now - this.#saidAt < SAY_AGAIN_MS) return;
    this.#options.onProblem(`${this.#lost} spans were lost, the collector did not take them: ${reasonOf(error)}`);
    this.#saidAt = now;
    this.#lost = 0;
  }
}

function reasonOf(error: Error | undefined): string {
  const { code, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const text = message === '' ? String(code ?? 'it gave no reason') : message;
  return text.slice(0, 200);
}
