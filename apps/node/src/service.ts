// Several members on one machine as one service: a JavaScript program uses one core, so a machine with many runs a member on
// each. The members are equal to any others of the ring, and know nothing of this process but that it is there: an IPC channel
// that closes says that the service ends, whether it was asked to or was killed, so that none is ever left behind.
//
// They all leave at the same time. One after another, a key would move from one member of the machine to the next, and be
// handed over each time or loaded, only to move again; and with handoffs of 10 s eight members would take over a minute.
// Together they hand over to members on other machines at once, and do not wait for each other. Measured, with four members
// that leave the ring to one: of their keys 11 % were loaded again, and 46 % where they left 2.5 s apart.

import type { Logger } from '@ringcache/logger';

import { BAD_CONFIG, type NodeConfig } from './config.js';
import { memberConfigs, memberId } from './member-config.js';
import { MemberProcess } from './member-process.js';
import { type Output, outputOf } from './service-output.js';

export interface ServiceOptions {
  config: NodeConfig;
  /** This program's, which each member is started with too. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logger: Logger;
  /** A member cannot use its configuration: the service is to be stopped. */
  onBadConfig: () => void;
}

export class Service {
  readonly #members: MemberProcess[];
  #hasBadConfig = false;

  /** Starts every member. */
  constructor({ config, args, env, logger, onBadConfig }: ServiceOptions) {
    const output: Output = outputOf(process.stdout, config.log.format, env);
    process.stderr.on('error', () => {}); // whoever read it has gone, which ends nothing; of stdout the logger sees to it
    const configs = memberConfigs(config);
    this.#members = configs.map(
      (each, index) =>
        new MemberProcess({
          id: memberId(each),
          // As this process understood them: `auto`, or a file that is changed later, would be another service.
          args: [
            ...args,
            ...output.args,
            ...['--processes', String(config.processes), '--port-step', String(config.portStep)],
            ...['--member-index', String(index)],
          ],
          env: output.env,
          logger,
          onBadConfig: () => {
            this.#hasBadConfig = true;
            onBadConfig();
          },
        }),
    );
    const members = configs.map((each, index) => {
      const { grpc, http } = each.member;
      return { id: memberId(each), grpc, http, pid: this.#members[index]!.pid };
    });
    logger.info(`started ${members.length} members`, { members });
  }

  /**
   * Has every member leave the ring and end; none is started again.
   * @returns the exit code of the service: 0 if that of each is.
   */
  async stop(): Promise<number> {
    const codes = await Promise.all(this.#members.map((member) => member.end()));
    if (this.#hasBadConfig || codes.includes(BAD_CONFIG)) return BAD_CONFIG;
    return codes.every((code) => code === 0) ? 0 : 1;
  }

  /** Has every member read its configuration again; what comes of it is in their logs. */
  async reload(): Promise<void> {
    for (const member of this.#members) member.reload();
  }

  /** Ends every member at once. */
  kill(): void {
    for (const member of this.#members) member.kill();
  }
}

/** For a member: calls back when its service ends, at once if it has. */
export function onServiceEnd(callback: () => void): void {
  if (process.connected) process.once('disconnect', callback);
  else callback();
}
