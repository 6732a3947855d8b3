import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { kubernetesVersion } from '../local-cluster/tools.ts';
import { generateMergeTable, MERGE_TABLE_FILE, renderMergeTable } from '../scripts/generate-merge-table.ts';
import { buildMergeTable } from '../scripts/merge-table/build-merge-table.ts';
import { readOpenApi } from '../scripts/merge-table/read-openapi.ts';
import { BUILT_IN_TYPES } from '../controller-runtime/apply/built-in-types.ts';
import type { FieldEntry, MergeTable } from '../controller-runtime/apply/merge-table.ts';
import { mergeRulesOfSchema } from '../controller-runtime/apply/schema-merge-rules.ts';
import {
  checkDesiredEdits,
  checkForeignEdits,
  compare,
  recreate,
  remove,
  type Subject,
  withoutDroppedFields,
} from './testing/apply-oracle.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { type AppliedObject, BUILT_IN_OBJECTS } from './testing/built-in-objects.ts';
import { findObjectPath } from './testing/discovery.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Edit } from './testing/object-edits.ts';

/** Edits for which the found differences deviate from the changes of an apply, with the reasons. */
const EXCEPTIONS: readonly RegExp[] = [
  // The order of a set is irrelevant.
  /^reverse (?:metadata\.finalizers|spec\.(?:validationActions|volumeLifecycleModes|set|map\[\d\]\.values))$/,
  // The server replaces an empty list by a default, so an empty desired list always differs.
  /^empty spec\.(?:metrics|policyTypes)$/,
  // The server computes these from each other.
  /^remove spec\.limits\[1\]\.default/,
  // The server drops unknown fields of schemas instead of rejecting them.
  /^add to spec\.versions\[0\]\.(?:schema|subresources)/,
  // The server adds an emptyDir to a volume without a source. The oracle attributes it to another volume.
  /^remove spec\.template\.spec\.volumes\[\d+\]\.\w+(?:\.volumeClaimTemplate)?$/,
];

const THING_SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        text: { type: 'string' },
        amount: { 'x-kubernetes-int-or-string': true },
        filledIn: { type: 'integer', default: 5 },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['zone', 'app'],
          items: {
            type: 'object',
            required: ['app'],
            properties: {
              app: { type: 'string' },
              zone: { type: 'string', default: 'z1' },
              values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
              on: { type: 'boolean' },
            },
          },
        },
        set: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
        atomic: {
          type: 'array',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            properties: {
              a: { type: 'string' },
              b: { type: 'integer', default: 1 },
              c: { type: 'object', default: {}, properties: { d: { type: 'string', default: 'x' } } },
            },
          },
        },
        list: { type: 'array', items: { type: 'string' } },
        atomicMap: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          properties: { a: { type: 'string', default: 'x' }, b: { type: 'string' } },
        },
        granularMap: { type: 'object', additionalProperties: { type: 'string' } },
        structs: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } },
        },
        unknown: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        object: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
    },
  },
};

const THING_DEFINITION: AppliedObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'mergedthings.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'mergedthings', kind: 'MergedThing' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: THING_SCHEMA } }],
  },
};

const THING: AppliedObject = {
  apiVersion: 'example.com/v1',
  kind: 'MergedThing',
  metadata: { name: 'thing', labels: { a: '' }, finalizers: ['example.com/a', 'example.com/b'] },
  spec: {
    text: '',
    amount: '1000m',
    map: [
      { app: 'a', values: ['x', 'y'], on: false },
      { app: 'a', zone: 'z2', values: [] },
      { app: 'b', zone: 'z1' },
    ],
    set: [2, 1, 0],
    atomic: [{ a: '' }, { b: 2, c: {} }],
    list: ['a', 'b'],
    atomicMap: { b: '' },
    granularMap: { a: '', b: '1' },
    structs: { a: { a: 'x', b: 0 }, b: {} },
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { a: '' } }, data: { a: '' } },
    unknown: { a: { b: [{ c: [] }], d: {} } },
  },
};

/** On 1.30: those of dynamic resource allocation, of policies that mutate, and of certificates in pods. */
const MAX_UNKNOWN = 6;

/** The timeout for hundreds of edits of an object. */
const MANY_EDITS_MS = 600_000;

/** The objects with kinds or fields that an older API server does not know. */
const unknownObjects = new Set<string>();

const environment = setUpTestEnvironment({ crd: false });

describe('the merge table', () => {
  it('matches the OpenAPI of the API server: run `npm run merge-table` after an update of Kubernetes', async () => {
    const { client } = environment.cluster;
    if (await isPinnedVersion()) {
      expect(readFileSync(MERGE_TABLE_FILE, 'utf8')).toBe(renderMergeTable(await generateMergeTable(client)));
      return;
    }
    // Another version has other fields, but common fields are merged in the same way.
    const other = buildMergeTable(await readOpenApi(client), []);
    expect(conflictsBetween(BUILT_IN_TYPES, other)).toEqual([]);
  });
});

describe.each(BUILT_IN_OBJECTS.map((object) => [object.kind, object.metadata.name, object] as const))(
  'the differences that are found in a %s, %s,',
  (_kind, _name, object) => {
    // Pod templates are the same in all kinds.
    const isChecked = (edit: Edit): boolean =>
      isEdited(edit) && (object.kind === 'Deployment' || !edit.path.slice(0, -1).includes('template'));

    it('do not exist right after an apply', async () => {
      await withSubject(object, async (subject) => {
        expect(compare(subject, subject.desired, await recreate(subject))).toEqual([]);
      });
    });

    it(
      'are those that an apply changes after an edit by another writer',
      async () => {
        await withSubject(object, async (subject) => {
          const { checked, violations } = await checkForeignEdits(subject, isChecked);
          expect(violations).toEqual([]);
          expect(checked).toBeGreaterThan(0);
        });
      },
      MANY_EDITS_MS,
    );

    it(
      'are those that an apply changes after an edit of the desired object',
      async () => {
        await withSubject(object, async (subject) => {
          const { checked, violations } = await checkDesiredEdits(subject, isChecked);
          expect(violations).toEqual([]);
          expect(checked).toBeGreaterThan(0);
        });
      },
      MANY_EDITS_MS,
    );
  },
);

it('nearly all objects are checked on older API servers too', () => {
  expect([...unknownObjects].slice(MAX_UNKNOWN)).toEqual([]);
});

describe('the differences that are found in an object of a custom kind', () => {
  it('do not exist right after an apply', async () => {
    const subject = await subjectOfThing();
    expect(compare(subject, THING, await recreate(subject))).toEqual([]);
  });

  it(
    'are those that an apply changes after an edit by another writer',
    async () => {
      const { checked, violations } = await checkForeignEdits(await subjectOfThing(), isEdited);
      expect(violations).toEqual([]);
      expect(checked).toBeGreaterThan(50);
    },
    MANY_EDITS_MS,
  );

  it(
    'are those that an apply changes after an edit of the desired object',
    async () => {
      const { checked, violations } = await checkDesiredEdits(await subjectOfThing(), isEdited);
      expect(violations).toEqual([]);
      expect(checked).toBeGreaterThan(50);
    },
    MANY_EDITS_MS,
  );

  it('identify the items of a list like its managed fields', async () => {
    const subject = await subjectOfThing();
    const live = await recreate(subject);
    const owned = live.metadata.managedFields?.find(({ manager }) => manager === subject.client.fieldManager)?.fieldsV1;
    const keys = Object.keys(owned?.['f:spec']?.['f:map'] ?? {});
    const nothing = {
      ...live,
      metadata: { name: THING.metadata.name },
      spec: { ...(live['spec'] as object), map: [] },
    };
    const steps = compare(subject, THING, nothing).map((difference) => difference.steps);
    expect(keys).toHaveLength(3);
    expect(steps).toEqual(expect.arrayContaining(keys.map((key) => ['f:spec', 'f:map', key])));
  });
});

/** Defines the custom kind and creates an object of it. */
async function subjectOfThing(): Promise<Subject> {
  const { cluster, namespace } = environment;
  const { client } = cluster;
  await client.send({
    method: 'PATCH',
    path: await findObjectPath(client, THING_DEFINITION, namespace),
    query: { fieldManager: 'test', force: 'true' },
    body: THING_DEFINITION,
    bodyType: 'application/apply-patch+yaml',
  });
  // The API server needs a moment to serve the kind and to prepare its storage.
  return eventually(async () => {
    const path = await findObjectPath(client, THING, namespace);
    const subject = { client, path, desired: THING, rules: mergeRulesOfSchema(THING_SCHEMA) };
    await recreate(subject);
    return subject;
  });
}

/** Runs a check with an object and deletes the object. An older API server may not support all of it. */
async function withSubject(object: AppliedObject, check: (subject: Subject) => Promise<void>): Promise<void> {
  const { cluster, namespace } = environment;
  const { client } = cluster;
  const mayDropFields = !(await isPinnedVersion());
  try {
    const path = await findObjectPath(client, object, namespace);
    const whole = { client, path, desired: object, mayDropFields };
    try {
      const desired = mayDropFields ? withoutDroppedFields(object, await recreate(whole)) : object;
      await check({ ...whole, desired });
    } finally {
      await remove(whole);
    }
  } catch (error) {
    if (!mayDropFields) throw error;
    expect(String(error)).toMatch(/has no kind|404|field not declared in schema/);
    unknownObjects.add(`${object.kind} ${object.metadata.name}`);
  }
}

async function isPinnedVersion(): Promise<boolean> {
  const { gitVersion } = await environment.cluster.client.send<{ gitVersion: string }>({
    method: 'GET',
    path: '/version',
  });
  return gitVersion.split('+')[0] === kubernetesVersion();
}

/** Returns whether an edit keeps the object's identity and its server-managed fields, and is no exception. */
function isEdited({ what, path: [first, second] }: Edit): boolean {
  if (EXCEPTIONS.some((exception) => exception.test(what))) return false;
  if (first === 'metadata') return ['labels', 'annotations', 'finalizers', 'ownerReferences'].includes(String(second));
  return first !== 'apiVersion' && first !== 'kind' && first !== 'status';
}

/** Returns the structs and fields of both tables that are merged differently. */
function conflictsBetween(one: MergeTable, other: MergeTable): readonly string[] {
  const conflicts: string[] = [];
  for (const [name, { atomic, fields = {} }] of Object.entries(one.types)) {
    const counterpart = other.types[name];
    if (counterpart !== undefined && atomic !== counterpart.atomic) conflicts.push(name);
    for (const [field, entry] of Object.entries(fields)) {
      const otherEntry = counterpart?.fields?.[field];
      const isSame = otherEntry === undefined || isDeepStrictEqual(mergeOf(entry), mergeOf(otherEntry));
      if (!isSame) conflicts.push(`${name}.${field}`);
    }
  }
  return conflicts;
}

function mergeOf({ keys, set, atomic }: FieldEntry): Pick<FieldEntry, 'keys' | 'set' | 'atomic'> {
  return { ...(keys && { keys }), ...(set && { set }), ...(atomic !== undefined && { atomic }) };
}
