import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  readValueDescriptions,
  renderValuesReference,
  VALUES_REFERENCE_FILE,
} from '../scripts/generate-values-reference.ts';
import { CHART_DIRECTORY, refusalOf, type Values } from './render-chart.ts';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

// SAFETY: Helm reads it as a JSON schema.
const schema = JSON.parse(readFileSync(join(CHART_DIRECTORY, 'values.schema.json'), 'utf8')) as Schema;
const described = readValueDescriptions();

/** Each object of the schema that has properties, with its path. */
function* objectsOf(path: string, node: Schema): Generator<{ readonly path: string; readonly node: Schema }> {
  if (node.properties !== undefined) yield { path, node };
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    yield* objectsOf(path === '' ? name : `${path}.${name}`, property);
  }
}

function at(path: string): Schema | undefined {
  return path.split('.').reduce<Schema | undefined>((node, name) => node?.properties?.[name], schema);
}

describe('the schema of the values', () => {
  it('describes every value, as values.yaml does', () => {
    expect(described.map(({ path }) => [path, at(path)?.description])).toEqual(
      described.map(({ path, description }) => [path, description]),
    );
  });

  it('has no value that values.yaml lacks', () => {
    const paths = new Set(described.map(({ path }) => path));
    const isKnown = (path: string): boolean =>
      path === 'global' ||
      [...paths].some((known) => path === known || path.startsWith(`${known}.`) || known.startsWith(`${path}.`));
    const all = [...objectsOf('', schema)].flatMap(({ path, node }) =>
      Object.keys(node.properties ?? {}).map((name) => (path === '' ? name : `${path}.${name}`)),
    );
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((path) => !isKnown(path))).toEqual([]);
  });

  it('allows no additional properties, and describes each property', () => {
    for (const { path, node } of objectsOf('', schema)) {
      expect([path, node.additionalProperties]).toEqual([path, false]);
      for (const [name, property] of Object.entries(node.properties ?? {})) {
        expect([`${path}.${name}`, property.description]).toEqual([`${path}.${name}`, expect.any(String)]);
      }
    }
  });

  it.each<[string, Values, string]>([
    ['a misspelled value', { service: { prot: 80 } }, "at '/service': additional properties 'prot' not allowed"],
    ['a misspelled section', { servcie: {} }, "additional properties 'servcie' not allowed"],
    ['a port out of range', { service: { port: 70_000 } }, "at '/service/port': maximum: got 70,000, want 65,535"],
    ['a port as text', { service: { port: '80' } }, "at '/service/port': got string, want integer"],
    ['a switch as text', { instance: { enabled: 'no' } }, "at '/instance/enabled': got string, want boolean"],
    ['a number as a label', { commonLabels: { a: 1 } }, "at '/commonLabels/a': got number, want string"],
    ['an unknown type of Service', { service: { type: 'Ingress' } }, "at '/service/type'"],
    ['an unknown log level', { operator: { logLevel: 'loud' } }, "at '/operator/logLevel'"],
    ['too many replicas', { instance: { autoscaling: { maxReplicas: 6 } } }, 'maximum: got 6, want 5'],
    ['a tag in the repository', { operator: { image: { repository: 'op:1' } } }, "at '/operator/image/repository'"],
    ['half a digest', { converter: { image: { digest: 'sha256:12' } } }, "at '/converter/image/digest'"],
    [
      'an invalid quantity',
      { operator: { resources: { limits: { cpu: 'much' } } } },
      "at '/operator/resources/limits/cpu'",
    ],
    [
      'a misspelled field of the pod',
      { instance: { pod: { nodeSelectors: {} } } },
      "additional properties 'nodeSelectors' not allowed",
    ],
    ['a name that is invalid for a Service', { instance: { name: '1st' } }, "at '/instance/name'"],
    ['a secret without a name', { imagePullSecrets: [{}] }, "missing property 'name'"],
    ['a duplicate namespace', { watchNamespaces: ['here', 'here'] }, "at '/watchNamespaces'"],
  ])('refuses %s, with its path', async (_what, values, reason) => {
    expect(await refusalOf(values)).toContain(reason);
  });
});

describe('values that contradict each other', () => {
  it.each<[string, Values, string]>([
    [
      'two replicas without leader election',
      { operator: { replicas: 2, leaderElection: { enabled: false } } },
      'operator.replicas: more than one replica would write at once without leader election',
    ],
    [
      'a ServiceMonitor without a Service',
      { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      'metrics.serviceMonitor.enabled: a ServiceMonitor needs a Service',
    ],
    [
      'a node port of a ClusterIP Service',
      { service: { nodePort: 30_000 } },
      'service.nodePort: only a Service of type NodePort',
    ],
  ])('are refused with the value to change: %s', async (_what, values, reason) => {
    expect(await refusalOf(values)).toContain(reason);
  });
});

describe("the chart's README", () => {
  it('documents every value: run `npm run docs` after a change', () => {
    const readme = readFileSync(VALUES_REFERENCE_FILE, 'utf8');
    expect(renderValuesReference(readme, described)).toBe(readme);
    expect(described.length).toBeGreaterThan(80);
  });
});
