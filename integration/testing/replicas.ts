import { type AuditedRequest, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { OperatorProcess } from './operator-process.ts';
import { DEFAULT_IMAGE } from './running-operator.ts';
import type { TestServer } from './test-server.ts';

/** The name of the Lease of a namespace's replicas. */
export const LEASE = 'operator';

/** Starts a replica for a namespace as a child process, with the default lease timing. */
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

/** The operators' writes in a namespace except those of the lease, in order. */
export async function writesExceptLease({ audit }: TestServer, namespace: string): Promise<readonly AuditedRequest[]> {
  const requests = await audit.requests();
  return requests.filter(
    (request) =>
      isWrite(request) &&
      request.objectRef?.namespace === namespace &&
      request.objectRef.resource !== 'leases' &&
      request.userAgent?.startsWith('temperature-converter-operator/') === true,
  );
}

/** The user agents of consecutive writes, without direct repetitions. */
export function writersInOrder(writes: readonly AuditedRequest[]): readonly (string | undefined)[] {
  const writers = writes.map(({ userAgent }) => userAgent);
  return writers.filter((writer, index) => writer !== writers[index - 1]);
}
