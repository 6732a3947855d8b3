import type { DemoOptions } from './command-line.ts';

/** The command to type for the demo with these flags: with make if make started this process, otherwise with npm. */
export function demoCommand(flags: string, environment: NodeJS.ProcessEnv = process.env): string {
  const isMake = environment['MAKELEVEL'] !== undefined;
  if (flags === '') return isMake ? 'make demo' : 'npm run demo';
  return isMake ? `make demo ARGS='${flags}'` : `npm run demo -- ${flags}`;
}

/** The flags that select the cluster of a context. */
export function contextFlags(context: string | undefined): string {
  return context === undefined ? '--existing-cluster' : `--context ${context}`;
}

/** The command to type to remove what the demo created, with the images, which are in the engine that built them. */
export function deleteCommand(
  { context, engine }: Pick<DemoOptions, 'context' | 'engine'>,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const flags = [contextFlags(context), ...(engine === undefined ? [] : [`--engine ${engine}`]), '--delete'];
  return demoCommand(flags.join(' '), environment);
}
