import type { Readable, Writable } from 'node:stream';

const LINE_END = 0x0a;
const MAX_LINE_BYTES = 1024 * 1024; // of what has no end yet; then it is cut

/**
 * Passes on what several processes say on one stream without mixing within a line: only whole lines, all that have come at a
 * time. The last gets an end if it has none. `to` is never ended, and not waited for: where it is a pipe, a file or a
 * terminal its writes block, so that a reader that stops holds up these processes as it holds up one that is alone, and nothing piles up here.
 * @returns when `from` has said all.
 */
export function passWholeLines(from: Readable, to: Writable): Promise<void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;

  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(LINE_END) + 1;
    if (end > 0) {
      to.write(Buffer.concat([...begun, chunk.subarray(0, end)]));
      begun = [];
      begunBytes = 0;
    }
    if (end === chunk.length) return;
    begun.push(chunk.subarray(end));
    begunBytes += chunk.length - end;
    if (begunBytes > MAX_LINE_BYTES) cut();
  });
  from.on('error', () => {}); // what it belongs to has ended, which is told elsewhere
  return new Promise((resolve) => {
    from.once('close', () => {
      cut();
      resolve();
    });
  });

  function cut(): void {
    if (begunBytes === 0) return;
    to.write(Buffer.concat([...begun, Buffer.of(LINE_END)]));
    begun = [];
    begunBytes = 0;
  }
}
