// Faults: how each begins and ends. All that have begun are over when the scenario's active time is.

import type { Process } from './process.js';
import { aftermathMs, DIRECTORY_FAULTS, type Fault, ORIGIN_FAULTS } from './scenario.js';
import type { World } from './world.js';

export class Faults {
  readonly #world: World;
  readonly #open = new Set<() => void>();
  readonly #inForce = new Map<Fault['fault'], number>(); // how many of a kind
  readonly #lastAt = new Map<Fault['fault'], number>(); // when one of a kind ended
  readonly counts: Record<string, number> = {};
  #directoryAt = Number.POSITIVE_INFINITY; // since when the directory is, or was last, at fault, again and again

  constructor(world: World) {
    this.#world = world;
  }

  begin(fault: Fault, forMs: number): void {
    const { lists } = this.#world;
    if (lists !== undefined && DIRECTORY_FAULTS.includes(fault.fault)) return; // it is not asked
    const end = this.#begin(fault);
    if (end === undefined) return;
    this.counts[fault.fault] = (this.counts[fault.fault] ?? 0) + 1;
    const { scenario, clock } = this.#world;
    if (DIRECTORY_FAULTS.includes(fault.fault)) {
      const wasWell = !DIRECTORY_FAULTS.some((kind) => this.#since(kind, clock.now() - aftermathMs(scenario.settings)));
      if (wasWell) this.#directoryAt = clock.now();
    }
    this.#inForce.set(fault.fault, (this.#inForce.get(fault.fault) ?? 0) + 1);
    const name = JSON.stringify(fault);
    this.#world.tell(`*** ${name} for ${forMs} ms`);
    const over = () => {
      if (!this.#open.delete(over)) return;
      this.#world.tell(`*** over: ${name}`);
      end();
      this.#inForce.set(fault.fault, this.#inForce.get(fault.fault)! - 1);
      this.#lastAt.set(fault.fault, this.#world.clock.now());
    };
    this.#open.add(over);
    this.#world.clock.setTimeout(over, forMs);
  }

  /**
   * Whether one of these kinds was in force since then. Where the directory was at fault since, also some time before that: what a
   * member left behind that had ended could not be taken out of the ring.
   */
  since(kinds: readonly Fault['fault'][], at: number): boolean {
    const isDirectoryWell = !DIRECTORY_FAULTS.some((kind) => this.#since(kind, at));
    const aftermath = aftermathMs(this.#world.scenario.settings);
    const from = isDirectoryWell ? at : Math.min(at, this.#directoryAt - aftermath);
    return kinds.some((kind) => this.#since(kind, ORIGIN_FAULTS.includes(kind) ? at : from));
  }

  #since(kind: Fault['fault'], at: number): boolean {
    return (this.#inForce.get(kind) ?? 0) > 0 || (this.#lastAt.get(kind) ?? Number.NEGATIVE_INFINITY) >= at;
  }

  endAll(): void {
    for (const over of [...this.#open]) over();
  }

  /** Returns how to end it; undefined: it makes no sense now. */
  #begin(fault: Fault): (() => void) | undefined {
    const { network, members, database, etcd, scenario } = this.#world;
    switch (fault.fault) {
      case 'cut':
        return this.#cut([[fault.from, fault.to]]);
      case 'isolate':
        return this.#cut(
          members.flatMap((_, i): [number, number][] =>
            i === fault.node
              ? []
              : [
                  [i, fault.node],
                  [fault.node, i],
                ],
          ),
        );
      case 'cut-off': {
        const mend = this.#begin({ fault: 'isolate', node: fault.node })!;
        const relink = this.#begin({ fault: 'etcd-cut', node: fault.node });
        return () => {
          mend();
          relink?.();
        };
      }
      case 'crash':
        return this.#crash(fault.node);
      case 'leave':
        return this.#leave(fault.node);
      case 'twin':
        return this.#twin(fault.node);
      case 'stranger':
        return this.#stranger(fault.node);
      case 'pause':
        return this.#pause(fault.node);
      case 'slow-network':
        network.delayMs = [1, 900];
        return () => {
          network.delayMs = [...scenario.latencyMs];
        };
      case 'lossy-network':
        network.loss = 0.1;
        return () => {
          network.loss = 0;
        };
      case 'slow-origin':
      case 'failing-origin':
      case 'hanging-origin':
        database.mode =
          fault.fault === 'slow-origin' ? 'slow' : fault.fault === 'failing-origin' ? 'failing' : 'hanging';
        return () => {
          database.mode = 'well';
        };
      case 'etcd-away':
        etcd.goAway();
        return () => etcd.comeBack();
      case 'etcd-cut':
        return this.#link(fault.node, (process, on) => {
          process.link.isCut = on;
        });
      case 'etcd-deaf':
        return this.#link(fault.node, (process, on) => {
          process.link.isDeaf = on;
        });
      case 'etcd-late':
        return this.#link(fault.node, (process, on) => {
          process.link.lateByMs = on ? 3_000 : 0;
        });
      case 'etcd-links': {
        const mends = members.map((_, node) => this.#begin({ fault: 'etcd-cut', node }));
        return () => {
          for (const mend of mends) mend?.();
        };
      }
      case 'etcd-slow':
        this.#world.etcdSlowMs = 2_000;
        return () => {
          this.#world.etcdSlowMs = 0;
        };
      case 'etcd-emptied':
        etcd.wipe();
        return () => {};
      case 'leases-lost':
        etcd.expireLeases();
        return () => {};
      case 'compaction':
        etcd.compact();
        return () => {};
    }
  }

  #cut(pairs: readonly (readonly [number, number])[]): () => void {
    const { network, members } = this.#world;
    for (const [from, to] of pairs) network.cut(members[from]!.grpc, members[to]!.grpc);
    return () => {
      for (const [from, to] of pairs) network.mend(members[from]!.grpc, members[to]!.grpc);
    };
  }

  #crash(i: number): (() => void) | undefined {
    const process = this.#running(i);
    if (process === undefined) return undefined;
    this.#world.disturbances.push(this.#world.clock.now());
    process.crash();
    this.#world.lists?.remove(i);
    this.#world.processes[i] = undefined;
    return () => this.#world.start(i);
  }

  #leave(i: number): (() => void) | undefined {
    const process = this.#running(i);
    if (process === undefined || process.isLeaving) return undefined;
    this.#world.disturbances.push(this.#world.clock.now());
    let isGone = false;
    this.#world.lists?.remove(i);
    void process.leave().then(() => {
      isGone = true;
      this.#world.disturbances.push(this.#world.clock.now());
      process.crash();
      if (this.#world.processes[i] === process) this.#world.processes[i] = undefined;
    });
    return () => {
      if (!isGone) process.crash(); // killed before it was done, as impatient operators do
      if (this.#world.processes[i] === process) this.#world.processes[i] = undefined;
      this.#world.disturbances.push(this.#world.clock.now());
      this.#world.start(i);
    };
  }

  #twin(i: number): (() => void) | undefined {
    const { lists, disturbances, clock } = this.#world;
    if (lists !== undefined || this.#running(i) === undefined) return undefined; // a list has one address for an id
    disturbances.push(clock.now());
    const end = this.#world.startTwin(i);
    return () => {
      disturbances.push(clock.now());
      end();
    };
  }

  #stranger(i: number): (() => void) | undefined {
    const restart = this.#crash(i);
    if (restart === undefined) return undefined;
    const end = this.#world.startStranger(i);
    return () => {
      end();
      restart();
    };
  }

  #pause(i: number): (() => void) | undefined {
    const process = this.#running(i);
    if (process === undefined) return undefined;
    const { network } = this.#world;
    this.#world.disturbances.push(this.#world.clock.now());
    process.clock.pause();
    network.pause(process.member.grpc);
    return () => {
      this.#world.disturbances.push(this.#world.clock.now());
      network.resume(process.member.grpc);
      process.clock.resume();
    };
  }

  #link(i: number, set: (process: Process, on: boolean) => void): (() => void) | undefined {
    const process = this.#running(i);
    if (process === undefined) return undefined;
    set(process, true);
    return () => set(process, false);
  }

  #running(i: number): Process | undefined {
    const process = this.#world.processes[i];
    return process?.clock.isRunning ? process : undefined;
  }
}
