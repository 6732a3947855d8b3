import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { type ParentChart, writeParentChart } from './parent-chart.ts';
import { describeObject, only, type RenderedObject, runHelm, type Values } from './render-chart.ts';

const NAME = 'temperature-converter-operator';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parent-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function render(parent: ParentChart, values: Values = {}): Promise<readonly RenderedObject[]> {
  const chart = await writeParentChart(directory, parent);
  const args = [
    '--namespace',
    'here',
    '--include-crds',
    '--api-versions',
    'v1/Pod',
    '--set-json',
    JSON.stringify(values),
  ];
  const output = await runHelm('template', 'platform', chart, ...args);
  // SAFETY: Helm prints Kubernetes objects; tests compare the fields that they read.
  return (loadAll(output) as (RenderedObject | null)[]).filter((object) => object !== null);
}

function withoutCrds(objects: readonly RenderedObject[]): readonly RenderedObject[] {
  return objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
}

/** The selectors of the operators. */
function selectors(objects: readonly RenderedObject[]): readonly Readonly<Record<string, string>>[] {
  return objects
    .filter(({ kind }) => kind === 'Deployment')
    .map((object) => only([object], 'Deployment').spec?.selector.matchLabels ?? {});
}

function expectSeparate(objects: readonly RenderedObject[]): void {
  const names = withoutCrds(objects).map(describeObject);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const deployments = objects.filter(({ kind }) => kind === 'Deployment').map((object) => only([object], 'Deployment'));
  for (const selector of selectors(objects)) {
    const matching = deployments.filter(({ spec }) =>
      Object.entries(selector).every(([key, value]) => spec?.template.metadata?.labels?.[key] === value),
    );
    expect(matching).toHaveLength(1);
  }
}

describe('as a dependency, the chart', () => {
  it.each<[string, ParentChart['dependencies'], Values, Values]>([
    ['a condition', [{ condition: `${NAME}.enabled` }], { [NAME]: { enabled: true } }, { [NAME]: { enabled: false } }],
    [
      'a condition of another name',
      [{ condition: `${NAME}.install` }],
      { [NAME]: { install: true } },
      { [NAME]: { install: false } },
    ],
    ['a condition of the parent', [{ condition: 'operator.enabled' }], {}, { operator: { enabled: false } }],
    ['tags', [{ tags: ['converters'] }], { tags: { converters: true } }, { tags: { converters: false } }],
    [
      'an alias and its condition',
      [{ alias: 'converter', condition: 'converter.enabled' }],
      { converter: { enabled: true } },
      { converter: { enabled: false } },
    ],
    [
      'a global condition',
      [{ condition: 'global.converters.enabled' }],
      { global: { converters: { enabled: true } } },
      { global: { converters: { enabled: false } } },
    ],
  ])('is enabled and disabled by %s, with the definition', async (_what, dependencies = [], enabled, disabled) => {
    const objects = await render({ name: 'platform', dependencies, values: enabled });
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['CustomResourceDefinition', 'ClusterRole', 'Deployment', 'TemperatureConverter', 'Pod']),
    );
    await rm(join(directory, 'platform'), { recursive: true });
    expect(await render({ name: 'platform', dependencies, values: enabled }, disabled)).toEqual([]);
  });

  it('accepts tags, exports and a global of the parent among its values', async () => {
    const values = { tags: { a: true }, exports: { data: { a: 1 } }, global: { imageRegistry: 'mirror.example.com' } };
    const parent = { name: 'platform', dependencies: [{ 'import-values': ['data'] }], values: { [NAME]: values } };
    expect(withoutCrds(await render(parent))).not.toEqual([]);
  });

  it('exports its values to the parent', async () => {
    const parent = {
      name: 'platform',
      dependencies: [{ 'import-values': [{ child: 'service', parent: 'converter' }] }],
      values: { [NAME]: { service: { port: 8080 } } },
      templates: {
        'config.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ports }\ndata: { port: {{ .Values.converter.port | quote }} }\n',
      },
    };
    expect(only(await render(parent), 'ConfigMap').data).toEqual({ port: '8080' });
  });

  it('refuses a misspelled section there too', async () => {
    const parent = { name: 'platform', dependencies: [{}], values: { [NAME]: { servcie: { port: 80 } } } };
    await expect(render(parent)).rejects.toThrow(
      expect.objectContaining({ output: expect.stringContaining("at '/servcie'") }),
    );
  });

  it('is named after the release', async () => {
    const objects = await render({ name: 'platform', dependencies: [{}] });
    expect(only(objects, 'Deployment').metadata.name).toBe('platform-operator');
    expect(only(objects, 'TemperatureConverter').metadata.name).toBe('platform');
    expect(selectors(objects)).toEqual([
      {
        'app.kubernetes.io/name': NAME,
        'app.kubernetes.io/instance': 'platform-operator',
        'app.kubernetes.io/component': 'operator',
      },
    ]);
  });
});

describe('twice in a release, the chart', () => {
  it('has separate names and selectors by its aliases', async () => {
    const objects = await render({ name: 'platform', dependencies: [{ alias: 'left' }, { alias: 'Right_Hand-' }] });
    expectSeparate(objects);
    const names = objects.filter(({ kind }) => kind === 'TemperatureConverter').map(({ metadata }) => metadata.name);
    expect(names.toSorted()).toEqual(['platform-left', 'platform-right-hand']);
  });

  it('has them with the same nameOverride', async () => {
    const values = { left: { nameOverride: 'same' }, right: { nameOverride: 'same' } };
    expectSeparate(await render({ name: 'platform', dependencies: [{ alias: 'left' }, { alias: 'right' }], values }));
  });

  it('has them by the charts between', async () => {
    const children = ['a', 'b'].map((name) => ({ name, dependencies: [{}] }));
    const objects = await render({ name: 'platform', dependencies: [{}], children });
    expectSeparate(objects);
    const names = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(names.toSorted()).toEqual(['platform-a-operator', 'platform-b-operator', 'platform-operator']);
  });

  it('has valid names of any length', async () => {
    const children = ['a', 'b'].map((last) => ({ name: `${'long-name-'.repeat(6)}${last}`, dependencies: [{}] }));
    const objects = await render({ name: 'platform', children });
    expectSeparate(objects);
    for (const { metadata } of withoutCrds(objects)) {
      expect(metadata.labels['app.kubernetes.io/instance']?.length).toBeLessThanOrEqual(63);
    }
  });
});
