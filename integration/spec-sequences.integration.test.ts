import { describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalStates } from './testing/final-state.ts';
import { EVERY_FIELD } from './testing/every-field.ts';
import { setConflictingProbe } from './testing/conflicting-probe.ts';
import { generateSpecs, type RandomSpec } from './testing/random-specs.ts';

const RESOURCES = 25;
const CHANGES = 20;
/** Seeds the generated specs; set SEQUENCES_SEED to reproduce a run with the seed in the test's title. */
const SEED = Number(process.env['SEQUENCES_SEED'] ?? 20_261_123);

/** The API server allocates from the upper part of the range first, so that low node ports stay free. */
const FIRST_NODE_PORT = 30_000;
const NEW_RESOURCE_NODE_PORTS = 60;
const USED_NODE_PORT = 30_085;

const environment = setUpTestEnvironment();

describe(`each of ${RESOURCES * CHANGES} changes of a spec to another (SEQUENCES_SEED=${SEED})`, () => {
  it('yields the state of a new resource with that spec, and causes no write after a restart', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced({ watchNamespaces: [] });
    const names = Array.from({ length: RESOURCES }, (_, index) => `web-${index}`);
    const specs = generateSpecs(RESOURCES * (CHANGES + 1), SEED);
    let nodePorts = 0;
    for (let change = 0; change <= CHANGES; change += 1) {
      const fresh = await cluster.createNamespace();
      await mapConcurrently(names, async (name, index) => {
        const spec = specs[change * RESOURCES + index] ?? {};
        const next = withNodePort(spec, NEW_RESOURCE_NODE_PORTS + index);
        if (change === 0) await cluster.createConverter(namespace, name, next);
        else await cluster.edit(['TemperatureConverter', namespace, name], (object) => ({ ...object, spec: next }));
        if (spec.service?.nodePort === 0) nodePorts += 1;
        await cluster.createConverter(fresh, name, withNodePort(spec, nodePorts));
      });
      await environment.allApplied(RESOURCES);
      await operator.idle();
      expect(await finalStates(cluster, namespace)).toEqual(await finalStates(cluster, fresh));
    }
    expect(nodePorts).toBeLessThan(NEW_RESOURCE_NODE_PORTS);
    expect(await operator.metric('controller_runtime_reconcile_errors_total')).toBe(0);
    await operator.stop();

    const restarted = await environment.startSynced({ watchNamespaces: [] });
    await restarted.idle();
    expect((await restarted.requests()).filter(isWrite)).toEqual([]);
  });
});

const NODE_PORT_IN_USE = 'a node port that is in use';

function reasonOf(title: string): string {
  return title === NODE_PORT_IN_USE ? 'AllocationFailed' : 'Invalid';
}

describe('a spec that is valid, but whose child the API server rejects', () => {
  const INVALID: Readonly<Record<string, object>> = {
    'a node port out of range': { service: { type: 'NodePort', nodePort: 80 } },
    [NODE_PORT_IN_USE]: { service: { type: 'NodePort', nodePort: USED_NODE_PORT } },
    'an affinity with an empty key': {
      pod: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] } } },
    },
    'an affinity with an unknown field': { pod: { affinity: { podAffinity: { required: [1] } } } },
    'an affinity of the wrong type': {
      pod: { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: 'none' } } },
    },
    'two errors at once': {
      service: { type: 'NodePort', nodePort: 80 },
      pod: { affinity: { podAffinity: { required: [1] } } },
    },
  };

  it.each(Object.entries(INVALID))(
    'leaves no trace after it is corrected, for every state before and after: %s',
    async (title, invalid) => {
      const { cluster, namespace } = environment;
      const reason = reasonOf(title);
      const operator = await environment.startSynced({ watchNamespaces: [] });
      await cluster.createConverter(namespace, 'port-owner', {
        service: { type: 'NodePort', nodePort: USED_NODE_PORT },
      });
      const fresh = await cluster.createNamespace();
      const cases: readonly (readonly [name: string, before: object | undefined, after: object])[] = [
        ['only', undefined, {}],
        ['same', {}, {}],
        ['less', EVERY_FIELD, {}],
        ['more', {}, EVERY_FIELD],
      ];
      const setSpec = (name: string, spec: object): Promise<unknown> =>
        cluster.edit(['TemperatureConverter', namespace, name], (object) => ({ ...object, spec }));

      for (const [name, before] of cases) await cluster.createConverter(namespace, name, before ?? invalid);
      for (const [name, before] of cases) if (before !== undefined) await environment.applied(name);
      for (const [name, before] of cases) if (before !== undefined) await setSpec(name, invalid);
      for (const [name] of cases) await environment.condition(name, 'Reconciled', { status: 'False', reason });
      for (const [name, , after] of cases) {
        await setSpec(name, after);
        await cluster.createConverter(fresh, name, after);
      }
      for (const [name] of cases) await environment.applied(name);
      await operator.idle();
      const { 'port-owner': _portOwner, ...states } = await finalStates(cluster, namespace);
      expect(states).toEqual(await finalStates(cluster, fresh));
      await cluster.delete('Service', namespace, 'port-owner');
      await cluster.delete('TemperatureConverter', namespace, 'port-owner');
    },
  );
});

describe('a change of the spec whose apply conflicts with a change of the child', () => {
  it('is applied, and reverted without a trace', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced({ watchNamespaces: [] });
    const fresh = await cluster.createNamespace();
    for (const where of [namespace, fresh]) await cluster.createConverter(where, 'web');
    await environment.applied('web');
    await operator.idle();
    await operator.stop();
    const setSpec = (spec: object): Promise<unknown> =>
      cluster.edit(['TemperatureConverter', namespace, 'web'], (object) => ({ ...object, spec }));
    await setConflictingProbe(cluster, namespace, 'web');
    await setSpec(EVERY_FIELD);

    const next = await environment.startSynced({ watchNamespaces: [] });
    await environment.applied('web');
    expect((await cluster.get('Deployment', namespace, 'web')).metadata.labels).toMatchObject({
      'app.kubernetes.io/version': '2.0.0',
    });
    await setSpec({});
    await environment.applied('web');
    await next.idle();
    expect(await finalStates(cluster, namespace)).toEqual(await finalStates(cluster, fresh));
  });
});

/** Replaces the placeholder with a node port, which must be unique in the cluster. */
function withNodePort(spec: RandomSpec, offset: number): RandomSpec {
  if (spec.service?.nodePort !== 0) return spec;
  return { ...spec, service: { ...spec.service, nodePort: FIRST_NODE_PORT + offset } };
}
