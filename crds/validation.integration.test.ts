import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildChildren } from '../operator/children/children.ts';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { type ApiServer, create, installDefinition, refusalOf, START_TIMEOUT_MS, startApiServer } from './testing/api-server.ts';
import * as affinity from './cases/affinity.ts';
import * as autoscaling from './cases/autoscaling.ts';
import * as image from './cases/image.ts';
import * as otherObjects from './cases/other-objects.ts';
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
  it.each(['a', 'a-1', 'a--b', longest])('%s is taken', async (name) => {
    await expect(create(server.client, { name }, { dryRun: 'All' })).resolves.toMatchObject({ metadata: { name } });
  });

  it.each(['1a', '1', 'a.b', 'example.com'])('%s is refused, since no Service can have it', async (name) => {
    expect(await refusalOf(create(server.client, { name }, { dryRun: 'All' }))).toEqual({
      'metadata.name': [
        'Invalid value: must be lowercase letters, digits and -, beginning with a letter and ending with a letter or ' +
          'digit, because the Service has the same name',
      ],
    });
  });

  it('of more than 63 characters is refused', async () => {
    expect(await refusalOf(create(server.client, { name: `${longest}0` }, { dryRun: 'All' }))).toEqual({
      'metadata.name': [expect.stringContaining('Too long: may not be more than 63')],
    });
  });
});

describe('what is left out has its default', () => {
  it.each([
    ['no spec', undefined, DEFAULTS],
    ['a spec that is null, as an empty `spec:` in YAML', null, DEFAULTS],
    ['an empty spec', {}, DEFAULTS],
    ['parts that are null', { service: null, autoscaling: null, logLevel: null, paused: null }, DEFAULTS],
    ['empty parts', { service: {}, autoscaling: {} }, DEFAULTS],
    ['a port alone', { service: { port: 8080 } }, { ...DEFAULTS, service: { port: 8080, type: 'ClusterIP' } }],
    [
      'a maximum alone',
      { autoscaling: { maxReplicas: 2 } },
      { ...DEFAULTS, autoscaling: { minReplicas: 1, maxReplicas: 2, targetCPUUtilizationPercentage: 80 } },
    ],
    [
      'a part of resources, which is taken whole',
      { resources: { requests: { cpu: 1 } } },
      { ...DEFAULTS, resources: { requests: { cpu: 1 } } },
    ],
    ['an empty pod', { pod: {} }, { ...DEFAULTS, pod: {} }],
  ])('%s', async (_, spec, stored) => {
    const created = await create(server.client, { name: 'a', spec }, { dryRun: 'All' });
    expect(created.spec).toEqual(stored);
  });
});

describe.each(areas)('%s', (_, { ACCEPTED, REFUSED }) => {
  it.each(ACCEPTED)('takes $what, and so does the API server in the children', async ({ spec, dependsOnFlags }) => {
    const stored = await create(server.client, { name: 'a', spec }, { dryRun: 'All' });
    expect(stored.spec).toMatchObject(spec);
    if (dependsOnFlags === undefined) await expect(createChildren(stored)).resolves.toHaveLength(3);
  });

  it.each(REFUSED)('refuses $what', async ({ spec, because }) => {
    const complaints = Object.entries(because).map(([field, texts]) => [
      field,
      [texts].flat().map((text) => expect.stringContaining(text)),
    ]);
    expect(await refusalOf(create(server.client, { name: 'a', spec }, { dryRun: 'All' }))).toEqual(
      Object.fromEntries(complaints),
    );
  });
});

/** Has the API server judge the children that the operator would apply. */
function createChildren(stored: unknown): Promise<unknown[]> {
  // SAFETY: what the API server has just answered, to a request for this kind.
  const children = buildChildren(stored as TemperatureConverter, { image: 'converter:1' });
  const collections = [
    ['/apis/apps/v1/namespaces/default/deployments', children.Deployment],
    ['/api/v1/namespaces/default/services', children.Service],
    ['/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', children.HorizontalPodAutoscaler],
  ] as const;
  return Promise.all(
    collections.map(([path, body]) =>
      server.client.send({ method: 'POST', path, query: { dryRun: 'All', fieldValidation: 'Strict' }, body }),
    ),
  );
}
