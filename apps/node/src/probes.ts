import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface Probes {
  /** undefined: it is ready. */
  whyNotReady: () => string | undefined;
  metrics: Registry;
  onError: (error: unknown) => void;
}

/**
 * Answers what an operator's tools ask of the HTTP port: /livez (the process runs), /readyz (it takes part in the ring; 503
 * until then and from the moment it leaves), /metrics; whatever query comes with them. @returns false: it is none of these.
 */
export function answerProbe(request: IncomingMessage, response: ServerResponse, probes: Probes): boolean {
  switch (request.url?.split('?', 1)[0]) {
    case '/livez':
      send(response, 200, 'ok\n');
      return true;
    case '/readyz':
      sendReadiness(response, probes.whyNotReady());
      return true;
    case '/metrics':
      void sendMetrics(response, probes);
      return true;
    default:
      return false;
  }
}

function sendReadiness(response: ServerResponse, why: string | undefined): void {
  if (why === undefined) send(response, 200, 'ready\n');
  else send(response, 503, `${why}\n`);
}

async function sendMetrics(response: ServerResponse, { metrics, onError }: Probes): Promise<void> {
  try {
    const text = await metrics.metrics();
    send(response, 200, text, metrics.contentType);
  } catch (error) {
    onError(error);
    send(response, 500, 'the metrics could not be read\n');
  }
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
