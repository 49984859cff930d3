/** A line of a Procfile: what to run, under which name. */
export interface ProcfileEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const ENTRY = /^([A-Za-z0-9_-]+):\s*(\S.*)$/;
/** A word: pieces that are bare, 'single' or "double" quoted, with nothing between them. */
const WORD = /(?:[^\s'"]|'[^']*'|"[^"]*")+/g;

/**
 * Reads a Procfile: `name: command arguments` on each line, `#` comments and empty lines aside. Quotes keep a word
 * whole; variables, pipes and the rest of the shell are not understood, so that each process is a child with a pid of
 * its own.
 * @throws {Error} with the number of a line that cannot be read.
 */
export function parseProcfile(text: string): ProcfileEntry[] {
  const entries: ProcfileEntry[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, rest] = ENTRY.exec(line) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`Procfile, line ${index + 1}: not "name: command"`);
    if (entries.some((entry) => entry.name === name)) throw new Error(`Procfile, line ${index + 1}: a second ${name}`);
    if (rest.replace(WORD, '').trim() !== '') throw new Error(`Procfile, line ${index + 1}: a quote is not closed`);
    const [command, ...args] = rest.match(WORD)!.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
    entries.push({ name, command: command!, args });
  }
  return entries;
}

/** The value of a flag, given as `--flag value` or `--flag=value`. */
export function flagOf(entry: ProcfileEntry, flag: string): string | undefined {
  const index = entry.args.indexOf(flag);
  if (index >= 0) return entry.args[index + 1];
  return entry.args.find((argument) => argument.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
