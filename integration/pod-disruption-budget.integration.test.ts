import { describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

const SELECTOR = {
  'app.kubernetes.io/name': 'temperature-converter',
  'app.kubernetes.io/instance': 'web',
  'app.kubernetes.io/component': 'converter',
};
const BUDGET = { podDisruptionBudget: { maxUnavailable: 1 } };

const environment = setUpTestEnvironment();

const address = (): readonly ['PodDisruptionBudget', string, string] => [
  'PodDisruptionBudget',
  environment.namespace,
  'web',
];

function setBudget(podDisruptionBudget: object | null): Promise<unknown> {
  const { cluster, namespace } = environment;
  return cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { podDisruptionBudget } });
}

function createForeignBudget(): Promise<unknown> {
  const [kind, namespace, name] = address();
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'other' } } };
  return environment.cluster.create({ apiVersion: 'policy/v1', kind, metadata: { namespace, name }, spec });
}

describe('the PodDisruptionBudget', () => {
  it('is created, changed and deleted with the spec', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    expect(await cluster.find(...address())).toBeUndefined();
    for (const maxUnavailable of [1, '50%']) {
      await setBudget({ maxUnavailable });
      await environment.applied('web');
      expect((await cluster.get(...address())).spec).toMatchObject({
        maxUnavailable,
        selector: { matchLabels: SELECTOR },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      });
    }
    await setBudget(null);
    await environment.applied('web');
    expect(await cluster.find(...address())).toBeUndefined();
  });

  it('is deleted at the start when the spec dropped it while the operator was down', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', BUDGET);
    await environment.applied('web');
    await operator.stop();
    await setBudget(null);
    await environment.startSynced();
    await eventually(async () => expect(await cluster.find(...address())).toBeUndefined());
  });

  it('is repaired when another client replaces maxUnavailable by minAvailable, which exclude each other', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web', BUDGET);
    await environment.applied('web');
    await cluster.patch(address(), { spec: { maxUnavailable: null, minAvailable: 1 } });
    await eventually(async () => {
      const { spec } = await cluster.get(...address());
      expect(spec).toMatchObject({ maxUnavailable: 1 });
      expect(spec).not.toHaveProperty('minAvailable');
    });
  });

  it('stays while the resource is paused', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web', BUDGET);
    await environment.applied('web');
    await cluster.patch(['TemperatureConverter', namespace, 'web'], {
      spec: { paused: true, podDisruptionBudget: null },
    });
    await environment.condition('web', 'Paused', { status: 'True' });
    await operator.idle();
    await cluster.get(...address());
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { paused: false } });
    await eventually(async () => expect(await cluster.find(...address())).toBeUndefined());
  });

  it('of another creator is neither changed nor deleted', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await createForeignBudget();
    const before = await cluster.get(...address());
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await setBudget({ maxUnavailable: 1 });
    await environment.condition('web', 'Reconciled', { status: 'False', reason: 'NameConflict' });
    await setBudget(null);
    await environment.applied('web');
    await operator.idle();
    expect(await cluster.get(...address())).toEqual(before);
  });

  it('of another creator that consents is adopted, with the limit of the spec only', async () => {
    const { cluster, namespace } = environment;
    await environment.startSynced();
    await createForeignBudget();
    await cluster.patch(address(), { metadata: { annotations: { 'temperature-converter.io/adopt': 'web' } } });
    await cluster.createConverter(namespace, 'web', BUDGET);
    await environment.applied('web');
    const { spec } = await cluster.get(...address());
    expect(spec).toMatchObject({ maxUnavailable: 1 });
    expect(spec).not.toHaveProperty('minAvailable');
  });
});
