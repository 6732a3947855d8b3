import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { AdmissionPolicies } from './testing/admission-policies.ts';
import type { Fields, Mutation } from './testing/mutation.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { Workload } from './testing/workload.ts';

const HOUR_MS = 3_600_000;

const environment = setUpTestEnvironment();
let policies: AdmissionPolicies;

beforeEach(() => {
  policies = new AdmissionPolicies(environment.cluster, environment.namespace);
});
afterEach(() => policies.remove());

/** Sets fields in the pods of a Deployment. */
function podSpec(fields: Fields): Mutation {
  return { kind: 'Deployment', fields: { spec: { template: { spec: fields } } } };
}

/** Adds a field to the pods of a Deployment. */
function addToPodSpec(field: string, value: unknown): Mutation {
  return { kind: 'Deployment', add: { path: `/spec/template/spec/${field}`, value } };
}

interface Addition {
  readonly mutations: readonly Mutation[];
  /** What the child has afterwards. */
  readonly expected: object;
}

const SIDECAR = { name: 'proxy', image: 'mesh.example.com/proxy:1' };
const INIT = { name: 'init', image: 'mesh.example.com/init:1' };

/** What meshes, Autopilot-like platforms and policy engines add. None of it is a field that the operator sets. */
const ADDITIONS: readonly (readonly [string, Addition])[] = [
  [
    'a sidecar with an init container and a volume',
    {
      mutations: [
        podSpec({ containers: [SIDECAR], initContainers: [INIT], volumes: [{ name: 'certificates', emptyDir: {} }] }),
      ],
      expected: {
        template: {
          spec: {
            containers: expect.arrayContaining([expect.objectContaining({ name: 'proxy' })]),
            initContainers: [expect.objectContaining({ name: 'init' })],
          },
        },
      },
    },
  ],
  [
    'a native sidecar',
    {
      mutations: [podSpec({ initContainers: [{ ...SIDECAR, restartPolicy: 'Always' }] })],
      expected: { template: { spec: { initContainers: [expect.objectContaining({ restartPolicy: 'Always' })] } } },
    },
  ],
  [
    'a toleration',
    {
      mutations: [addToPodSpec('tolerations', [{ key: 'spot', operator: 'Exists' }])],
      expected: { template: { spec: { tolerations: [{ key: 'spot', operator: 'Exists' }] } } },
    },
  ],
  [
    'a node affinity',
    {
      mutations: [
        addToPodSpec('affinity', {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'Exists' }] }],
            },
          },
        }),
      ],
      expected: { template: { spec: { affinity: { nodeAffinity: expect.anything() } } } },
    },
  ],
  [
    'a node selector and an image pull secret',
    {
      mutations: [
        addToPodSpec('nodeSelector', { pool: 'web' }),
        addToPodSpec('imagePullSecrets', [{ name: 'registry' }]),
      ],
      expected: { template: { spec: { nodeSelector: { pool: 'web' }, imagePullSecrets: [{ name: 'registry' }] } } },
    },
  ],
  [
    'an environment variable of the container',
    {
      mutations: [
        podSpec({
          containers: [{ name: 'converter', env: [{ name: 'HTTPS_PROXY', value: 'proxy.example.com:3128' }] }],
        }),
      ],
      expected: {
        template: {
          spec: {
            containers: [
              expect.objectContaining({
                env: expect.arrayContaining([expect.objectContaining({ name: 'HTTPS_PROXY' })]),
              }),
            ],
          },
        },
      },
    },
  ],
  [
    'labels and annotations of the pods',
    {
      mutations: [
        {
          kind: 'Deployment',
          fields: {
            spec: {
              template: {
                metadata: { labels: { team: 'weather' }, annotations: { 'mesh.example.com/inject': 'true' } },
              },
            },
          },
        },
      ],
      expected: { template: { metadata: { labels: { team: 'weather' } } } },
    },
  ],
];

describe('fields that an admission policy adds to a Deployment', () => {
  it.each(ADDITIONS)('stay, without a report and without another write: %s', async (_case, { mutations, expected }) => {
    const { cluster, namespace } = environment;
    for (const mutation of mutations) await policies.mutate(mutation);
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { status: 'True', reason: 'Applied' });
    await new Workload(cluster, namespace, 'web').reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
    expect((await cluster.get('Deployment', namespace, 'web')).spec).toMatchObject(expected);
    await operator.idle();

    // An update, an hour, and a restart.
    const { length } = await operator.writes();
    await cluster.patch(['TemperatureConverter', namespace, 'web'], {
      spec: { service: { port: 81 }, logLevel: 'debug' },
    });
    await environment.condition('web', 'Reconciled', { status: 'True', reason: 'Applied' });
    operator.clock.advance(HOUR_MS);
    await operator.idle();
    expect(await operator.writes(length)).toEqual([
      'patch deployments/web',
      'patch services/web',
      'update temperatureconverters/web/status',
    ]);
    await operator.stop();
    const second = await environment.startSynced();
    await second.idle();
    expect(await second.writes()).toEqual([]);
  });

  it('are kept while drift next to them is repaired', async () => {
    const { cluster, namespace } = environment;
    await policies.mutate(podSpec({ containers: [SIDECAR] }));
    await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { status: 'True' });
    await cluster.apply(['Deployment', namespace, 'web'], {
      spec: { template: { spec: { containers: [{ name: 'converter', image: 'other.example.com/image' }] } } },
    });
    await eventually(async () => {
      const { spec } = await cluster.get('Deployment', namespace, 'web');
      expect(JSON.stringify(spec)).not.toContain('other.example.com');
      expect(JSON.stringify(spec)).toContain('mesh.example.com/proxy:1');
    });
  });
});
