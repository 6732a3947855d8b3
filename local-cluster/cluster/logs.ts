import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { daemonLogPath } from '../process/daemon.ts';

const SUFFIX = '.log';

/** A program without a log, or with one on each of several nodes; the message has the names. */
export class UnknownLogError extends Error {
  override readonly name = 'UnknownLogError';
}

/** The directory of the logs of a cluster. */
export function logsDirectory(stateDirectory: string): string {
  return dirname(daemonLogPath(stateDirectory, ''));
}

/** The files in the directory of the logs of a cluster; none before its first start. */
export function listLogs(stateDirectory: string): readonly string[] {
  const directory = logsDirectory(stateDirectory);
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}

/**
 * Finds the log of a program among the files of the directory. The program of a node is named `kubelet@node-1`, or `kubelet` if it
 * has a log on one node only. The name of a file, such as `etcd.log.previous`, is valid too. Throws UnknownLogError.
 */
export function findLog(files: readonly string[], program: string): string {
  const exact = files.find((file) => file === `${program}${SUFFIX}`) ?? files.find((file) => file === program);
  if (exact !== undefined) return exact;
  const names = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
  const ofNodes = names.filter((name) => name.startsWith(`${program}@`));
  const [name, other] = ofNodes;
  if (name !== undefined && other === undefined) return `${name}${SUFFIX}`;
  if (name !== undefined) {
    throw new UnknownLogError(`"${program}" has a log on each of several nodes: ${ofNodes.join(', ')}.`);
  }
  const available = names.length === 0 ? 'The cluster has none yet.' : `The programs are ${names.join(', ')}.`;
  throw new UnknownLogError(`There is no log of "${program}". ${available}`);
}
