import { describe, expect, it } from '@jest/globals';
import type { ServiceType } from '../operator/api/temperature-converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { LiveObject } from './testing/cluster.ts';
import { type HandMadeEdit, HAND_MADE_EDITS } from './testing/hand-made-service-edits.ts';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const satisfies readonly ServiceType[];
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const WRITERS = ['update', 'apply'] as const;
/** Changes of the spec along with the type. */
const CHANGES = [{}, { port: 81 }, { sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' }] as const;

/** Which fields of a Service only some types may have. */
const ONLY_WITH: Readonly<Record<string, readonly ServiceType[]>> = {
  loadBalancerSourceRanges: ['LoadBalancer'],
  loadBalancerClass: ['LoadBalancer'],
  allocateLoadBalancerNodePorts: ['LoadBalancer'],
  healthCheckNodePort: ['LoadBalancer'],
};

interface Transition {
  readonly name: string;
  readonly title: string;
  readonly from: ServiceType;
  readonly service: { readonly type: ServiceType; readonly port?: number };
  readonly edit: HandMadeEdit;
  readonly writer: (typeof WRITERS)[number];
}

const environment = setUpTestEnvironment();

function transitionsFrom(from: ServiceType): readonly Transition[] {
  const cases = HAND_MADE_EDITS.filter(({ types }) => types.includes(from)).flatMap((edit) =>
    TYPES.flatMap((type) =>
      WRITERS.flatMap((writer) => CHANGES.map((change) => ({ edit, writer, from, service: { type, ...change } }))),
    ),
  );
  return cases.map(({ edit, writer, service }, index) => ({
    name: `web-${index}`,
    title: `${edit.title} by ${writer}, ${from} -> ${JSON.stringify(service)}`,
    from,
    service,
    edit,
    writer,
  }));
}

/** Edits the Service by hand while the operator is paused, and then changes the spec. */
async function run({ name, from, service, edit, writer }: Transition, takeNodePort: () => number): Promise<void> {
  const { cluster, namespace } = environment;
  const resource = ['TemperatureConverter', namespace, name] as const;
  const child = ['Service', namespace, name] as const;
  await cluster.createConverter(namespace, name, { service: { type: from } });
  await eventually(() => cluster.get(...child));
  await cluster.patch(resource, { spec: { paused: true } });
  await environment.condition(name, 'Paused', { status: 'True' });
  for (const step of edit.steps(takeNodePort)) {
    await (writer === 'update' ? cluster.patch(child, step, 'kubectl-edit') : cluster.apply(child, step, 'kubectl'));
  }
  await cluster.patch(resource, { spec: { paused: false, service } });
}

/** The fields that the Service must not have any more. */
function leftovers({ metadata, spec = {} }: LiveObject, type: ServiceType): readonly string[] {
  const fields = Object.keys(ONLY_WITH).filter((field) => field in spec && !ONLY_WITH[field]?.includes(type));
  const hasRanges = metadata.annotations?.[SOURCE_RANGES] !== undefined;
  return hasRanges && type !== 'LoadBalancer' ? [...fields, SOURCE_RANGES] : fields;
}

describe.each(TYPES)('every change of the spec of a %s Service', (from) => {
  it('arrives, whatever fields other managers have set by hand before', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    const transitions = transitionsFrom(from);
    // The API server allocates from the upper part of the range first, so that these stay free.
    let nodePort = 30_000;
    const takeNodePort = (): number => (nodePort += 1);
    await mapConcurrently(transitions, (transition) => run(transition, takeNodePort));

    const outcomes = await mapConcurrently(transitions, async ({ name, title, service }) => {
      const { message } = await environment
        .condition(name, 'Reconciled', { status: 'True' })
        .catch(async () => environment.condition(name, 'Reconciled', {}));
      const live = await cluster.get('Service', namespace, name);
      const { type, ports } = live.spec ?? {};
      return [
        title,
        { message, type, ports, leftovers: leftovers(live, service.type) },
        {
          message: 'All children match the spec.',
          type: service.type,
          ports: expect.arrayContaining([
            expect.objectContaining({ name: 'http', port: service.port ?? 80, targetPort: 'http' }),
          ]),
          leftovers: [],
        },
      ] as const;
    });

    expect(Object.fromEntries(outcomes.map(([title, found]) => [title, found]))).toEqual(
      Object.fromEntries(outcomes.map(([title, , expected]) => [title, expected])),
    );
    await operator.idle();
    const { length } = await operator.writes();
    await operator.quiet(500);
    expect(await operator.writes()).toHaveLength(length);
    await operator.stop();
    // Frees the node ports.
    await mapConcurrently(transitions, ({ name }) => cluster.delete('Service', namespace, name));
  }, 300_000);
});

describe('the class of a load balancer', () => {
  it('changes and goes with the spec, and the Service keeps its identity and its address', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    const service = { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] };
    const { metadata: created } = await cluster.createConverter(namespace, 'web', { service });
    expect(created.name).toBe('web');
    await environment.applied('web');
    const before = await cluster.get('Service', namespace, 'web');
    for (const loadBalancerClass of ['example.com/a', 'example.com/b', null]) {
      await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { loadBalancerClass } } });
      await environment.applied('web');
      const { metadata, spec } = await cluster.get('Service', namespace, 'web');
      expect(spec?.['loadBalancerClass'] ?? null).toBe(loadBalancerClass);
      expect(spec).toMatchObject({ ...service, clusterIP: before.spec?.['clusterIP'] });
      expect(metadata.uid).toBe(before.metadata.uid);
    }
  });
});

describe('a field of another manager that goes with the new type', () => {
  it('stays, when the operator removes one that does not', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web', { service: { type: 'LoadBalancer' } });
    await environment.applied('web');
    const stays = { externalIPs: ['192.0.2.1'], publishNotReadyAddresses: true };
    await cluster.patch(['Service', namespace, 'web'], {
      metadata: { annotations: { 'example.com/note': 'x' } },
      spec: {
        ...stays,
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ports: [
          { port: 80, protocol: 'TCP', name: 'http', targetPort: 'http' },
          { name: 'extra', port: 9999 },
        ],
      },
    });
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { type: 'ClusterIP' } } });
    await environment.applied('web');
    const { metadata, spec } = await cluster.get('Service', namespace, 'web');
    expect(metadata.annotations).toMatchObject({ 'example.com/note': 'x' });
    expect(spec).toMatchObject(stays);
    expect(spec).not.toHaveProperty('loadBalancerSourceRanges');
    expect(spec?.['ports']).toHaveLength(2);
  });
});
