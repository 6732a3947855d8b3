import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  readValueDescriptions,
  renderValuesReference,
  VALUES_REFERENCE_FILE,
} from '../scripts/generate-values-reference.ts';
import { describeFlags } from '../operator/commands/configuration.ts';
import { CHART_DIRECTORY, refusalOf, renderChart, type Values } from './render-chart.ts';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

// SAFETY: Helm reads it as a JSON schema.
const schema = JSON.parse(readFileSync(join(CHART_DIRECTORY, 'values.schema.json'), 'utf8')) as Schema;
/** A parent chart may enable this one by a condition of any name. */
const CONDITION = { type: 'boolean' };
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
      ['global', 'tags', 'exports'].includes(path) ||
      [...paths].some((known) => path === known || path.startsWith(`${known}.`) || known.startsWith(`${path}.`));
    const all = [...objectsOf('', schema)].flatMap(({ path, node }) =>
      Object.keys(node.properties ?? {}).map((name) => (path === '' ? name : `${path}.${name}`)),
    );
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((path) => !isKnown(path))).toEqual([]);
  });

  it('allows no additional properties, and describes each property', () => {
    for (const { path, node } of objectsOf('', schema)) {
      expect([path, node.additionalProperties]).toEqual([path, path === '' ? CONDITION : false]);
      for (const [name, property] of Object.entries(node.properties ?? {})) {
        expect([`${path}.${name}`, property.description]).toEqual([`${path}.${name}`, expect.any(String)]);
      }
    }
  });

  it.each<[string, Values, string]>([
    ['a misspelled value', { service: { prot: 80 } }, "at '/service': additional properties 'prot' not allowed"],
    ['a misspelled section', { servcie: {} }, "at '/servcie': got object, want boolean"],
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
    [
      'a minimum above the maximum',
      { instance: { autoscaling: { minReplicas: 3, maxReplicas: 2 } } },
      'instance.autoscaling.minReplicas: 3 is more than instance.autoscaling.maxReplicas, 2',
    ],
    [
      "a converter with the name of the operator's Deployment",
      { instance: { name: 'temperature-converter-operator' } },
      'instance.name: temperature-converter-operator is the name of an object of the operator',
    ],
    [
      "a converter with the name of the operator's Service",
      { instance: { name: 'temperature-converter-operator-metrics' } },
      'instance.name: temperature-converter-operator-metrics is the name of an object of the operator',
    ],
    [
      'an operator with the name of the converter',
      { fullnameOverride: 'temperature-converter' },
      'instance.name: temperature-converter is the name of an object of the operator; set instance.name or fullnameOverride',
    ],
    [
      'the ServiceAccount of the Job',
      { serviceAccount: { name: 'temperature-converter-operator-crds' } },
      'serviceAccount.name: temperature-converter-operator-crds is the ServiceAccount of the Job',
    ],
    [
      'a request above the limit',
      { operator: { resources: { requests: { cpu: '1001m' }, limits: { cpu: 1 } } } },
      'operator.resources.requests.cpu: 1001m is more than the limit, 1',
    ],
    [
      "a variable of the operator's own",
      { operator: { extraEnv: [{ name: 'WORKERS', value: '3' }] } },
      'operator.extraEnv: WORKERS is already set',
    ],
    [
      'a duplicate variable',
      { operator: { extraEnv: [{ name: 'A' }, { name: 'A' }] } },
      'operator.extraEnv: A is already set',
    ],
    [
      "the operator's own port",
      { operator: { extraArgs: ['--debug-port=8081'] } },
      'operator.extraArgs: --debug-port=8081: the port must be',
    ],
    [
      'root, which is not allowed',
      { podSecurityContext: { runAsUser: 0 } },
      'podSecurityContext.runAsUser: 0 is root, which runAsNonRoot refuses',
    ],
    [
      'root in the container, which is not allowed in the pod',
      { securityContext: { runAsUser: 0 } },
      'securityContext.runAsUser: 0 is root, which runAsNonRoot refuses',
    ],
    [
      'a privileged container without escalation',
      { securityContext: { privileged: true } },
      'securityContext.allowPrivilegeEscalation: must not be false with privileged',
    ],
    [
      'a timeout above the interval',
      { metrics: { podMonitor: { interval: '1m', scrapeTimeout: '90s' } } },
      'metrics.podMonitor.scrapeTimeout: 90s is more than the interval, 1m',
    ],
    [
      'a range of ports that ends before it begins',
      { networkPolicy: { extraEgress: [{ ports: [{ port: 443, endPort: 80 }] }] } },
      'networkPolicy.extraEgress: endPort 80 is less than port 443',
    ],
    [
      'an image with a name that is too long in total',
      { imageRegistry: `registry.example.com/${'a'.repeat(230)}` },
      'converter.image.repository: an image has at most 255 characters before the tag',
    ],
  ])('are refused with the value to change: %s', async (_what, values, reason) => {
    expect(await refusalOf(values)).toContain(reason);
  });
});

describe('a value that null removes', () => {
  it.each(described.map(({ path }) => path))(
    'is refused by name, or has a default in the templates: %s',
    async (path) => {
      const values = path.split('.').reduceRight<unknown>((value, key) => ({ [key]: value }), null);
      // SAFETY: every path has a key.
      const output = await renderChart(values as Values).then(
        (objects) => JSON.stringify(objects),
        (error: unknown) => error,
      );
      if (typeof output === 'string') {
        expect(output).not.toMatch(/<nil>|<no value>/u);
      } else {
        const parent = path.includes('.') ? `/${path.slice(0, path.lastIndexOf('.')).replaceAll('.', '/')}` : '';
        const property = path.slice(path.lastIndexOf('.') + 1);
        expect(output).toHaveProperty(
          'output',
          expect.stringContaining(`at '${parent}': missing property '${property}'`),
        );
      }
    },
  );
});

describe('additional arguments', () => {
  it('are the flags that the chart has no value for', async () => {
    const flags = [...describeFlags().matchAll(/^ +(?<flag>--[a-z-]+)/gmu)].map(({ groups }) => groups?.['flag'] ?? '');
    expect(flags).toContain('--debug-port');
    const values = flags.map((flag) => ({ operator: { extraArgs: [`${flag}=1`] } }));
    const accepted = await Promise.all(
      values.map((value) =>
        renderChart(value).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(flags.filter((_flag, index) => accepted[index])).toEqual(['--debug-port', '--kubeconfig', '--context']);
  });
});

describe("the chart's README", () => {
  it('documents every value: run `npm run docs` after a change', () => {
    const readme = readFileSync(VALUES_REFERENCE_FILE, 'utf8');
    expect(renderValuesReference(readme, described)).toBe(readme);
    expect(described.length).toBeGreaterThan(80);
  });
});
