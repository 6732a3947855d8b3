/**
 * Files of the integration suite whose result does not depend on the version of the API server, with what they are about.
 * `make test` runs them on the newest version only, `make versions` on all.
 */
export const VERSION_INDEPENDENT: Readonly<Record<string, string>> = {
  'controller-runtime/package.integration.test.ts': 'the contents of the package, and its types',
  'controller-runtime/examples/memcached/memcached.integration.test.ts': 'the example of the package',
  'controller-runtime/testing/api-server.integration.test.ts': 'how etcd and the API server are started and stopped',
  'helm/queries.integration.test.ts': "the operator's own metrics, which Prometheus reads",
  'helm/slow-crd.integration.test.ts': 'responses that a proxy delays',
  'helm/slow-server.integration.test.ts': 'responses that a proxy delays',
  'integration/leader-election.integration.test.ts': 'leases, whose API has not changed since 1.14',
  'integration/leader-faults.integration.test.ts': 'clocks that jump, and an API server that is suspended',
  'integration/plan-against-operator.integration.test.ts': 'plan and operator decide by the same code on each version',
  'integration/plan-memory.integration.test.ts': 'lists that a server of the test generates',
  'integration/request-faults.integration.test.ts': 'requests that a proxy resets, rejects and delays',
  'integration/unanswered-requests.integration.test.ts': 'responses that a proxy withholds',
  'local-cluster/node/network-namespace.integration.test.ts': 'networks of the local cluster',
};
