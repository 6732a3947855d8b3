import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildChildren } from '../operator/children/children.ts';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import {
  type ApiServer,
  create,
  installDefinition,
  fieldErrorsOf,
  START_TIMEOUT_MS,
  startApiServer,
} from './testing/api-server.ts';
import { storesValue } from '../integration/testing/server-features.ts';
import * as affinity from './cases/affinity.ts';
import * as autoscaling from './cases/autoscaling.ts';
import * as commonMetadata from './cases/common-metadata.ts';
import * as image from './cases/image.ts';
import * as otherObjects from './cases/other-objects.ts';
import * as podDisruptionBudget from './cases/pod-disruption-budget.ts';
import * as podMetadata from './cases/pod-metadata.ts';
import * as resources from './cases/resources.ts';
import * as service from './cases/service.ts';
import * as tolerations from './cases/tolerations.ts';
import * as topLevel from './cases/top-level.ts';
import * as topologySpread from './cases/topology-spread.ts';
import { readCustomResourceDefinition } from './schema.ts';

const areas = Object.entries({
  topLevel,
  service,
  autoscaling,
  image,
  resources,
  podMetadata,
  commonMetadata,
  podDisruptionBudget,
  tolerations,
  topologySpread,
  otherObjects,
  affinity,
});

const DEFAULTS = {
  service: { port: 80, type: 'ClusterIP' },
  autoscaling: { minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 80 },
  logLevel: 'info',
  paused: false,
};

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await installDefinition(server.client, readCustomResourceDefinition());
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
});

describe('a name', () => {
  const longest = `a${'-'.repeat(61)}0`;
  it.each(['a', 'a-1', 'a--b', longest])('%s is accepted', async (name) => {
    await expect(create(server.client, { name }, { dryRun: 'All' })).resolves.toMatchObject({ metadata: { name } });
  });

  it.each(['1a', '1', 'a.b', 'example.com'])('%s is rejected, because it is not valid for a Service', async (name) => {
    expect(await fieldErrorsOf(create(server.client, { name }, { dryRun: 'All' }))).toEqual({
      'metadata.name': [
        'Invalid value: must be lowercase letters, digits and -, beginning with a letter and ending with a letter or ' +
          'digit, because the Service has the same name',
      ],
    });
  });

  it('of more than 63 characters is rejected', async () => {
    expect(await fieldErrorsOf(create(server.client, { name: `${longest}0` }, { dryRun: 'All' }))).toEqual({
      'metadata.name': [expect.stringContaining('Too long: may not be more than 63')],
    });
  });
});

describe('defaults are set for', () => {
  it.each([
    ['no spec', undefined, DEFAULTS],
    ['a null spec, as an empty `spec:` in YAML', null, DEFAULTS],
    ['an empty spec', {}, DEFAULTS],
    ['null parts', { service: null, autoscaling: null, logLevel: null, paused: null }, DEFAULTS],
    ['empty parts', { service: {}, autoscaling: {} }, DEFAULTS],
    ['only a port', { service: { port: 8080 } }, { ...DEFAULTS, service: { port: 8080, type: 'ClusterIP' } }],
    [
      'only a maximum',
      { autoscaling: { maxReplicas: 2 } },
      { ...DEFAULTS, autoscaling: { minReplicas: 1, maxReplicas: 2, targetCPUUtilizationPercentage: 80 } },
    ],
    [
      'a part of resources, which has no defaults',
      { resources: { requests: { cpu: 1 } } },
      { ...DEFAULTS, resources: { requests: { cpu: 1 } } },
    ],
    ['an empty pod', { pod: {} }, { ...DEFAULTS, pod: {} }],
  ])('%s', async (_, spec, stored) => {
    const created = await create(server.client, { name: 'a', spec }, { dryRun: 'All' });
    expect(created.spec).toEqual(stored);
  });
});

describe.each(areas)('%s', (_, { ACCEPTED, REJECTED }) => {
  it.each(ACCEPTED)('accepts $title, also in the children', async ({ spec, dependsOnFlags, newValue }) => {
    const stored = await create(server.client, { name: 'a', spec }, { dryRun: 'All' });
    expect(stored.spec).toMatchObject(spec);
    const isKnown =
      newValue === undefined || (await storesValue(server.client, 'services', newValue.path, newValue.value));
    if (dependsOnFlags === undefined && isKnown) await createChildren(stored);
  });

  it.each(REJECTED)('rejects $title', async ({ spec, errors }) => {
    const expected = Object.entries(errors).map(([field, texts]) => [
      field,
      [texts].flat().map((text) => expect.stringContaining(text)),
    ]);
    expect(await fieldErrorsOf(create(server.client, { name: 'a', spec }, { dryRun: 'All' }))).toEqual(
      Object.fromEntries(expected),
    );
  });
});

/** Validates the children that the operator would apply, with a dry run. */
function createChildren(stored: unknown): Promise<unknown[]> {
  // SAFETY: the API server's response to a create of this kind.
  const children = buildChildren(stored as TemperatureConverter, { image: 'converter:1' });
  const collections = [
    ['/apis/apps/v1/namespaces/default/deployments', children.Deployment],
    ['/api/v1/namespaces/default/services', children.Service],
    ['/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', children.HorizontalPodAutoscaler],
    ['/apis/policy/v1/namespaces/default/poddisruptionbudgets', children.PodDisruptionBudget],
  ] as const;
  return Promise.all(
    collections
      .filter(([, body]) => body !== undefined)
      .map(([path, body]) =>
        server.client.send({ method: 'POST', path, query: { dryRun: 'All', fieldValidation: 'Strict' }, body }),
      ),
  );
}
