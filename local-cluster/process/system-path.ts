import { delimiter } from 'node:path';

/** System directories that a PATH often lacks, for instance with `su`. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The directories of an environment's PATH, followed by the system directories. */
export function programDirectories(environment: NodeJS.ProcessEnv): readonly string[] {
  const own = (environment['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [...new Set([...own, ...SYSTEM_DIRECTORIES])];
}

/** An environment with the system directories on its PATH; unchanged on Windows, which has none, and where PATH is `Path`. */
export function withSystemPath(environment: NodeJS.ProcessEnv, platform = process.platform): NodeJS.ProcessEnv {
  if (platform === 'win32') return environment;
  return { ...environment, PATH: programDirectories(environment).join(delimiter) };
}
