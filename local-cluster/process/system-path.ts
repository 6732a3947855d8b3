import { delimiter } from 'node:path';

/** Where administrators' programs are, which a PATH often leaves out: that of `su`, for one. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Gives the directories of an environment's PATH, and the system's own after them. */
export function programDirectories(environment: NodeJS.ProcessEnv): readonly string[] {
  const own = (environment['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [...new Set([...own, ...SYSTEM_DIRECTORIES])];
}

/** Gives an environment in which the system's own programs are found. */
export function withSystemPath(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, PATH: programDirectories(environment).join(delimiter) };
}
