import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailedError, lastLines } from '../../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { DemoError } from '../demo-error.ts';

const CHART = join(import.meta.dirname, '..', '..', '..', 'helm', 'Chart.yaml');

/** The version of Kubernetes, vX.Y.Z; throws a DemoError if the cluster does not answer. */
export async function readServerVersion(context: string, access: ClusterAccess, signal: AbortSignal): Promise<string> {
  try {
    const text = await access.kubectl(['version', '-o', 'json', '--request-timeout=15s'], signal);
    // The documented format of kubectl version.
    return (JSON.parse(text) as { readonly serverVersion: { readonly gitVersion: string } }).serverVersion.gitVersion;
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    throw new DemoError(`The cluster of the context ${context} does not answer: ${lastLines(error.output, 1)}`);
  }
}

/** Throws a DemoError if the chart does not support a version of Kubernetes. */
export async function checkServerVersion(version: string): Promise<void> {
  const oldest = /^kubeVersion: '>=(?<oldest>\d+\.\d+)/mu.exec(await readFile(CHART, 'utf8'))?.groups?.['oldest'];
  if (oldest === undefined) throw new Error(`${CHART} has no kubeVersion`);
  if (minorOf(version) < minorOf(oldest)) {
    throw new DemoError(`The cluster runs Kubernetes ${version}; the chart needs ${oldest} or newer.`);
  }
}

function minorOf(version: string): number {
  return Number(/^v?1\.(?<minor>\d+)/u.exec(version)?.groups?.['minor'] ?? Number.NaN);
}
