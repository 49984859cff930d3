import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config-error.js';

/** A folder of its own for the files of a test. */
export class ConfigFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringcache-config-'));

  /** The path of a new `nodes.yaml` of this content. */
  file(content: string | Uint8Array): string {
    const path = join(this.#folder, 'nodes.yaml');
    writeFileSync(path, content);
    return path;
  }

  /** What `act` complains of, line by line, with paths cut down to the file's name. */
  problems(act: () => unknown): string[] {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.message.split('\n').map((line) => line.replaceAll(`${this.#folder}/`, ''));
    }
    throw new Error('nothing was refused');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
