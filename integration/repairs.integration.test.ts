import { describe, expect, it } from '@jest/globals';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { buildChildren } from '../operator/children/children.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { leafPaths, formatPath, type Step, valueAt, withValueAt } from './testing/leaf-fields.ts';
import { DEFAULT_IMAGE } from './testing/running-operator.ts';

/** Shorter than the cooldown of a repair. */
const IMMEDIATE_MS = 4_000;
const FIELDS = 29;

/** Fields that the API server does not allow to change, and keys of list items. */
const EXCLUDED =
  /selector|strategy\.type|protocol|containerPort|\.name$|ownerReferences|scaleTargetRef\.kind|metrics|probe|Probe|image|securityContext|lifecycle|topologySpread|affinity|resources|spec\.type|template\.metadata\.labels/;

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

interface Edit {
  readonly kind: (typeof KINDS)[number];
  readonly path: readonly Step[];
}

const environment = setUpTestEnvironment();

/** Number and string fields of the three children. */
function listEdits(resource: TemperatureConverter): readonly Edit[] {
  const children = buildChildren(resource, { image: DEFAULT_IMAGE });
  const edits = KINDS.flatMap((kind) => {
    const { metadata, spec } = children[kind];
    const { name: _name, namespace: _namespace, ...rest } = metadata;
    return leafPaths({ metadata: rest, spec })
      .filter((path) => !EXCLUDED.test(formatPath(path)) && typeof valueAt(children[kind], path) !== 'boolean')
      .map((path) => ({ kind, path }));
  });
  return edits.slice(0, FIELDS);
}

function otherValue(value: unknown): unknown {
  return typeof value === 'number' ? value + 1 : `${String(value)}x`;
}

describe('29 different fields of three children, changed one after the other', () => {
  it('are each repaired without a cooldown, and are not reported as contested', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    const resource = await environment.applied('web');
    await operator.idle();
    const edits = listEdits(resource);
    expect(edits).toHaveLength(FIELDS);
    expect(new Set(edits.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    for (const { kind, path } of edits) {
      const address = [kind, namespace, 'web'] as const;
      const value = valueAt(await cluster.get(...address), path);
      // SAFETY: a copy of an object is an object.
      await cluster.edit(address, (object) => withValueAt(object, path, otherValue(value)) as object);
      await eventually(async () => {
        const now = valueAt(await cluster.get(...address), path);
        expect([kind, formatPath(path), now]).toEqual([kind, formatPath(path), value]);
      }, IMMEDIATE_MS);
    }
    await operator.idle();
    expect((await operator.writes(4)).filter((write) => write.startsWith('patch'))).toHaveLength(FIELDS);
    expect((await operator.writes(4)).filter((write) => !write.startsWith('patch'))).toEqual([]);
    await environment.applied('web');
  });
});
