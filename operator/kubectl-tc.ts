import { basename } from 'node:path';
import { shutdownSignal } from '../controller-runtime/manager/shutdown-signal.ts';
import { outputOf } from './commands/output.ts';
import { completePlugin, runPlugin } from './commands/plugin.ts';

// The reader of a pipe may end first, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

void (async () => {
  const [, program = '', ...args] = process.argv;
  // kubectl calls this name to complete the arguments of the plugin: a link to the same file.
  const run = basename(program).startsWith('kubectl_complete-') ? completePlugin : runPlugin;
  process.exitCode = await run(args, outputOf(process), shutdownSignal());
})();
