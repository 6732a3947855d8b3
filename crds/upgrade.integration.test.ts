import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../local-cluster/process/wait-until.ts';
import { ApiError } from '../controller-runtime/client/errors.ts';
import {
  type ApiServer,
  create,
  type Definition,
  installDefinition,
  patch,
  pathOf,
  fieldErrorsOf,
  START_TIMEOUT_MS,
  startApiServer,
  type Stored,
} from './testing/api-server.ts';
import { ratchetsRules } from '../integration/testing/server-features.ts';
import { readCustomResourceDefinition } from './schema.ts';

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Serving',
  message: 'All is well.',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

/** Stored specs that the current schema would reject. */
const OLD_SPECS: Readonly<Record<string, object>> = {
  plain: { service: { port: 8080 }, autoscaling: { minReplicas: 2, maxReplicas: 4 } },
  'many-replicas': { autoscaling: { maxReplicas: 1000 } },
  'bad-image': { image: 'Not an image' },
  'many-domains': {
    pod: {
      topologySpreadConstraints: [
        { maxSkew: 3_000_000_000, minDomains: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    },
  },
  'bad-label': { pod: { labels: { 'app.kubernetes.io/name': 'mine', 'a b': 'c d' } } },
  '1-bad-name': {},
  [`long-${'n'.repeat(70)}`]: {},
};
const NAMES = Object.keys(OLD_SPECS);
/** The fields that break a rule in CEL, which an API server before 1.33 checks also when the status changes. */
const BROKEN_FIELDS: Readonly<Record<string, string>> = {
  'bad-image': 'spec.image',
  'bad-label': 'spec.pod.labels',
};
/** A stored status that the current schema would reject. */
const OLD_STATUS = {
  replicas: 3_000_000_000,
  observedGeneration: -1,
  conditions: [{ ...READY, type: 'Not a type', reason: 'two words' }],
};

let server: ApiServer;
let isRatcheted: boolean;

/** An earlier CustomResourceDefinition with hardly any validation. */
function earlierDefinition(): Definition & { readonly spec: object } {
  const definition = readCustomResourceDefinition();
  const [version] = definition.spec.versions;
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } };
  return { ...definition, spec: { ...definition.spec, versions: [{ ...version, schema }] } };
}

function read(name: string): Promise<Stored> {
  return server.client.send<Stored>({ method: 'GET', path: pathOf(name) });
}

function setImage(image: string): Promise<Stored> {
  return patch(server.client, pathOf('bad-image'), { spec: { image } });
}

beforeAll(async () => {
  server = await startApiServer();
  isRatcheted = await ratchetsRules(server.client);
  await installDefinition(server.client, earlierDefinition());
  for (const [name, spec] of Object.entries(OLD_SPECS)) await create(server.client, { name, spec });
  await create(server.client, { name: 'bad-status' });
  await patch(server.client, pathOf('bad-status', 'status'), { status: OLD_STATUS });
  await installDefinition(server.client, readCustomResourceDefinition());
  await waitUntil({
    what: 'the API server to validate with the new schema',
    timeoutMs: START_TIMEOUT_MS,
    probe: async () => {
      try {
        await create(server.client, { name: 'probe', spec: { paused: 'no' } }, { dryRun: 'All' });
        return undefined;
      } catch (error) {
        return (error instanceof ApiError && error.code === 422) || undefined;
      }
    },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
});

describe('after an upgrade of the CustomResourceDefinition', () => {
  it.each(NAMES)('%s keeps its values and gets the defaults of missing fields', async (name) => {
    const { spec, status } = await read(name);
    expect(spec).toMatchObject({ logLevel: 'info', paused: false, ...OLD_SPECS[name] });
    expect(spec).toHaveProperty('service.port');
    expect(status).toMatchObject({ conditions: [{ type: 'Ready', status: 'Unknown' }] });
  });

  it.each(NAMES)('%s accepts a status unless that is refused because of a broken rule', async (name) => {
    const written = patch(server.client, pathOf(name, 'status'), { status: { conditions: [READY] } });
    const brokenField = BROKEN_FIELDS[name];
    if (isRatcheted || brokenField === undefined)
      expect(await written).toMatchObject({ status: { conditions: [READY] } });
    else expect(await fieldErrorsOf(written)).toHaveProperty([brokenField]);
  });

  it.each(NAMES)('%s accepts labels, and changes of its valid fields', async (name) => {
    await patch(server.client, pathOf(name), { metadata: { labels: { seen: 'true' } } });
    await patch(server.client, pathOf(name), { spec: { service: { port: 9090 } } });
    expect(await read(name)).toMatchObject({
      metadata: { labels: { seen: 'true' } },
      spec: { service: { port: 9090 } },
    });
  });

  it('an invalid status blocks neither changes of the spec nor the next status', async () => {
    const changed = await patch(server.client, pathOf('bad-status'), { spec: { service: { port: 9090 } } });
    expect(changed).toMatchObject({ spec: { service: { port: 9090 } }, status: OLD_STATUS });
    const status = { replicas: 1, observedGeneration: 2, conditions: [READY] };
    await patch(server.client, pathOf('bad-status', 'status'), { status });
    expect((await read('bad-status')).status).toEqual(status);
  });

  it('an invalid field accepts only a valid value', async () => {
    expect(await fieldErrorsOf(setImage('Also not an image'))).toHaveProperty(['spec.image']);
    await setImage('an-image:1');
    expect((await read('bad-image')).spec).toMatchObject({ image: 'an-image:1' });
  });

  it.each(['2-bad-name', `also-long-${'n'.repeat(60)}`])('the name %s is rejected for a new resource', async (name) => {
    expect(await fieldErrorsOf(create(server.client, { name }))).toHaveProperty(['metadata.name']);
  });
});
