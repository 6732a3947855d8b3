import { describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalState } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { EVERY_FIELD } from './testing/every-field.ts';
import { setConflictingProbe } from './testing/conflicting-probe.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const NAME = 'web';

const LISTED = [
  'temperatureconverters',
  'deployments',
  'services',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'pods',
];
const STREAMS = LISTED.map((resource) => `stream ${resource}`);
/** The requests at the start with an API server that does not stream the initial list. */
const LISTS = LISTED.flatMap((resource) => [`list ${resource}`, `watch ${resource}`]);
const CHILDREN = ['patch deployments', 'patch services', 'patch horizontalpodautoscalers'];
/** The budget is created and deleted along with spec.podDisruptionBudget. */
const CREATE_BUDGET = 'patch poddisruptionbudgets';
const DELETE_BUDGET = 'delete poddisruptionbudgets';
const STATUS = 'update temperatureconverters/status';

/** An action, and the requests that it causes; a request made twice is listed twice. */
interface Phase {
  readonly act: (namespace: string) => Promise<unknown>;
  readonly requests: readonly string[];
}

interface Scenario {
  readonly title: string;
  /** The spec of the resource that exists before; undefined for none. */
  readonly before: object | undefined;
  /** The first action happens before the operator starts, each later one when the operator is idle. */
  readonly phases: readonly Phase[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a resource is created',
    before: undefined,
    phases: [
      {
        act: (namespace) => environment.cluster.createConverter(namespace, NAME, EVERY_FIELD),
        // This scenario also covers the requests at every start.
        requests: [...STREAMS, ...LISTS, ...CHILDREN, CREATE_BUDGET, STATUS],
      },
    ],
  },
  {
    title: 'every field of the spec changes',
    before: {},
    phases: [{ act: (namespace) => patchSpec(namespace, EVERY_FIELD), requests: [...CHILDREN, CREATE_BUDGET, STATUS] }],
  },
  {
    title: 'every field of the spec is removed',
    before: EVERY_FIELD,
    phases: [{ act: removeEveryField, requests: [...CHILDREN, DELETE_BUDGET, STATUS] }],
  },
  {
    title: 'the children are deleted',
    before: {},
    phases: [
      {
        act: (namespace) =>
          Promise.all(
            (['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const).map((kind) =>
              environment.cluster.delete(kind, namespace, NAME),
            ),
          ),
        requests: CHILDREN,
      },
    ],
  },
  {
    title: 'another client renumbers the port of the Service',
    before: {},
    // A patch of the ports.
    phases: [{ act: renumberPort, requests: ['patch services'] }],
  },
  {
    title: 'changes that need several writes per child happen at once and are reverted',
    before: {},
    phases: [
      {
        act: async (namespace) => {
          await renumberPort(namespace);
          await setConflictingProbe(environment.cluster, namespace, NAME);
          await environment.cluster.delete('HorizontalPodAutoscaler', namespace, NAME);
          await patchSpec(namespace, EVERY_FIELD);
        },
        requests: [
          // A rejected apply, a patch that removes the conflicting fields, the change of their owner, and an apply.
          'patch deployments',
          'patch deployments',
          'patch deployments',
          'patch deployments',
          // A patch of the ports, the change of their owner, and an apply of the rest.
          'patch services',
          'patch services',
          'patch services',
          'patch horizontalpodautoscalers',
          CREATE_BUDGET,
          STATUS,
        ],
      },
      // The replaced fields do not remain.
      { act: removeEveryField, requests: [...CHILDREN, DELETE_BUDGET, STATUS] },
    ],
  },
  {
    title: 'the pods become available, fail and become available again',
    before: {},
    phases: [
      { act: (namespace) => reportAvailable(namespace, 1), requests: [STATUS, 'create events'] },
      { act: (namespace) => reportAvailable(namespace, 0), requests: [STATUS] },
      { act: (namespace) => reportAvailable(namespace, 1), requests: [STATUS, 'patch events'] },
    ],
  },
];

const environment = setUpTestEnvironment();

/** A request of a phase, counted among equal ones, before or after which the operator is killed. */
interface CrashPoint {
  readonly phase: number;
  readonly request: string;
  readonly occurrence: number;
  readonly fault: 'kill before' | 'kill after';
}

function pointsOf({ phases }: Scenario): readonly CrashPoint[] {
  return phases.flatMap(({ requests }, phase) =>
    requests.flatMap((request, index) => {
      const occurrence = requests.slice(0, index).filter((earlier) => earlier === request).length;
      return (['kill before', 'kill after'] as const).map((fault) => ({ phase, request, occurrence, fault }));
    }),
  );
}

describe.each(SCENARIOS)('when $title', (scenario) => {
  it('the operator makes exactly the listed requests', async () => {
    const namespace = await namespaceBefore(scenario);
    const proxy = await environment.startProxy();
    let operator: RunningOperator | undefined;
    const requests: (readonly string[])[] = [];
    for (const { act } of scenario.phases) {
      const { length } = proxy.requests;
      await act(namespace);
      operator ??= environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
      await waitUntilIdle(operator);
      requests.push(proxy.requests.slice(length).map(describeRequest).toSorted());
    }
    // An API server that does not stream the initial list refuses the first request for each kind.
    const initial = environment.server.streamsLists ? STREAMS : [...STREAMS, ...LISTS];
    const expected = scenario.phases.map(({ requests: listed }, phase) => [
      ...(phase === 0 ? initial : []),
      ...listed.filter((request) => ![...STREAMS, ...LISTS].includes(request)),
    ]);
    expect(requests).toEqual(expected.map((listed) => listed.toSorted()));
  });

  it('and the operator is killed at any request, its successor reaches the same state', async () => {
    const expected = await runKilledAt(scenario, undefined);
    const states = await mapConcurrently(
      pointsOf(scenario),
      async (point) => [JSON.stringify(point), await runKilledAt(scenario, point)] as const,
    );
    expect(Object.fromEntries(states)).toEqual(Object.fromEntries(states.map(([point]) => [point, expected])));
  });
});

/** The final state of a scenario whose operator is killed at a point, if given, and followed by another one. */
async function runKilledAt(scenario: Scenario, point: CrashPoint | undefined): Promise<unknown> {
  const { phases } = scenario;
  const namespace = await namespaceBefore(scenario);
  const killedIn = point?.phase ?? 0;
  if (point === undefined) await phases[0]?.act(namespace);
  else await runUntilKilled(phases.slice(0, killedIn + 1), namespace, point);
  const next = environment.start({ watchNamespaces: [namespace] });
  await waitUntilIdle(next);
  for (const { act } of phases.slice(killedIn + 1)) {
    await act(namespace);
    await waitUntilIdle(next);
  }
  // No more writes than without a crash, except for conflicts with writes of the killed operator that are still in flight.
  const writes = phases
    .slice(killedIn)
    .flatMap(({ requests }) => requests.filter((request) => isWriteRequest(request)));
  expect((await next.requests()).filter(isWrite).length).toBeLessThanOrEqual(writes.length + CHILDREN.length);
  await next.stop();
  return finalState(environment.cluster, namespace, NAME);
}

/** Runs an operator through phases; it is killed in the last one. */
async function runUntilKilled(phases: readonly Phase[], namespace: string, point: CrashPoint): Promise<void> {
  const proxy = await environment.startProxy();
  let operator: RunningOperator | undefined;
  let matching = 0;
  for (const [phase, { act }] of phases.entries()) {
    if (operator !== undefined) await waitUntilIdle(operator);
    proxy.fault = (request) => {
      // Makes the operator fall back to a list.
      if (request.verb === 'stream' && LISTS.includes(point.request)) return { type: 'answer', status: 422 };
      if (phase !== point.phase || describeRequest(request) !== point.request) return undefined;
      matching += 1;
      return matching === point.occurrence + 1 ? { type: point.fault } : undefined;
    };
    await act(namespace);
    operator ??= environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
  }
  await eventually(() => expect({ point, matching }).toEqual({ point, matching: point.occurrence + 1 }));
  await operator?.stop();
}

/** Creates a namespace with the initial objects of a scenario. */
async function namespaceBefore({ before }: Scenario): Promise<string> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  if (before === undefined) return namespace;
  const operator = await environment.startSynced({ watchNamespaces: [namespace] });
  await cluster.createConverter(namespace, NAME, before);
  await waitUntilIdle(operator);
  await operator.stop();
  return namespace;
}

async function waitUntilIdle(operator: RunningOperator): Promise<void> {
  await operator.synced();
  await operator.quiet(200);
}

async function patchSpec(namespace: string, spec: object): Promise<void> {
  await environment.cluster.patch(['TemperatureConverter', namespace, NAME], { spec });
}

async function removeEveryField(namespace: string): Promise<void> {
  await patchSpec(namespace, Object.fromEntries(Object.keys(EVERY_FIELD).map((name) => [name, null])));
}

function describeRequest({ verb, resource, subresource }: ProxiedRequest): string {
  return `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}

function isWriteRequest(request: string): boolean {
  return /^(?:create|patch|update|delete) /.test(request);
}

/** Changes the port as another field manager. */
async function renumberPort(namespace: string): Promise<void> {
  const ports = [{ name: 'http', port: 9999, targetPort: 'http' }];
  await environment.cluster.patch(['Service', namespace, NAME], { spec: { ports } });
}

async function reportAvailable(namespace: string, available: number): Promise<void> {
  await new Workload(environment.cluster, namespace, NAME).reportReplicas(1, available);
}
