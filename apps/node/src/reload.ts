// A configuration that is read again while the node runs. All is checked before anything is applied: a file with a mistake
// changes nothing. What cannot change under way stays as it was, and is named.

import { createDoor, type OpenDoor } from '@ringcache/access';
import { CacheError, type Group, type MemoryBudget, type Reloaded } from '@ringcache/cache-core';
import { ConfigError } from '@ringcache/config';
import type { Logger } from '@ringcache/logger';
import type { TlsFiles } from 'ringcache';
import { changingLimits } from './changing-limits.js';
import { type NodeConfig, type Settings, schema } from './config.js';
import { changesBetween, nameOf, type SettingPath, withSettingsOf } from './config-changes.js';
import { doorRulesOf } from './door-rules.js';
import type { BoundedOrigin } from './origins/origin.js';
import { isReloadable } from './reloadable.js';

/** Where the configuration comes from. */
export interface ConfigSource {
  /** What the node was started with. */
  readonly settings: Settings;
  /** File, environment and flags as they are now. @throws {ConfigError} */
  read(): Settings;
  /** What this member has of them. */
  configOf(settings: Settings): NodeConfig;
}

/** What of a running node has settings that can change. */
export interface ReloadedParts {
  readonly logger: Logger;
  readonly door: OpenDoor;
  readonly groups: ReadonlyMap<string, Group>;
  /** By group; of those that have one. */
  readonly origins: ReadonlyMap<string, BoundedOrigin>;
  /** undefined: each group has a limit of its own. */
  readonly budget: MemoryBudget | undefined;
  /** undefined: no TLS. */
  readonly tls: TlsFiles | undefined;
}

export class Reload {
  readonly #source: ConfigSource;
  readonly #parts: ReloadedParts;
  #settings: Settings;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: ConfigSource, parts: ReloadedParts) {
    this.#source = source;
    this.#parts = parts;
    this.#settings = source.settings;
  }

  /** In force. */
  get config(): NodeConfig {
    return this.#source.configOf(this.#settings);
  }

  /**
   * Reads the configuration again and applies what can change, one call after the other; what it did is in the log.
   * @param options.dryRun says what it would apply, and applies nothing. Default false.
   * @throws {CacheError} `invalid_argument`, naming every mistake: nothing has changed.
   */
  run({ dryRun = false }: { dryRun?: boolean } = {}): Promise<Reloaded> {
    const result = this.#last.then(() => (dryRun ? this.#plan() : this.#run()));
    this.#last = result.catch(() => {}); // told to whoever asked, and in the log
    return result;
  }

  async #run(): Promise<Reloaded> {
    const { logger } = this.#parts;
    try {
      const reloaded = await this.#apply(this.#source.read());
      const { applied, refused } = reloaded;
      if (refused.length > 0) logger.warn('configuration: these need a restart, and stay as they were', { refused });
      logger.info(applied.length > 0 ? 'configuration reloaded' : 'configuration reloaded: nothing to apply', {
        applied,
      });
      return reloaded;
    } catch (error) {
      const { message } = error as Error;
      logger.error(`the configuration stays as it was: ${message}`);
      throw new CacheError('invalid_argument', message, { cause: error });
    }
  }

  /** What {@link #run} would do. The files of certificates are not looked at: they are taken in as they change anyway. */
  async #plan(): Promise<Reloaded> {
    try {
      const { applied, refused } = this.#difference(this.#source.read());
      return { applied: applied.map(nameOf).sort(), refused: refused.map(nameOf).sort() };
    } catch (error) {
      throw new CacheError('invalid_argument', (error as Error).message, { cause: error });
    }
  }

  async #apply(read: Settings): Promise<Reloaded> {
    const { door, tls } = this.#parts;
    const { applied, refused, settings, config, rules } = this.#difference(read);
    const hasNewFiles = (await tls?.reload()) ?? false; // the last that can fail
    door.change(rules);
    this.#applyLimits(config, applied);
    this.#settings = settings;
    return {
      applied: [...applied.map(nameOf), ...(hasNewFiles ? ['tls'] : [])].sort(),
      refused: refused.map(nameOf).sort(),
    };
  }

  /** What has changed, and the settings that are in force once what can be applied is. @throws if they cannot be used. */
  #difference(read: Settings) {
    const changes = changesBetween(this.#settings, read);
    const applied = changes.filter((path) => canApply(path, this.#settings, read));
    const refused = changes.filter((path) => !applied.includes(path));
    const settings = withSettingsOf(this.#settings, read, applied);
    if (refused.length > 0) check(settings, refused);
    const config = this.#source.configOf(settings);
    const rules = doorRulesOf(config);
    createDoor({ ...rules, shedAboveMs: 0 }).close(); // throws if the true one would
    return { applied, refused, settings, config, rules };
  }

  #applyLimits(config: NodeConfig, applied: readonly SettingPath[]): void {
    const { logger, groups, origins, budget } = this.#parts;
    if (applied.some(([head]) => head === 'log')) logger.level = config.log.level;
    const changed = new Set(applied.filter(([head]) => head === 'groups').map(([, name]) => name!));
    for (const name of changed) {
      const group = config.groups[name]!;
      // With a budget its memory is the budget's to give.
      groups.get(name)?.change({
        ...changingLimits(group),
        maxBytes: budget === undefined ? group.maxBytes : undefined,
        maxEntries: group.maxEntries ?? Number.POSITIVE_INFINITY,
      });
      origins.get(name)?.change(group.origin);
    }
    if (applied.some(([head, , setting]) => BUDGET.includes(setting ?? head!)))
      budget?.change({
        budgetBytes: config.budgetBytes,
        minBytes: new Map(Object.entries(config.groups).map(([name, group]) => [name, group.minBytes ?? 1])),
        intervalMs: config.budgetInterval,
      });
  }
}

const BUDGET: readonly string[] = ['budgetBytes', 'budgetInterval', 'minBytes'];

/** A budget begins and ends with the node; while there is one, a group's `maxBytes` is only where it began. */
function canApply(path: SettingPath, before: Settings, after: Settings): boolean {
  const [head, , ...rest] = path;
  const name = head === 'groups' ? ['groups', '<name>', ...rest].join('.') : path.join('.');
  if (head === 'groups' && !(path[1]! in before.groups && path[1]! in after.groups)) return false;
  const isBudgeted = before.budgetBytes !== undefined && after.budgetBytes !== undefined;
  if (name === 'budgetBytes' || name === 'groups.<name>.minBytes') return isBudgeted;
  if (name === 'groups.<name>.maxBytes') return before.budgetBytes === undefined;
  return isReloadable(name) === true;
}

/** What may change can be good only with what may not: tokens, for one, where no member can be told from others. */
function check(settings: Settings, refused: readonly SettingPath[]): void {
  const result = schema.safeParse(settings);
  if (result.success) return;
  const problems = result.error.issues.map(({ path, message }) => `${nameOf(path.map(String))}: ${message}`);
  throw new ConfigError([...problems, `these can only change with a restart: ${refused.map(nameOf).join(', ')}`]);
}
