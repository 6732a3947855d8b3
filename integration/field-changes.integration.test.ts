import { describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { inShort, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalStates } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { FIELD_VALUES, type FieldValues } from './testing/field-values.ts';
import { type Step, valueAt, withValueAt } from './testing/leaf-fields.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { listSpecFields } from './testing/schema-fields.ts';

const CHILDREN = ['deployments', 'services', 'horizontalpodautoscalers'] as const;
/** Ports of the nodes are the cluster's: a second resource has one that is higher by this. */
const OTHER_NODE_PORT = 10;
const NODE_PORT = 'service.nodePort';
/** Of what finalStates gives of a resource: first the resource, then its children. */
const SERVICE = 2;

const environment = setUpTestEnvironment();

/** A resource that stands for a field: its specs without the field, with one value, with the other one. */
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
    // What JSON leaves out is not there. SAFETY: a copy of a spec is a spec.
    JSON.parse(JSON.stringify(withValueAt(within, stepsOf(path), value))) as object;
  return {
    field,
    name,
    without: specWith(removedWith, undefined),
    values: [specWith(field, first), specWith(field, second)],
  };
}

/** The path of a field in an object; of a list, its first item. */
function stepsOf(field: string): readonly Step[] {
  return field
    .replaceAll('[]', '.0')
    .split('.')
    .map((step) => (step === '0' ? 0 : step));
}

type States = Readonly<Record<string, unknown>>;

/** What all subjects have come to. */
interface Outcome {
  /** By field: the resource, then its children, without what the API server draws. */
  readonly states: States;
  /** The port of the nodes that the subject of that field has. */
  readonly nodePort: unknown;
}

/** Gives each subject a spec; gives what all come to, and what was written for each. */
async function change(
  operator: RunningOperator,
  specOf: (subject: Subject) => object,
): Promise<Outcome & { writes: Readonly<Record<string, readonly string[]>> }> {
  const { cluster, namespace } = environment;
  const before = (await operator.requests()).length;
  await mapConcurrently(SUBJECTS, async (subject) => {
    const address = ['TemperatureConverter', namespace, subject.name] as const;
    await cluster.edit(address, (object) => ({ ...object, spec: specOf(subject) }));
  });
  const outcome = await settledOutcome(operator);
  const written = (await operator.requests()).slice(before).filter(isWrite);
  const writes = SUBJECTS.map(({ field, name }) => {
    const own = written.filter(({ objectRef }) => objectRef?.namespace === namespace && objectRef.name === name);
    return [field, own.map(inShort).toSorted()] as const;
  });
  return { ...outcome, writes: Object.fromEntries(writes) };
}

async function settledOutcome(operator: RunningOperator): Promise<Outcome> {
  const { cluster, namespace } = environment;
  await environment.allApplied(SUBJECTS.length);
  await operator.idle();
  const name = SUBJECTS.find(({ field }) => field === NODE_PORT)?.name ?? '';
  const service = await cluster.get('Service', namespace, name);
  return {
    states: byField(await finalStates(cluster, namespace)),
    nodePort: valueAt(service, ['spec', 'ports', 0, 'nodePort']),
  };
}

/** What new resources of these specs come to. */
async function fresh(operator: RunningOperator, specOf: (subject: Subject) => object): Promise<States> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  await mapConcurrently(SUBJECTS, async (subject) => {
    await cluster.createConverter(namespace, subject.name, withOtherNodePort(specOf(subject)));
  });
  await eventually(async () => {
    const converters = await cluster.list('TemperatureConverter', namespace);
    expect(converters.filter(({ status }) => status?.['observedGeneration'] === undefined)).toEqual([]);
  });
  await operator.idle();
  return byField(await finalStates(cluster, namespace));
}

function withOtherNodePort(spec: object): object {
  const path = ['service', 'nodePort'];
  const nodePort = valueAt(spec, path);
  // SAFETY: a copy of a spec is a spec.
  return typeof nodePort === 'number' ? (withValueAt(spec, path, nodePort + OTHER_NODE_PORT) as object) : spec;
}

function byField(states: States): States {
  return Object.fromEntries(SUBJECTS.map(({ field, name }) => [field, states[name]]));
}

/** The writes that lead from one outcome to another: of each child that differs, and of the status. */
function neededWrites(from: Outcome, to: Outcome): Readonly<Record<string, readonly string[]>> {
  const needed = SUBJECTS.map(({ field, name }) => {
    const stateOf = ({ states, nodePort }: Outcome, index: number): string =>
      JSON.stringify([
        valueAt(states, [field, index]),
        field === NODE_PORT && index === SERVICE ? nodePort : undefined,
      ]);
    const children = CHILDREN.filter((_, index) => stateOf(from, index + 1) !== stateOf(to, index + 1));
    const writes = children.map((plural) => `patch ${plural}/${name}`);
    return [field, [...writes, `update temperatureconverters/${name}/status`].toSorted()] as const;
  });
  return Object.fromEntries(needed);
}

describe('every field of the spec', () => {
  it('is in the table of values', async () => {
    expect(Object.keys(FIELD_VALUES).toSorted()).toEqual(
      (await listSpecFields()).filter((field) => field !== 'paused').toSorted(),
    );
  });

  it('that is set, set otherwise and removed leads to what a new resource has, by no more writes than that needs', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced({ watchNamespaces: [] });
    await mapConcurrently(SUBJECTS, ({ name, without }) => cluster.createConverter(namespace, name, without));
    const start = await settledOutcome(operator);

    const first = await change(operator, ({ values }) => values[0]);
    const second = await change(operator, ({ values }) => values[1]);
    const removed = await change(operator, ({ without }) => without);

    expect(removed.states).toEqual(start.states);
    expect(first.states).toEqual(await fresh(operator, ({ values }) => values[0]));
    expect(second.states).toEqual(await fresh(operator, ({ values }) => values[1]));
    expect([first.nodePort, second.nodePort]).toEqual(FIELD_VALUES[NODE_PORT]?.values);
    const steps = [
      [start, first],
      [first, second],
      [second, removed],
    ] as const;
    for (const [from, to] of steps) {
      const needed = neededWrites(from, to);
      expect(to.writes).toEqual(needed);
      // Else the value would prove nothing.
      expect(Object.entries(needed).filter(([, writes]) => writes.length === 1)).toEqual([]);
    }
    expect(await operator.metric('controller_runtime_reconcile_errors_total')).toBe(0);
  });
});
