/** Lines in one message; a file of the wrong kind altogether would scroll the first, telling ones away. */
const MAX_PROBLEMS = 50;

/** The configuration can't be used. The message is every problem, one a line, for a person to read. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Each with its source and path: `nodes.yaml:7: groups.scores.maxBytes: must be at least 1 MiB, got 12`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    const shown = problems.slice(0, MAX_PROBLEMS);
    if (problems.length > shown.length) shown.push(`… and ${problems.length - shown.length} more`);
    super(shown.join('\n'), options);
    this.problems = problems;
  }
}
