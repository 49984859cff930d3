import type { Admin, ConnectAdmin, OnError } from '@ringcache/cache-core';

import { AdminClients } from './admin-clients.js';
import type { ProcessMonitor } from './process-monitor.js';

/** What a member has for operators: itself as one asks it, the way to the others, and what watches the process meanwhile. */
export class Operated {
  readonly admin: Admin;
  readonly others: AdminClients;
  readonly #monitor: ProcessMonitor;

  constructor(options: { admin: Admin; connect: ConnectAdmin; monitor: ProcessMonitor; onError: OnError }) {
    this.admin = options.admin;
    this.others = new AdminClients(options.connect, options.onError);
    this.#monitor = options.monitor;
  }

  async close(): Promise<void> {
    this.#monitor.close();
    await this.others.close();
  }
}
