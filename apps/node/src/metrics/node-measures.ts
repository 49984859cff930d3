import { readFileSync } from 'node:fs';
import { BatchSizes } from 'ringcache';

import { LoopDelay } from './loop-delay.js';
import { PresentTroubles } from './present-troubles.js';
import { RegistrationCounts } from './registration-counts.js';

/** What a node counts for its metrics that the core does not: made before the node, which raises it. */
export class NodeMeasures {
  readonly registrations = new RegistrationCounts();
  readonly troubles = new PresentTroubles();
  readonly batchSizes = new BatchSizes();
  readonly loopDelay = new LoopDelay();
  /** Of ringcache. */
  readonly version = versionOf(new URL('../../package.json', import.meta.url));

  close(): void {
    this.loopDelay.close();
  }
}

function versionOf(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
