import { describe, expect, it } from '@jest/globals';
import { aFewAtATime } from './a-few-at-a-time.ts';
import { isWrite } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import { endState } from './end-state.ts';
import { eventually } from './eventually.ts';
import { EVERY_FIELD } from './every-field.ts';
import type { ProxiedRequest } from './proxied-request.ts';
import type { RunningOperator } from './running-operator.ts';
import { Workload } from './workload.ts';

const NAME = 'web';

const LISTED = ['temperatureconverters', 'deployments', 'services', 'horizontalpodautoscalers', 'pods'];
const START = LISTED.map((resource) => `stream ${resource}`);
/** How an operator begins with a server that does not stream what there is. */
const LISTS = LISTED.flatMap((resource) => [`list ${resource}`, `watch ${resource}`]);
const CHILDREN = ['patch deployments', 'patch services', 'patch horizontalpodautoscalers'];
const STATUS = 'patch temperatureconverters/status';

/** Something that happens while no operator runs, and each kind of request that the next one then makes. */
interface Scenario {
  readonly what: string;
  /** Makes the state before it, with a running operator. */
  readonly prepare: (namespace: string) => Promise<void>;
  readonly happen: (namespace: string) => Promise<void>;
  /** One scenario is enough to name those of every start as well. */
  readonly requests: readonly string[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'a resource is created',
    prepare: async () => undefined,
    happen: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME, EVERY_FIELD)),
    requests: [...START, ...LISTS, ...CHILDREN, STATUS],
  },
  {
    what: 'every field of the spec changes',
    prepare: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME)),
    happen: (namespace) => patchSpec(namespace, EVERY_FIELD),
    requests: [...CHILDREN, STATUS],
  },
  {
    what: 'every field leaves the spec',
    prepare: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME, EVERY_FIELD)),
    happen: (namespace) =>
      patchSpec(namespace, Object.fromEntries(Object.keys(EVERY_FIELD).map((name) => [name, null]))),
    requests: [...CHILDREN, STATUS],
  },
  {
    what: 'the children are deleted',
    prepare: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME)),
    happen: async (namespace) => {
      const kinds = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
      await Promise.all(kinds.map((kind) => bench.cluster.delete(kind, namespace, NAME)));
    },
    requests: CHILDREN,
  },
  {
    what: 'somebody renumbers the port of the Service',
    prepare: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME)),
    happen: async (namespace) => {
      const ports = [{ name: 'http', port: 9999, targetPort: 'http' }];
      await bench.cluster.patch(['Service', namespace, NAME], { spec: { ports } });
    },
    requests: ['patch services'],
  },
  {
    what: 'the pods begin to serve',
    prepare: async (namespace) => void (await bench.cluster.createConverter(namespace, NAME)),
    happen: (namespace) => new Workload(bench.cluster, namespace, NAME).reportReplicas(1, 1),
    requests: [STATUS, 'create events'],
  },
];

const bench = setUpBench();

describe.each(SCENARIOS)('when $what', (scenario) => {
  it('the operator makes just the requests at which it is killed below', async () => {
    const named = scenario.requests.filter((request) => !LISTS.includes(request));
    expect(await requestsOf(scenario)).toEqual([...new Set([...START, ...named])].toSorted());
  });

  it('and the operator is killed at any request, the next one brings the same end', async () => {
    const undisturbed = await runKilledAt(scenario, undefined);
    const points = scenario.requests.flatMap((request) => [
      { request, fault: 'kill before' as const },
      { request, fault: 'kill after' as const },
    ]);
    const ends = await aFewAtATime(
      points,
      async (point) => [`${point.fault} ${point.request}`, await runKilledAt(scenario, point)] as const,
    );
    expect(Object.fromEntries(ends)).toEqual(Object.fromEntries(ends.map(([point]) => [point, undisturbed])));
  });
});

/** What kinds of requests an operator makes that nobody kills. */
async function requestsOf(scenario: Scenario): Promise<readonly string[]> {
  const namespace = await namespaceAfter(scenario);
  const proxy = await bench.startProxy();
  const operator = bench.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
  await quiet(operator);
  await operator.stop();
  return [...new Set(proxy.requests.map(describeRequest))].toSorted();
}

/** What a scenario comes to with an operator that is killed at that point, if there is one, and another that follows. */
async function runKilledAt(
  scenario: Scenario,
  point: { request: string; fault: 'kill before' | 'kill after' } | undefined,
): Promise<unknown> {
  const { cluster } = bench;
  const namespace = await namespaceAfter(scenario);
  const watchNamespaces = [namespace];
  if (point !== undefined) {
    const proxy = await bench.startProxy();
    let isKilled = false;
    proxy.fault = (request) => {
      if (request.verb === 'stream' && LISTS.includes(point.request)) return { type: 'answer', status: 422 };
      if (isKilled || describeRequest(request) !== point.request) return undefined;
      isKilled = true;
      return { type: point.fault };
    };
    const killed = bench.start({ watchNamespaces, kubeConfig: proxy.kubeConfig });
    await eventually(() => expect({ point, isKilled }).toEqual({ point, isKilled: true }));
    await killed.stop();
  }
  const next = bench.start({ watchNamespaces });
  await quiet(next);
  const end = await endState(cluster, namespace, NAME);
  expect((await next.requests()).filter(isWrite).length).toBeLessThan(7);
  await next.stop();
  return end;
}

/** Makes a namespace of its own in which a scenario has happened. */
async function namespaceAfter({ prepare, happen }: Scenario): Promise<string> {
  const namespace = await bench.cluster.createNamespace();
  const operator = await bench.startSynced({ watchNamespaces: [namespace] });
  await prepare(namespace);
  await quiet(operator);
  await operator.stop();
  await happen(namespace);
  return namespace;
}

async function quiet(operator: RunningOperator): Promise<void> {
  await operator.synced();
  await operator.idle(200);
}

async function patchSpec(namespace: string, spec: object): Promise<void> {
  await bench.cluster.patch(['TemperatureConverter', namespace, NAME], { spec });
}

function describeRequest({ verb, resource, subresource }: ProxiedRequest): string {
  return `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}
