import { Command } from 'commander';

import { clusterCommand } from './cluster/command.js';
import { engineCommand } from './engine/command.js';
import { hitRatioCommand } from './hit-ratio/command.js';
import { hotKeysCommand } from './hot-keys/command.js';
import { latencyCommand } from './latency/command.js';
import { memoryCommand } from './memory/command.js';
import { transportCommand } from './transport/command.js';

const program = new Command('bench')
  .description('Measures hit ratios, speed, memory and the wire, ours beside those of others.')
  .addHelpText('after', '\nMethod and figures: BENCHMARKS.md. Run on a machine that does nothing else.')
  .addCommand(hitRatioCommand())
  .addCommand(engineCommand())
  .addCommand(memoryCommand())
  .addCommand(transportCommand())
  .addCommand(clusterCommand())
  .addCommand(hotKeysCommand())
  .addCommand(latencyCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
