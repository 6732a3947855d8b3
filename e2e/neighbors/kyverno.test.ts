import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import {
  converter,
  getConverter,
  waitForCondition,
  waitUntilConverting,
  waitUntilReady,
} from '../testing/converter.ts';
import { connect, type Installation, OPERATOR_NAMESPACE, RELEASE } from '../testing/installation.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { AMPLE_RESOURCES, operatorWrites } from './testing/at-rest.ts';
import { Kyverno, type Rule, type Validation } from './testing/kyverno.ts';

const DEFINITION = ['crd', 'temperatureconverters.temperature-converter.io'];
const NAMESPACE = 'e2e-kyverno';
const NAME = 'weather';
const OPERATOR = { namespace: NAMESPACE, name: `${NAME}-operator` };
const WAIT = ['--wait', '--timeout', '3m'];
const OBJECTS = 'deployments,services,horizontalpodautoscalers,pods';
const CHILDREN = ['Deployment', 'Service', 'HorizontalPodAutoscaler'];
/** The children must carry a label, which another policy adds. */
const LABEL_RULES: readonly Rule[] = [
  {
    name: 'add-team',
    kinds: [...CHILDREN, 'Pod'],
    mutate: { patchStrategicMerge: { metadata: { labels: { '+(team)': 'weather' } } } },
  },
  {
    name: 'require-team',
    kinds: CHILDREN,
    validate: { message: 'The label team is required.', pattern: { metadata: { labels: { team: '?*' } } } },
  },
];
const CHANGE_TWO_FIELDS: Rule = {
  name: 'change-two-fields',
  kinds: ['Deployment'],
  mutate: {
    patchStrategicMerge: {
      spec: {
        template: {
          spec: {
            terminationGracePeriodSeconds: 77,
            containers: [{ '(name)': 'converter', resources: { requests: { memory: '99Mi' } } }],
          },
        },
      },
    },
  },
};
/** The label of each object. */
const TEAMS = '{range .items[*]}{.metadata.labels.team} {end}';
const SECONDS_AT_REST = 120;
const RECOVERY_SECONDS = 60;
const PORT = 8089;
const FORBIDDEN_PORT = 8090;
const DENY_PORT: Rule = {
  name: 'reserved-port',
  kinds: ['Service'],
  validate: {
    message: `Port ${FORBIDDEN_PORT} is reserved.`,
    deny: {
      conditions: {
        any: [{ key: '{{ request.object.spec.ports[0].port }}', operator: 'Equals', value: FORBIDDEN_PORT }],
      },
    },
  },
};

const DENY_PORT_IN_CEL: Validation = {
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['services'] }],
  expression: `object.spec.ports.all(port, port.port != ${FORBIDDEN_PORT})`,
  message: `Port ${FORBIDDEN_PORT} is reserved.`,
};

describe('with Kyverno', () => {
  let installation: Installation;
  let kyverno: Kyverno;

  beforeAll(async () => {
    installation = await connect(NAMESPACE);
    const { cluster, helm, kubectl } = installation;
    // Only one operator may watch all namespaces.
    await helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
    kyverno = await Kyverno.start(cluster, kubectl);
    await kyverno.addPolicy('labels', NAMESPACE, LABEL_RULES);
    await kyverno.addPolicy('changes', NAMESPACE, [CHANGE_TWO_FIELDS]);
  });
  afterAll(async () => {
    await kyverno.stop();
    await installation.remove();
  });

  it('is installed under policies that require labels, add labels and change fields', async () => {
    const { helm, kubectl, imageValues } = installation;
    const resources = ['--set-json', `instance.resources=${JSON.stringify(AMPLE_RESOURCES)}`];
    const install = ['install', NAME, './helm', '-n', NAMESPACE, '--set', 'service.port=8088', ...resources];
    await helm(...install, ...imageValues, ...WAIT);
    await waitUntilReady(installation, NAME);
    await waitUntilConverting(installation, NAME, 8088);
    const labels = await kubectl('get', 'deployments,services,hpa', '-n', NAMESPACE, '-o', `jsonpath=${TEAMS}`);
    expect(new Set(labels.trim().split(' '))).toEqual(new Set(['weather']));
    const { message } = await waitForCondition(installation, NAME, { type: 'Reconciled', status: 'True' });
    expect(message).toContain('terminationGracePeriodSeconds');
    expect(message).toContain('memory');
  });

  it('changes the port, and upgrades the CustomResourceDefinition', async () => {
    const { helm, kubectl } = installation;
    const columns = (): Promise<string> =>
      kubectl('get', ...DEFINITION, '-o', 'jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}');
    const current = await columns();
    const withoutOne = '[{"op":"remove","path":"/spec/versions/0/additionalPrinterColumns/0"}]';
    await kubectl('patch', ...DEFINITION, '--type=json', '-p', withoutOne);
    await helm('upgrade', NAME, './helm', '-n', NAMESPACE, '--reuse-values', '--set', `service.port=${PORT}`, ...WAIT);
    expect(await columns()).toBe(current);
    await waitUntilReady(installation, NAME);
    await waitUntilConverting(installation, NAME, PORT);
  });

  it('is quiet at rest', async () => {
    // The autoscaler's first report is the last change of the status.
    await waitForCondition(installation, NAME, { type: 'Autoscaling', status: 'True' });
    const before = await getConverter(installation, NAME);
    const since = new Date();
    // The test shows that nothing happens.
    await delay(SECONDS_AT_REST * 1000);
    expect(await operatorWrites(installation.cluster.auditLogPath, OPERATOR, since)).toEqual([]);
    expect((await getConverter(installation, NAME)).metadata).toEqual(before.metadata);
  });

  it.each([
    ['ClusterPolicy', () => kyverno.addPolicy('ports', NAMESPACE, [DENY_PORT])],
    ['ValidatingPolicy', () => kyverno.addValidatingPolicy('ports', NAMESPACE, DENY_PORT_IN_CEL)],
  ])('reports what a %s denies, and applies it soon after the policy is deleted', async (_kind, addPolicy) => {
    await addPolicy();
    await setPort(FORBIDDEN_PORT);
    const { reason, message } = await waitForCondition(installation, NAME, { type: 'Reconciled', status: 'False' });
    expect(reason).not.toBe('Invalid');
    expect(message).toMatch(/^Service weather: .*ports.*Port 8090 is reserved\./u);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('Correct the spec');
    await waitUntilConverting(installation, NAME, PORT);
    await kyverno.deletePolicy('ports');
    await waitForCondition(installation, NAME, { type: 'Reconciled', status: 'True' }, RECOVERY_SECONDS);
    await waitUntilConverting(installation, NAME, FORBIDDEN_PORT);
    await setPort(PORT);
    await waitUntilConverting(installation, NAME, PORT);
  });

  it('creates a converter that a policy denied at first', async () => {
    const { kubectl } = installation;
    await kyverno.addPolicy('ports', NAMESPACE, [DENY_PORT]);
    await kubectl.apply(NAMESPACE, converter('denied', { service: { port: FORBIDDEN_PORT } }));
    const { reason } = await waitForCondition(installation, 'denied', { type: 'Ready', status: 'False' });
    expect(reason).not.toBe('Invalid');
    // The other children are created all the same.
    await kubectl('wait', 'deployment,hpa', 'denied', '-n', NAMESPACE, '--for=create', '--timeout=30s');
    await kyverno.deletePolicy('ports');
    await waitUntilReady(installation, 'denied', RECOVERY_SECONDS);
    await kubectl('delete', 'tc', 'denied', '-n', NAMESPACE);
  });

  it('reports that Kyverno does not answer, and applies the change once it does', async () => {
    await kyverno.kill();
    await setPort(8091);
    const { message } = await waitForCondition(installation, NAME, { type: 'Reconciled', status: 'False' });
    expect(message).toContain('kyverno');
    expect(message).not.toContain('Correct the spec');
    await waitUntilConverting(installation, NAME, PORT);
    await kyverno.restart();
    await waitForCondition(installation, NAME, { type: 'Reconciled', status: 'True' }, RECOVERY_SECONDS);
    await waitUntilConverting(installation, NAME, 8091);
  });

  it('is uninstalled', async () => {
    const { helm, kubectl } = installation;
    await helm('uninstall', NAME, '-n', NAMESPACE, '--wait', '--timeout', '2m');
    await eventually(async () => {
      const ofConverter = [`temperatureconverters,${OBJECTS}`, '-l', `app.kubernetes.io/instance=${NAME}`];
      expect(await kubectl('get', ...ofConverter, '-n', NAMESPACE, '-o', 'name')).toBe('');
    }, WAIT_TIMEOUT_MS);
  });

  async function setPort(port: number): Promise<void> {
    const patch = JSON.stringify({ spec: { service: { port } } });
    await installation.kubectl('patch', 'tc', NAME, '-n', NAMESPACE, '--type=merge', '-p', patch);
  }
});
