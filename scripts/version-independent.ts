/**
 * Files of the integration suite whose result cannot depend on the version of the API server, with the reason. `make test`
 * runs them on the newest version only, `make versions` on all.
 */
export const VERSION_INDEPENDENT: Readonly<Record<string, string>> = {
  'controller-runtime/package.integration.test.ts': 'the contents of the package, and its types',
  'controller-runtime/testing/api-server.integration.test.ts': 'how etcd and the API server are started and stopped',
  'helm/queries.integration.test.ts': "the operator's own metrics, which Prometheus reads",
  'integration/leader-faults.integration.test.ts': 'connections that fail between the operator and the API server',
  'integration/unanswered-requests.integration.test.ts': 'responses that a proxy withholds',
};
