// The process that asks: a cluster and a rule at a time.

import { answer } from '../measuring-process.js';
import { askCluster, type Load } from './ask-cluster.js';
import type { RuleName } from './rules.js';

export interface Task {
  readonly rule: RuleName;
  readonly load: Load;
}

answer<Task>(({ rule, load }) => askCluster(rule, load));
