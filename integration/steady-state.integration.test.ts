import { describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { type AuditedRequest, isWrite } from '../controller-runtime/testing/audit-log.ts';
import type { LogLine } from '../controller-runtime/testing/recorded-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { readEveryStoredField } from './testing/every-field.ts';
import { Workload } from './testing/workload.ts';

/** The number of resources in the benchmarks. */
const RESOURCES = 1000;
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 300_000;

const environment = setUpTestEnvironment();

describe(`${RESOURCES} resources`, () => {
  it(
    'cost a write for each child and one for the status, two more when they become ready, and none for the next hour or after a restart',
    async () => {
      const { cluster, namespace } = environment;
      const names = Array.from({ length: RESOURCES }, (_, index) => `web-${index}`);
      const everyField = await readEveryStoredField(cluster.client);
      const operator = await environment.startSynced();
      await mapConcurrently(names, (name, index) =>
        cluster.createConverter(namespace, name, index % 2 === 0 ? {} : everyField),
      );
      await environment.allApplied(RESOURCES);
      await operator.idle();
      expect(operator.log.lines.filter(isLineOfResource)).toHaveLength(RESOURCES);
      // Every second resource has a budget.
      expect((await operator.requests()).filter(isWrite)).toHaveLength(4.5 * RESOURCES);

      await mapConcurrently(names, (name) => new Workload(cluster, namespace, name).reportReplicas(1, 1));
      await operator.idle();
      // One status update and one Ready event.
      expect((await operator.requests()).filter(isWrite)).toHaveLength(6.5 * RESOURCES);

      const { length: requestsBefore } = await operator.requests();
      operator.clock.advance(HOUR_MS);
      await operator.idle();
      // For the operator the watches have been silent for an hour, so it reopens them as stalled.
      const requestsInAnHour = (await operator.requests()).slice(requestsBefore);
      expect(requestsInAnHour.filter((request) => !resumesWatch(request))).toEqual([]);
      await operator.stop();

      const restarted = await environment.startSynced();
      await restarted.idle();
      const requests = await restarted.requests();
      expect(requests.filter(isWrite)).toEqual([]);
      expect(restarted.log.lines.filter(isLineOfResource)).toEqual([]);
      expect(await restarted.metric('controller_runtime_reconcile_total', { result: 'success' })).toBe(RESOURCES);
    },
    TIMEOUT_MS,
  );
});

/** Whether a request opens a watch, or reads the server's resource version before. */
function resumesWatch({ verb, requestURI }: AuditedRequest): boolean {
  return verb === 'watch' || (verb === 'list' && /[?&]limit=1$/u.test(requestURI));
}

/** Whether a line at level info is about a resource. */
function isLineOfResource({ level, fields }: LogLine): boolean {
  return level === 'info' && 'name' in fields;
}
