import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandFailedError } from '../local-cluster/process/run-command.ts';
import { waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { connect, type Installation, OPERATOR_NAMESPACE, OPERATOR_PODS, RELEASE } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const OWN_RELEASE = 'weather';
const OPERATOR = `${OWN_RELEASE}-operator`;
const NAMESPACE = 'e2e-platform';
/** In the range that OpenShift assigns to a namespace. */
const ASSIGNED_USER = 1_000_700_000;

/** Assigns a user to pods that set none, as OpenShift does. Unlike OpenShift, it does not reject other users. */
const USER_ASSIGNMENT = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicy',
  metadata: { name: 'assigned-user' },
  spec: {
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    matchConditions: [{ name: 'no-user', expression: '!has(object.spec.securityContext.runAsUser)' }],
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression: `Object{spec: Object.spec{securityContext: Object.spec.securityContext{runAsUser: ${ASSIGNED_USER}}}}`,
        },
      },
    ],
  },
};
const USER_ASSIGNMENT_BINDING = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name: 'assigned-user' },
  spec: { policyName: 'assigned-user' },
};

describe('a production release with Helm 3 on a platform that assigns the user of each pod', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await connect(NAMESPACE);
    const { helm, helm3, kubectl, imageValues } = installation;
    // Only one operator may watch all namespaces.
    await helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
    for (const mode of ['enforce', 'warn']) {
      await kubectl('label', 'namespace', NAMESPACE, `pod-security.kubernetes.io/${mode}=restricted`);
    }
    await kubectl.apply('default', USER_ASSIGNMENT);
    await kubectl.apply('default', USER_ASSIGNMENT_BINDING);
    await waitUntilUserAssigned();
    const production = ['operator.replicas=2', 'networkPolicy.enabled=true', 'service.port=8088'];
    const noUser = ['podSecurityContext.runAsUser=null', 'podSecurityContext.runAsGroup=null'];
    const settings = [...production, ...noUser].flatMap((value) => ['--set', value]);
    const release = ['install', OWN_RELEASE, './helm', '-n', NAMESPACE, '--wait', '--timeout', '3m'];
    await helm3(...release, ...settings, ...imageValues);
  });
  afterAll(async () => {
    const { helm3, kubectl } = installation;
    await helm3('uninstall', OWN_RELEASE, '-n', NAMESPACE, '--wait', '--ignore-not-found');
    await kubectl('delete', 'mutatingadmissionpolicies,mutatingadmissionpolicybindings', 'assigned-user');
    await installation.remove();
  });

  it('runs operator and converter as the assigned user', async () => {
    await waitUntilReady(installation, OWN_RELEASE);
    await waitUntilConverting(installation, OWN_RELEASE, 8088);
    const users = '-o=jsonpath={.items[*].spec.securityContext.runAsUser}';
    const assigned = (await installation.kubectl('get', 'pods', '-n', NAMESPACE, users)).split(' ');
    expect(assigned.length).toBeGreaterThanOrEqual(3);
    expect(new Set(assigned.map(Number))).toEqual(new Set([ASSIGNED_USER]));
  });

  it('has a disruption budget that allows the eviction of one of two operators', async () => {
    await eventually(async () => {
      const budget = '-o=jsonpath={.status.expectedPods} {.status.disruptionsAllowed}';
      expect(await installation.kubectl('get', 'pdb', OPERATOR, '-n', NAMESPACE, budget)).toBe('2 1');
    }, WAIT_TIMEOUT_MS);
  });

  it('fails over to another operator when the leader is killed', async () => {
    const { kubectl } = installation;
    const leader = await leadingPod();
    expect(await operatorPods()).toContain(leader);
    const killedMs = performance.now();
    await kubectl('delete', 'pod', leader, '-n', NAMESPACE, '--grace-period=0', '--force');
    // Either the standby or the replacement pod becomes the leader once the lease expires.
    await eventually(async () => {
      const successor = await leadingPod();
      expect(successor).not.toBe(leader);
      expect(await operatorPods()).toContain(successor);
    }, 30_000);
    expect(performance.now() - killedMs).toBeLessThan(30_000);
    await kubectl(
      'patch',
      'tc',
      OWN_RELEASE,
      '-n',
      NAMESPACE,
      '--type=merge',
      '-p',
      '{"spec":{"service":{"port":8089}}}',
    );
    await waitUntilConverting(installation, OWN_RELEASE, 8089);
  });

  it.each([
    ['view', { 'list tc': true, 'get tc --subresource=status': true, 'create tc': false, 'delete tc': false }],
    ['edit', { 'list tc': true, 'create tc': true, 'delete tc': true, 'patch tc --subresource=status': false }],
    ['admin', { 'list tc': true, 'create tc': true, 'deletecollection tc': true }],
  ])('aggregates its permissions to the cluster role %s', async (role, wanted) => {
    const user = `${role}er`;
    await installation.kubectl(
      'create',
      'rolebinding',
      user,
      `--clusterrole=${role}`,
      `--user=${user}`,
      '-n',
      NAMESPACE,
    );
    // The cluster role aggregation controller works asynchronously.
    await eventually(async () => {
      for (const [action, isAllowed] of Object.entries(wanted)) {
        expect([action, await canDo(user, action)]).toEqual([action, isAllowed]);
      }
    }, WAIT_TIMEOUT_MS);
    expect(await canDo('stranger', 'list tc')).toBe(false);
  });

  /** Waits until the policy assigns a user, because the API server applies a new policy with a delay. */
  async function waitUntilUserAssigned(): Promise<void> {
    const dryRun = ['run', 'trial', '-n', NAMESPACE, '--image=none', '--dry-run=server'];
    const restricted = {
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'trial',
            image: 'none',
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    };
    // kubectl prints the number in floating-point notation.
    const path = '-o=jsonpath={.spec.securityContext.runAsUser}';
    await eventually(async () => {
      const user = await installation.kubectl(...dryRun, `--overrides=${JSON.stringify(restricted)}`, path);
      expect(Number(user)).toBe(ASSIGNED_USER);
    }, WAIT_TIMEOUT_MS);
  }

  async function leadingPod(): Promise<string> {
    const holder = '-o=jsonpath={.spec.holderIdentity}';
    const identity = await installation.kubectl('get', 'lease', OPERATOR, '-n', NAMESPACE, holder);
    return (await operatorPods()).find((name) => identity.startsWith(name)) ?? identity;
  }

  async function operatorPods(): Promise<readonly string[]> {
    const names = '-o=jsonpath={.items[*].metadata.name}';
    return (await installation.kubectl('get', 'pods', '-n', NAMESPACE, '-l', OPERATOR_PODS, names)).split(' ');
  }

  async function canDo(user: string, action: string): Promise<boolean> {
    try {
      await installation.kubectl('auth', 'can-i', ...action.split(' '), '--as', user, '-n', NAMESPACE);
      return true;
    } catch (error) {
      if (error instanceof CommandFailedError && error.output.includes('no')) return false;
      throw error;
    }
  }
});
