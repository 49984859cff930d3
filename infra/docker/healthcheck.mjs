// Exit code 0: what listens there answers. For images that have no curl.
//   node healthcheck.mjs http://127.0.0.1:8081/livez     200 to 299
//   node healthcheck.mjs https://127.0.0.1:8081/livez    likewise; the certificate is not verified, it is this container's own
//   node healthcheck.mjs tcp://127.0.0.1:50051           takes a connection

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

const LIMIT_MS = 2_000;

const target = new URL(process.argv[2] ?? 'http://127.0.0.1:8081/livez');
const timer = setTimeout(() => end(`no answer within ${LIMIT_MS} ms`), LIMIT_MS);

if (target.protocol === 'tcp:') {
  const socket = connect({ host: target.hostname, port: Number(target.port) }, () => end());
  socket.on('error', (error) => end(error.message));
} else {
  const ask = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const asking = ask(target, { rejectUnauthorized: false }, ({ statusCode = 0 }) => {
    end(statusCode >= 200 && statusCode < 300 ? undefined : `status ${statusCode}`);
  });
  asking.on('error', (error) => end(error.message));
  asking.end();
}

/** @param {string} [problem] undefined: it answers. */
function end(problem) {
  clearTimeout(timer);
  if (problem !== undefined) process.stderr.write(`${target.href}: ${problem}\n`);
  process.exit(problem === undefined ? 0 : 1);
}
