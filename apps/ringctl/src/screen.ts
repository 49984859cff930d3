// The whole terminal as a view that is drawn again and again, and put back as it was at the end.

import { emitKeypressEvents, type Key } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const ENTER = '\x1b[?1049h\x1b[?25l'; // the other screen, no cursor
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

export class Screen {
  readonly #onKey: (key: string) => void;
  readonly #pressed = (_: string | undefined, key: Key) =>
    this.#onKey(key.ctrl ? `ctrl-${key.name}` : (key.name ?? ''));
  readonly #leave = () => process.stdout.write(LEAVE);
  #lines: readonly string[] = [];
  readonly #redraw = () => this.draw(this.#lines);

  /** @param onKey hears each key that is pressed, `ctrl-c` too. */
  constructor(onKey: (key: string) => void) {
    this.#onKey = onKey;
    process.stdout.write(ENTER);
    process.on('exit', this.#leave); // however the process ends
    process.stdout.on('resize', this.#redraw);
    if (!process.stdin.isTTY) return;
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', this.#pressed);
  }

  /** In place of what was there; what has no room is cut. */
  draw(lines: readonly string[]): void {
    this.#lines = lines;
    const columns = process.stdout.columns || 80; // some terminals do not know, and say 0
    const rows = process.stdout.rows || 24;
    const shown = lines.slice(0, rows - 1).map((line) => cut(line, columns) + CLEAR_LINE);
    process.stdout.write(HOME + shown.join('\r\n') + CLEAR_BELOW);
  }

  close(): void {
    process.stdout.off('resize', this.#redraw);
    process.off('exit', this.#leave);
    this.#leave();
    if (!process.stdin.isTTY) return;
    process.stdin.off('keypress', this.#pressed);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}

/** One that is too long loses its colours: where they end is not known then. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}
