import { beforeAll, describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { inShort, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { storesValue } from './testing/server-features.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalStates } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { FIELD_VALUES, type FieldValues } from './testing/field-values.ts';
import { type Step, valueAt, withValueAt } from './testing/leaf-fields.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { listSpecFields } from './testing/schema-fields.ts';

const CHILDREN = ['deployments', 'services', 'horizontalpodautoscalers', 'poddisruptionbudgets'] as const;
/** Node ports are unique in the cluster: the resources in the second namespace use ports that are higher by this. */
const NODE_PORT_OFFSET = 10;
const NODE_PORT = 'service.nodePort';
const TRAFFIC_DISTRIBUTION = 'service.trafficDistribution';
/** The position of the Service in a final state, after the resource and the Deployment. */
const SERVICE_INDEX = 2;

const environment = setUpTestEnvironment();
/** One for each field whose values the API server stores. */
let subjects: readonly Subject[];

beforeAll(async () => {
  const path = ['spec', 'trafficDistribution'];
  const stored = await Promise.all(
    (FIELD_VALUES[TRAFFIC_DISTRIBUTION]?.values ?? []).map((value) =>
      storesValue(environment.cluster.client, 'services', path, value),
    ),
  );
  subjects = SUBJECTS.filter(({ field }) => field !== TRAFFIC_DISTRIBUTION || !stored.includes(false));
});

/** A resource that tests one field: its specs without the field and with each of two values. */
interface Subject {
  readonly field: string;
  readonly name: string;
  readonly without: object;
  readonly values: readonly [object, object];
}

const SUBJECTS = Object.entries(FIELD_VALUES).map(([field, values], index) => subjectOf(field, values, `f${index}`));

function subjectOf(field: string, { values, within = {}, removedWith = field }: FieldValues, name: string): Subject {
  const [first, second] = values;
  const specWith = (path: string, value: unknown): object =>
    // JSON drops undefined fields. SAFETY: a copy of a spec is a spec.
    JSON.parse(JSON.stringify(withValueAt(within, parsePath(path), value))) as object;
  return {
    field,
    name,
    without: specWith(removedWith, undefined),
    values: [specWith(field, first), specWith(field, second)],
  };
}

/** The path of a field in an object; `[]` is the first item of a list. */
function parsePath(field: string): readonly Step[] {
  return field
    .replaceAll('[]', '.0')
    .split('.')
    .map((step) => (step === '0' ? 0 : step));
}

type States = Readonly<Record<string, unknown>>;

/** The observed result of all subjects. */
interface Outcome {
  /** By field: the resource and its children, without values that the API server allocates. */
  readonly states: States;
  /** The node port of the subject that tests `service.nodePort`. */
  readonly nodePort: unknown;
}

/** Sets the spec of each subject; returns the outcome and the operator's writes by field. */
async function changeSpecs(
  operator: RunningOperator,
  specOf: (subject: Subject) => object,
): Promise<Outcome & { writes: Readonly<Record<string, readonly string[]>> }> {
  const { cluster, namespace } = environment;
  const before = (await operator.requests()).length;
  await mapConcurrently(subjects, async (subject) => {
    const address = ['TemperatureConverter', namespace, subject.name] as const;
    await cluster.edit(address, (object) => ({ ...object, spec: specOf(subject) }));
  });
  const outcome = await observeOutcome(operator);
  const written = (await operator.requests()).slice(before).filter(isWrite);
  const writes = subjects.map(({ field, name }) => {
    const own = written.filter(({ objectRef }) => objectRef?.namespace === namespace && objectRef.name === name);
    return [field, own.map(inShort).toSorted()] as const;
  });
  return { ...outcome, writes: Object.fromEntries(writes) };
}

async function observeOutcome(operator: RunningOperator): Promise<Outcome> {
  const { cluster, namespace } = environment;
  await environment.allApplied(subjects.length);
  await operator.idle();
  const name = subjects.find(({ field }) => field === NODE_PORT)?.name ?? '';
  const service = await cluster.get('Service', namespace, name);
  return {
    states: byField(await finalStates(cluster, namespace)),
    nodePort: valueAt(service, ['spec', 'ports', 0, 'nodePort']),
  };
}

/** The final states of new resources with these specs. */
async function statesOfNew(operator: RunningOperator, specOf: (subject: Subject) => object): Promise<States> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  await mapConcurrently(subjects, async (subject) => {
    await cluster.createConverter(namespace, subject.name, withNodePortOffset(specOf(subject)));
  });
  await eventually(async () => {
    const converters = await cluster.list('TemperatureConverter', namespace);
    expect(converters.filter(({ status }) => status?.['observedGeneration'] === undefined)).toEqual([]);
  });
  await operator.idle();
  return byField(await finalStates(cluster, namespace));
}

function withNodePortOffset(spec: object): object {
  const path = ['service', 'nodePort'];
  const nodePort = valueAt(spec, path);
  // SAFETY: a copy of a spec is a spec.
  return typeof nodePort === 'number' ? (withValueAt(spec, path, nodePort + NODE_PORT_OFFSET) as object) : spec;
}

function byField(states: States): States {
  return Object.fromEntries(subjects.map(({ field, name }) => [field, states[name]]));
}

/** The minimal writes between two outcomes: one for each child that differs, and the status. */
function minimalWrites(from: Outcome, to: Outcome): Readonly<Record<string, readonly string[]>> {
  const needed = subjects.map(({ field, name }) => {
    const stateOf = ({ states, nodePort }: Outcome, index: number): string =>
      JSON.stringify([
        valueAt(states, [field, index]),
        field === NODE_PORT && index === SERVICE_INDEX ? nodePort : undefined,
      ]);
    const children = CHILDREN.filter((_, index) => stateOf(from, index + 1) !== stateOf(to, index + 1));
    // The class of a load balancer changes by way of a ClusterIP Service: a patch, the change of its owner, and an apply.
    const count = field === 'service.loadBalancerClass' ? 3 : 1;
    const writes = children.flatMap((plural) => {
      const isWanted = valueAt(to.states, [field, CHILDREN.indexOf(plural) + 1, 1]) !== null;
      return Array<string>(count).fill(`${isWanted ? 'patch' : 'delete'} ${plural}/${name}`);
    });
    return [field, [...writes, `update temperatureconverters/${name}/status`].toSorted()] as const;
  });
  return Object.fromEntries(needed);
}

describe('every field of the spec', () => {
  it('has test values', async () => {
    expect(Object.keys(FIELD_VALUES).toSorted()).toEqual(
      (await listSpecFields()).filter((field) => field !== 'paused').toSorted(),
    );
  });

  it('yields the state of a new resource when set, changed and removed, with the minimal writes', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced({ watchNamespaces: [] });
    await mapConcurrently(subjects, ({ name, without }) => cluster.createConverter(namespace, name, without));
    const start = await observeOutcome(operator);

    const first = await changeSpecs(operator, ({ values }) => values[0]);
    const second = await changeSpecs(operator, ({ values }) => values[1]);
    const removed = await changeSpecs(operator, ({ without }) => without);

    expect(removed.states).toEqual(start.states);
    expect(first.states).toEqual(await statesOfNew(operator, ({ values }) => values[0]));
    expect(second.states).toEqual(await statesOfNew(operator, ({ values }) => values[1]));
    expect([first.nodePort, second.nodePort]).toEqual(FIELD_VALUES[NODE_PORT]?.values);
    const steps = [
      [start, first],
      [first, second],
      [second, removed],
    ] as const;
    for (const [from, to] of steps) {
      const needed = minimalWrites(from, to);
      expect(to.writes).toEqual(needed);
      // Every value changes at least one child.
      expect(Object.entries(needed).filter(([, writes]) => writes.length === 1)).toEqual([]);
    }
    expect(await operator.metric('controller_runtime_reconcile_errors_total')).toBe(0);
  });
});
