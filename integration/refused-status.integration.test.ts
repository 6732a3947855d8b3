import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type CustomResourceDefinition, readCustomResourceDefinition } from '../crds/schema.ts';
import { ApiError } from '../controller-runtime/client/errors.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Fault, FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import { installCrd } from '../controller-runtime/testing/install-crd.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { ratchetsRules } from './testing/server-features.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { Workload } from './testing/workload.ts';

const NAME = 'web';
const INVALID_IMAGE = 'registry.example.com/Converter:1';
const VALID_IMAGE = 'registry.example.com/converter:1';

/** How an API server before 1.33 refuses the status. A newer one stores it, so a proxy responds in its place. */
const REFUSAL: Fault = {
  type: 'answer',
  status: 422,
  body: {
    kind: 'Status',
    reason: 'Invalid',
    code: 422,
    message: `TemperatureConverter.temperature-converter.io "${NAME}" is invalid: spec.image: Invalid value: "string": must have no capital letters`,
    details: { name: NAME, causes: [{ reason: 'FieldValueInvalid', field: 'spec.image', message: 'Invalid value' }] },
  },
};

const environment = setUpTestEnvironment({ crd: false });
let isRatcheted: boolean;
let proxy: FaultProxy;
let operator: RunningOperator;

beforeAll(async () => {
  isRatcheted = await ratchetsRules(environment.cluster.client);
});

/** Creates a resource, upgrades the definition so that the resource breaks a rule, and starts an operator. */
beforeEach(async () => {
  const { cluster, namespace } = environment;
  await installCrd(cluster.client, earlierDefinition());
  await eventually(() => cluster.createConverter(namespace, NAME, { image: INVALID_IMAGE }));
  await installCrd(cluster.client, readCustomResourceDefinition());
  await eventually(async () => {
    const name = `probe-${crypto.randomUUID().slice(0, 8)}`;
    await expect(cluster.createConverter(namespace, name, { image: INVALID_IMAGE })).rejects.toThrow(ApiError);
  });
  proxy = await environment.startProxy();
  proxy.fault = (request) => (isRatcheted && isStatusUpdate(request) ? REFUSAL : undefined);
  operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
});

/** The definition before it had a rule for images. */
function earlierDefinition(): CustomResourceDefinition {
  const definition = structuredClone(readCustomResourceDefinition());
  const { properties } = definition.spec.versions[0].schema.openAPIV3Schema;
  const image = properties?.['spec']?.properties?.['image'];
  if (image === undefined) throw new Error('the definition has no spec.image');
  Object.assign(image, { 'x-kubernetes-validations': [] });
  return definition;
}

function isStatusUpdate({ verb, resource, subresource, name }: ProxiedRequest): boolean {
  return verb === 'update' && resource === 'temperatureconverters' && subresource === 'status' && name === NAME;
}

const attempts = (): number => proxy.requests.filter(isStatusUpdate).length;

describe('a stored resource that breaks a rule of an upgraded CustomResourceDefinition', () => {
  it('has an event and a line in the log, which say what is wrong, which field, and what to do', async () => {
    const { cluster, namespace } = environment;
    await eventually(() => cluster.children(namespace, NAME));
    const event = await eventually(async () => {
      const events = await cluster.list<{ reason: string; type: string; note: string; regarding: object }>(
        'Event',
        namespace,
      );
      const found = events.find(({ reason }) => reason === 'StatusRefused');
      if (found === undefined) throw new Error('there is no event');
      return found;
    });
    expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'TemperatureConverter', name: NAME } });
    expect(event.note).toMatch(/spec\.image: Invalid value: .*must have no capital letters.*Correct spec\.image\.$/su);
    expect(operator.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'the API server refuses to store the status',
        fields: expect.objectContaining({ namespace, name: NAME, problem: event.note }),
      }),
    );
  });

  it('is written about six times an hour, however often its pods change, and at once after the correction', async () => {
    const { cluster, namespace } = environment;
    await eventually(() => expect(attempts()).toBe(1));
    await operator.idle();
    const workload = new Workload(cluster, namespace, NAME);
    for (let minute = 1; minute <= 60; minute += 1) {
      await workload.reportReplicas(1 + (minute % 5), 1);
      operator.clock.advance(60_000);
      await operator.quiet(20);
    }
    // The first one, and after 5, 10, 20, 30 minutes at most, half of that at least.
    expect(attempts()).toBeGreaterThanOrEqual(4);
    expect(attempts()).toBeLessThanOrEqual(7);
    // Its children are still repaired.
    await cluster.delete('Service', namespace, NAME);
    await eventually(() => cluster.get('Service', namespace, NAME));

    proxy.fault = () => undefined;
    await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { image: VALID_IMAGE } });
    const { status } = await environment.applied(NAME);
    expect(status).toMatchObject({ image: VALID_IMAGE });
  });
});
