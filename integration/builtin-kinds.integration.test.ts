import { describe, expect, it } from '@jest/globals';
import * as builtinKinds from '../controller-runtime/apply/builtin-kinds.ts';
import type { KindOptions } from '../controller-runtime/apply/builtin-kinds.ts';
import { objectPath } from '../controller-runtime/object/resource.ts';
import { type AppliedObject, BUILT_IN_OBJECTS } from './testing/built-in-objects.ts';
import { findObjectPath } from './testing/discovery.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

const KINDS: readonly KindOptions[] = Object.values(builtinKinds);

/** Another value for each of the fields that a kind's description names. */
const OTHER_VALUES: Readonly<Record<string, unknown>> = {
  type: 'example.com/other',
  'spec.accessModes': ['ReadOnlyMany'],
  'spec.selector': { matchLabels: { other: 'label' } },
  'spec.storageClassName': 'other',
  'spec.volumeMode': 'Block',
  'spec.serviceName': 'other',
  'spec.podManagementPolicy': 'Parallel',
  'spec.volumeClaimTemplates': [],
  'spec.template': { metadata: { labels: { other: 'label' } } },
  'spec.completionMode': 'Indexed',
  roleRef: { kind: 'Role', name: 'other' },
};

const environment = setUpTestEnvironment({ crd: false });

describe.each(KINDS.map((kind) => [kind.kind, kind] as const))('the description of %s', (_name, kind) => {
  it('has the path at which the API server serves it', async () => {
    const { client } = environment.server.cluster;
    const sample = sampleOf(kind);
    expect(objectPath(kind.resource, 'default', sample.metadata.name)).toBe(
      await findObjectPath(client, sample, 'default'),
    );
  });

  it('names only fields that the API server does not allow to change', async () => {
    const { client } = environment.server.cluster;
    const sample = sampleOf(kind);
    const path = objectPath(kind.resource, environment.namespace, sample.metadata.name);
    const query = { fieldManager: 'test', force: 'true' };
    const bodyType = 'application/apply-patch+yaml';
    await client.send({ method: 'PATCH', path, query, body: sample, bodyType });
    for (const field of kind.immutableFields ?? []) {
      expect(OTHER_VALUES).toHaveProperty([field]);
      const body = patchOf(field, OTHER_VALUES[field]);
      await expect(
        client.send({ method: 'PATCH', path, query, body, bodyType: 'application/merge-patch+json' }),
      ).rejects.toMatchObject({ code: 422, message: expect.stringMatching(/immutable|forbidden|cannot change/i) });
    }
  });
});

function sampleOf({ kind, resource: { group, version } }: KindOptions): AppliedObject {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const sample = BUILT_IN_OBJECTS.find((object) => object.apiVersion === apiVersion && object.kind === kind);
  if (sample === undefined) throw new Error(`there is no sample of ${kind} in ${apiVersion}`);
  return sample;
}

/** A merge patch that sets one field. */
function patchOf(field: string, value: unknown): unknown {
  return field.split('.').reduceRight((inside, step) => ({ [step]: inside }), value);
}
