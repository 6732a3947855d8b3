import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ApiServer,
  bodyOf,
  create,
  installDefinition,
  patch,
  pathOf,
  fieldErrorsOf,
  START_TIMEOUT_MS,
  startApiServer,
  type Stored,
} from './testing/api-server.ts';
import { readCustomResourceDefinition } from './schema.ts';

const INITIAL_STATUS = {
  conditions: [
    {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Waiting for the operator. If this does not change, check that it runs and watches this namespace.',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    },
  ],
};

let server: ApiServer;
/** The name of the current test's resource. */
let name: string;
let count = 0;

beforeAll(async () => {
  server = await startApiServer();
  await installDefinition(server.client, readCustomResourceDefinition());
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
});

beforeEach(() => {
  count += 1;
  name = `converter-${count}`;
});

function read(): Promise<Stored> {
  return server.client.send<Stored>({ method: 'GET', path: pathOf(name) });
}

function condition(type: string, status = 'True'): Readonly<Record<string, unknown>> {
  return { type, status, reason: 'Test', message: 'A test.', lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function spread(topologyKey: string): object {
  return { topologyKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 };
}

describe('a new resource', () => {
  it('is not ready, and ignores a status in the create request', async () => {
    await create(server.client, { name, status: { conditions: [condition('Ready')], replicas: 3 } });
    expect((await read()).status).toEqual(INITIAL_STATUS);
  });
});

describe('the status', () => {
  beforeEach(async () => {
    await create(server.client, { name });
  });

  it('is not changed by a write to the resource', async () => {
    await patch(server.client, pathOf(name), { status: { replicas: 3 } });
    expect((await read()).status).toEqual(INITIAL_STATUS);
  });

  it('changes neither spec, nor labels, nor the generation', async () => {
    const status = { observedGeneration: 1, replicas: 6, readyReplicas: 5, image: 'a:1', url: 'http://a.b.svc:80' };
    const body = { spec: { paused: true }, metadata: { labels: { a: 'b' } }, status };
    await patch(server.client, pathOf(name, 'status'), body);
    expect(await read()).toMatchObject({ metadata: { generation: 1 }, spec: { paused: false }, status });
    expect((await read()).metadata.labels).toBeUndefined();
  });

  it('changes without a new generation, which only a change of the spec creates', async () => {
    await patch(server.client, pathOf(name), { metadata: { labels: { a: 'b' } } });
    expect((await read()).metadata.generation).toBe(1);
    await patch(server.client, pathOf(name), { spec: { paused: true } });
    expect((await read()).metadata.generation).toBe(2);
  });

  it('replaces its conditions with a merge patch, and has the default conditions once they are removed', async () => {
    await patch(server.client, pathOf(name, 'status'), { status: { conditions: [condition('Ready')] } });
    expect((await read()).status).toEqual({ conditions: [condition('Ready')] });
    await patch(server.client, pathOf(name, 'status'), { status: { conditions: null } });
    expect((await read()).status).toEqual(INITIAL_STATUS);
  });

  it('merges its conditions by type with server-side apply', async () => {
    for (const type of ['Ready', 'Available']) {
      const status = { conditions: [condition(type)] };
      await patch(server.client, pathOf(name, 'status'), { ...bodyOf({ name }), status }, `manager-of-${type}`);
    }
    expect((await read()).status).toEqual({ conditions: [condition('Ready'), condition('Available')] });
  });

  it('accepts unknown reasons and types', async () => {
    const conditions = [{ ...condition('OfTheFuture'), reason: 'NotInventedYet' }];
    await patch(server.client, pathOf(name, 'status'), { status: { conditions } });
    expect((await read()).status).toEqual({ conditions });
  });

  it.each([
    ['the shortest type and reason', { type: 'A', reason: 'A', message: '' }],
    ['every kind of character', { type: 'example.com/A.b_c-9', reason: 'Is_a,b:9_' }],
    [
      'the longest type, reason and message',
      { type: 'T'.repeat(316), reason: 'R'.repeat(1024), message: 'm'.repeat(32_768) },
    ],
    ['the greatest generation', { observedGeneration: Number.MAX_SAFE_INTEGER }],
  ])('accepts a condition with %s', async (_, fields) => {
    const conditions = [{ ...condition('Ready'), ...fields }];
    await patch(server.client, pathOf(name, 'status'), { status: { conditions } });
    expect((await read()).status).toEqual({ conditions });
  });

  it.each<[string, object, string, string]>([
    ['an unknown status', { status: 'Maybe' }, 'status', 'supported values'],
    ['no message', { message: undefined }, 'message', 'Required value'],
    ['a message that is too long', { message: 'm'.repeat(32_769) }, 'message', 'may not be more than 32768'],
    ['an invalid time', { lastTransitionTime: 'now' }, 'lastTransitionTime', 'date-time'],
    ['a negative generation', { observedGeneration: -1 }, 'observedGeneration', 'greater than or equal to 0'],
    [
      'a generation above Number.MAX_SAFE_INTEGER',
      { observedGeneration: Number.MAX_SAFE_INTEGER + 1 },
      'observedGeneration',
      'less than or equal to 9007199254740991',
    ],
    ['a type that is too long', { type: 'T'.repeat(317) }, 'type', 'may not be more than 316'],
    ['no type', { type: '' }, 'type', 'at least 1 chars long'],
    ['no reason', { reason: '' }, 'reason', 'at least 1 chars long'],
    ['a reason that is too long', { reason: 'R'.repeat(1025) }, 'reason', 'may not be more than 1024'],
    ...['two words', 'Ends:', 'Ends,', '1st', '_', 'dot.ted', 'Größe'].map(
      (reason): [string, object, string, string] => [
        `the reason "${reason}"`,
        { reason },
        'reason',
        'must be letters, digits, underscores, commas and colons, beginning with a letter and not ending with a comma or colon',
      ],
    ),
    ...['two words', '-a', 'a.', 'A/b', 'a/', 'a..b/c'].map((type): [string, object, string, string] => [
      `the type "${type}"`,
      { type },
      'type',
      'must be letters, digits, -, _ and ., beginning and ending with a letter or digit',
    ]),
  ])('rejects a condition with %s', async (_, fields, field, text) => {
    const conditions = [{ ...condition('Ready'), ...fields }];
    const errors = await fieldErrorsOf(patch(server.client, pathOf(name, 'status'), { status: { conditions } }));
    expect(errors).toHaveProperty([`status.conditions[0].${field}`, '0'], expect.stringContaining(text));
    expect(Object.keys(errors)).toHaveLength(1);
  });

  it.each([
    ['replicas', 2_147_483_647],
    ['readyReplicas', 2_147_483_647],
    ['observedGeneration', Number.MAX_SAFE_INTEGER],
  ])('accepts %s from 0 to %d and rejects other values', async (field, maximum) => {
    for (const value of [0, maximum]) {
      await patch(server.client, pathOf(name, 'status'), { status: { [field]: value } });
      expect((await read()).status).toMatchObject({ [field]: value });
    }
    const errorsFor = (value: number): Promise<unknown> =>
      fieldErrorsOf(patch(server.client, pathOf(name, 'status'), { status: { [field]: value } }));
    expect(await errorsFor(-1)).toEqual({
      [`status.${field}`]: [expect.stringContaining('greater than or equal to 0')],
    });
    expect(await errorsFor(maximum + 1)).toMatchObject({
      [`status.${field}`]: [expect.stringContaining(`less than or equal to ${maximum}`)],
    });
  });
});

describe('server-side apply by two managers', () => {
  it('merges their entries in maps and in lists with keys', async () => {
    for (const manager of ['a', 'b']) {
      const spec = {
        service: { annotations: { [manager]: '' } },
        pod: { imagePullSecrets: [{ name: manager }], topologySpreadConstraints: [spread(manager)] },
      };
      await patch(server.client, pathOf(name), bodyOf({ name, spec }), manager);
    }
    expect((await read()).spec).toMatchObject({
      service: { annotations: { a: '', b: '' } },
      pod: {
        imagePullSecrets: [{ name: 'a' }, { name: 'b' }],
        topologySpreadConstraints: [spread('a'), spread('b')],
      },
    });
  });

  it('conflicts for nodeSelector and tolerations, which are atomic', async () => {
    const spec = { pod: { nodeSelector: { a: '' }, tolerations: [{ operator: 'Exists' }] } };
    await patch(server.client, pathOf(name), bodyOf({ name, spec }), 'a');
    for (const other of [{ nodeSelector: { b: '' } }, { tolerations: [{ key: 'b' }] }]) {
      const conflict = patch(server.client, pathOf(name), bodyOf({ name, spec: { pod: other } }), 'b');
      await expect(conflict).rejects.toMatchObject({ code: 409 });
    }
  });
});

describe('an unknown field', () => {
  const spec = { servise: { port: 81 }, pod: { affinity: { nodeAffinity: { future: [1] }, nodeAffinty: {} } } };

  it('is rejected with strict field validation, the default of kubectl', async () => {
    await expect(create(server.client, { name, spec })).rejects.toThrow(
      'strict decoding error: unknown field "spec.pod.affinity.nodeAffinty", unknown field "spec.servise"',
    );
  });

  it('is dropped without it, except in a part of affinity', async () => {
    await create(server.client, { name, spec }, { fieldValidation: 'Ignore' });
    expect((await read()).spec).toMatchObject({
      service: { port: 80 },
      pod: { affinity: { nodeAffinity: { future: [1] } } },
    });
    expect((await read()).spec).not.toHaveProperty('servise');
    expect((await read()).spec).not.toHaveProperty('pod.affinity.nodeAffinty');
  });
});
