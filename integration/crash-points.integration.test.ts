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

const LISTED = ['temperatureconverters', 'deployments', 'services', 'horizontalpodautoscalers', 'pods'];
const START = LISTED.map((resource) => `stream ${resource}`);
/** How an operator begins with a server that does not stream what there is. */
const LISTS = LISTED.flatMap((resource) => [`list ${resource}`, `watch ${resource}`]);
const CHILDREN = ['patch deployments', 'patch services', 'patch horizontalpodautoscalers'];
const STATUS = 'update temperatureconverters/status';

/** Something that happens, and each request that the operator then makes: one that it makes twice stands there twice. */
interface Phase {
  readonly happen: (namespace: string) => Promise<unknown>;
  readonly requests: readonly string[];
}

interface Scenario {
  readonly what: string;
  /** The resource that there is before, with its children; none when undefined. */
  readonly before: object | undefined;
  /** The first one comes while no operator runs, each other one when the work of the one before is done. */
  readonly phases: readonly Phase[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'a resource is created',
    before: undefined,
    phases: [
      {
        happen: (namespace) => environment.cluster.createConverter(namespace, NAME, EVERY_FIELD),
        // One scenario is enough to name those of every start as well.
        requests: [...START, ...LISTS, ...CHILDREN, STATUS],
      },
    ],
  },
  {
    what: 'every field of the spec changes',
    before: {},
    phases: [{ happen: (namespace) => patchSpec(namespace, EVERY_FIELD), requests: [...CHILDREN, STATUS] }],
  },
  {
    what: 'every field leaves the spec',
    before: EVERY_FIELD,
    phases: [{ happen: removeEveryField, requests: [...CHILDREN, STATUS] }],
  },
  {
    what: 'the children are deleted',
    before: {},
    phases: [
      {
        happen: (namespace) =>
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
    what: 'somebody renumbers the port of the Service',
    before: {},
    phases: [{ happen: renumberPort, requests: ['patch services'] }],
  },
  {
    what: 'all that takes more than one write to a child comes at once, and goes',
    before: {},
    phases: [
      {
        happen: async (namespace) => {
          await renumberPort(namespace);
          await setConflictingProbe(environment.cluster, namespace, NAME);
          await environment.cluster.delete('HorizontalPodAutoscaler', namespace, NAME);
          await patchSpec(namespace, EVERY_FIELD);
        },
        requests: [
          // An apply that is refused, a replacement of what is in its way, which gives up what it owns, and an apply.
          'patch deployments',
          'patch deployments',
          'patch deployments',
          'patch deployments',
          // The ports are replaced, which gives up what it owns, then the rest is applied.
          'patch services',
          'patch services',
          'patch services',
          'patch horizontalpodautoscalers',
          STATUS,
        ],
      },
      // Nothing of what was replaced stays behind.
      { happen: removeEveryField, requests: [...CHILDREN, STATUS] },
    ],
  },
  {
    what: 'the pods serve, fail and serve again',
    before: {},
    phases: [
      { happen: (namespace) => reportServing(namespace, 1), requests: [STATUS, 'create events'] },
      { happen: (namespace) => reportServing(namespace, 0), requests: [STATUS] },
      { happen: (namespace) => reportServing(namespace, 1), requests: [STATUS, 'patch events'] },
    ],
  },
];

const environment = setUpTestEnvironment();

/** One request of a phase: the so many-th of its kind. */
interface Point {
  readonly phase: number;
  readonly request: string;
  readonly occurrence: number;
  readonly fault: 'kill before' | 'kill after';
}

function pointsOf({ phases }: Scenario): readonly Point[] {
  return phases.flatMap(({ requests }, phase) =>
    requests.flatMap((request, index) => {
      const occurrence = requests.slice(0, index).filter((earlier) => earlier === request).length;
      return (['kill before', 'kill after'] as const).map((fault) => ({ phase, request, occurrence, fault }));
    }),
  );
}

describe.each(SCENARIOS)('when $what', (scenario) => {
  it('the operator makes just the requests at which it is killed below', async () => {
    const namespace = await namespaceBefore(scenario);
    const proxy = await environment.startProxy();
    let operator: RunningOperator | undefined;
    const made: (readonly string[])[] = [];
    for (const { happen } of scenario.phases) {
      const { length } = proxy.requests;
      await happen(namespace);
      operator ??= environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
      await quiet(operator);
      made.push(proxy.requests.slice(length).map(describeRequest).toSorted());
    }
    const named = scenario.phases.map(({ requests }, phase) => [
      ...(phase === 0 ? START : []),
      ...requests.filter((request) => ![...START, ...LISTS].includes(request)),
    ]);
    expect(made).toEqual(named.map((requests) => requests.toSorted()));
  });

  it('and the operator is killed at any request, the next one brings the same end', async () => {
    const undisturbed = await runKilledAt(scenario, undefined);
    const ends = await mapConcurrently(
      pointsOf(scenario),
      async (point) => [JSON.stringify(point), await runKilledAt(scenario, point)] as const,
    );
    expect(Object.fromEntries(ends)).toEqual(Object.fromEntries(ends.map(([point]) => [point, undisturbed])));
  });
});

/** What a scenario comes to with an operator that is killed at that point, if there is one, and another that follows. */
async function runKilledAt(scenario: Scenario, point: Point | undefined): Promise<unknown> {
  const { phases } = scenario;
  const namespace = await namespaceBefore(scenario);
  const killedIn = point?.phase ?? 0;
  if (point === undefined) await phases[0]?.happen(namespace);
  else await runUntilKilled(phases.slice(0, killedIn + 1), namespace, point);
  const next = environment.start({ watchNamespaces: [namespace] });
  await quiet(next);
  for (const { happen } of phases.slice(killedIn + 1)) {
    await happen(namespace);
    await quiet(next);
  }
  // No more than an operator makes that nobody killed before; what is still under way of the killed one may be in its way.
  const writes = phases.slice(killedIn).flatMap(({ requests }) => requests.filter((request) => isWriting(request)));
  expect((await next.requests()).filter(isWrite).length).toBeLessThanOrEqual(writes.length + CHILDREN.length);
  await next.stop();
  return finalState(environment.cluster, namespace, NAME);
}

/** Runs an operator through phases, in the last of which it is killed. */
async function runUntilKilled(phases: readonly Phase[], namespace: string, point: Point): Promise<void> {
  const proxy = await environment.startProxy();
  let operator: RunningOperator | undefined;
  let matching = 0;
  for (const [phase, { happen }] of phases.entries()) {
    if (operator !== undefined) await quiet(operator);
    proxy.fault = (request) => {
      // A server that does not stream is listed.
      if (request.verb === 'stream' && LISTS.includes(point.request)) return { type: 'answer', status: 422 };
      if (phase !== point.phase || describeRequest(request) !== point.request) return undefined;
      matching += 1;
      return matching === point.occurrence + 1 ? { type: point.fault } : undefined;
    };
    await happen(namespace);
    operator ??= environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
  }
  await eventually(() => expect({ point, matching }).toEqual({ point, matching: point.occurrence + 1 }));
  await operator?.stop();
}

/** Makes a namespace of its own with what a scenario begins with. */
async function namespaceBefore({ before }: Scenario): Promise<string> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  if (before === undefined) return namespace;
  const operator = await environment.startSynced({ watchNamespaces: [namespace] });
  await cluster.createConverter(namespace, NAME, before);
  await quiet(operator);
  await operator.stop();
  return namespace;
}

async function quiet(operator: RunningOperator): Promise<void> {
  await operator.synced();
  await operator.idle(200);
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

function isWriting(request: string): boolean {
  return /^(?:create|patch|update) /.test(request);
}

/** As somebody does who thinks the port were theirs. */
async function renumberPort(namespace: string): Promise<void> {
  const ports = [{ name: 'http', port: 9999, targetPort: 'http' }];
  await environment.cluster.patch(['Service', namespace, NAME], { spec: { ports } });
}

async function reportServing(namespace: string, serving: number): Promise<void> {
  await new Workload(environment.cluster, namespace, NAME).reportReplicas(1, serving);
}
