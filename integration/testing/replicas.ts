import { type AuditedRequest, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { OperatorProcess } from './operator-process.ts';
import { DEFAULT_IMAGE } from './running-operator.ts';
import type { TestServer } from './test-server.ts';

/** The Lease of the replicas of a namespace. */
export const LEASE = 'operator';

/** Starts a replica for a namespace as a process of its own, with the timing that every installation has. */
export function launchReplica(
  kubeconfig: string,
  namespace: string,
  environment: Readonly<Record<string, string>> = {},
): OperatorProcess {
  const leaderElection = [
    '--leader-elect',
    `--leader-election-namespace=${namespace}`,
    `--leader-election-lease=${LEASE}`,
  ];
  return new OperatorProcess(
    [
      'run',
      `--kubeconfig=${kubeconfig}`,
      `--watch-namespaces=${namespace}`,
      `--converter-image=${DEFAULT_IMAGE}`,
      '--metrics-port=0',
      '--health-port=0',
      ...leaderElection,
    ],
    environment,
  );
}

/** What operators have written in a namespace beside the lease, in order. */
export async function writesBesideLease({ audit }: TestServer, namespace: string): Promise<readonly AuditedRequest[]> {
  const requests = await audit.requests();
  return requests.filter(
    (request) =>
      isWrite(request) &&
      request.objectRef?.namespace === namespace &&
      request.objectRef.resource !== 'leases' &&
      request.userAgent?.startsWith('temperature-converter-operator/') === true,
  );
}

/** Who has written, in turn: a writer that others come between stands there again. */
export function turnsOf(writes: readonly AuditedRequest[]): readonly (string | undefined)[] {
  const writers = writes.map(({ userAgent }) => userAgent);
  return writers.filter((writer, index) => writer !== writers[index - 1]);
}
