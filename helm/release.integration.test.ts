import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type TestApiServer,
  CRD_NAME,
  failureOf,
  HELM_TIMEOUT_MS,
  HELMS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { ALL_FEATURES } from './all-features.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
const JOB_HOOK = 'helm.sh/hook: pre-install,pre-upgrade';

let cluster: TestApiServer;

beforeAll(async () => {
  cluster = await startTestApiServer();
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

async function converter(path: string): Promise<string> {
  return cluster.kubectl('get', 'tc', RELEASE, `-o=jsonpath=${path}`);
}

describe.each(HELMS)('with %s', (_version, program) => {
  afterEach(async () => {
    for (const release of (await helm('list', '--short')).split('\n').filter((name) => name !== '')) {
      await helm('uninstall', release);
    }
    await cluster.kubectl('delete', 'crd', CRD_NAME, '--ignore-not-found');
  });

  async function helm(...args: readonly string[]): Promise<string> {
    return cluster[program](...args);
  }

  async function install(...args: readonly string[]): Promise<string> {
    return helm('install', RELEASE, CHART_DIRECTORY, ...args);
  }

  async function upgrade(...args: readonly string[]): Promise<string> {
    return helm('upgrade', RELEASE, CHART_DIRECTORY, ...args);
  }

  describe('an installation', () => {
    it(
      'creates the definition and the converter, without the Job',
      async () => {
        await install('--set', 'service.port=8080');
        expect(await converter('{.spec.service.port}')).toBe('8080');
        expect(await helm('get', 'hooks', RELEASE)).not.toContain('kind: Job');
      },
      HELM_TIMEOUT_MS,
    );

    it(
      'renders by a server-side dry run on a cluster without the kind',
      async () => {
        const printed = await install('--dry-run=server');
        expect(printed).toContain('kind: Deployment');
        expect(printed).not.toContain('kind: TemperatureConverter\n');
        expect(printed).toContain(
          'does not know the kind TemperatureConverter yet, so the default converter is left out',
        );
        expect(await failureOf(cluster.kubectl('get', 'crd', CRD_NAME))).toContain('NotFound');
      },
      HELM_TIMEOUT_MS,
    );

    it(
      'creates the converter at an upgrade, if it began without the definition',
      async () => {
        await install('--skip-crds');
        await cluster.applyCrd();
        await cluster.waitForCrd();
        await upgrade();
        expect(await converter('{.spec.service.port}')).toBe('80');
      },
      HELM_TIMEOUT_MS,
    );

    it.each([
      ['watchNamespaces: the namespace missing does not exist', `watchNamespaces={${NAMESPACE},missing}`],
      [
        'metrics.dashboard.namespace: the namespace missing does not exist',
        'metrics.dashboard.enabled=true,metrics.dashboard.namespace=missing',
      ],
      ['metrics.serviceMonitor.enabled: the cluster does not have the kind', 'metrics.serviceMonitor.enabled=true'],
      ['metrics.podMonitor.enabled: the cluster does not have the kind', 'metrics.podMonitor.enabled=true'],
      ['metrics.prometheusRule.enabled: the cluster does not have the kind', 'metrics.prometheusRule.enabled=true'],
    ])(
      'creates nothing if the cluster lacks what the values need, and names the value: %s',
      async (reason, setting) => {
        expect(await failureOf(install('--set', setting))).toContain(reason);
        // Helm records a release in a Secret.
        expect(await cluster.kubectl('get', 'serviceaccounts,roles,deployments,secrets', '-o', 'name')).toBe(
          'serviceaccount/default\n',
        );
      },
      HELM_TIMEOUT_MS,
    );

    it(
      'over an older definition runs the Job first',
      async () => {
        await cluster.applyCrd('older');
        await cluster.waitForCrd();
        expect(await install('--skip-crds', '--dry-run=server')).toContain(JOB_HOOK);
      },
      HELM_TIMEOUT_MS,
    );
  });

  describe('an upgrade', () => {
    it(
      'and a rollback update the converter in place',
      async () => {
        await install();
        const uid = await converter('{.metadata.uid}');
        await upgrade('--set', 'service.port=81');
        expect(await converter('{.spec.service.port} {.metadata.uid}')).toBe(`81 ${uid}`);
        await helm('rollback', RELEASE, '1');
        expect(await converter('{.spec.service.port} {.metadata.uid}')).toBe(`80 ${uid}`);
      },
      HELM_TIMEOUT_MS,
    );

    it(
      'runs the Job first only if the definition in the cluster differs',
      async () => {
        await install();
        expect(await upgrade('--dry-run=server')).not.toContain('kind: Job');
        await cluster.applyCrd('older');
        expect(await upgrade('--dry-run=server')).toContain(JOB_HOOK);
        expect(await upgrade('--dry-run=server', '--set', 'crds.upgrade=false')).not.toContain('kind: Job');
      },
      HELM_TIMEOUT_MS,
    );

    it(
      'runs the Job if the definition was deleted',
      async () => {
        await install('--set', 'instance.enabled=false');
        await cluster.kubectl('delete', 'crd', CRD_NAME);
        expect(await upgrade('--dry-run=server', '--set', 'instance.enabled=false')).toContain(JOB_HOOK);
      },
      HELM_TIMEOUT_MS,
    );
  });

  describe('an uninstallation', () => {
    it(
      'keeps only the definition, and a new installation succeeds',
      async () => {
        await install('--values', await cluster.fileOf(ALL_FEATURES));
        await helm('uninstall', RELEASE);
        const kinds = (await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name'))
          .trim()
          .replaceAll('\n', ',');
        const ofTheRelease = ['--all-namespaces', '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name'];
        expect(await cluster.kubectl('get', kinds, ...ofTheRelease)).toBe('');
        expect(await cluster.kubectl('get', 'crd', CRD_NAME, '-o', 'name')).toContain(CRD_NAME);
        await install();
      },
      HELM_TIMEOUT_MS,
    );
  });

  describe('a release for some namespaces', () => {
    const asTeam = ['--kube-as-user', 'team', '--kube-as-group', 'system:authenticated'];

    async function installAsTeam(release: string): Promise<void> {
      const values = ['--skip-crds', '--set', `watchNamespaces={${NAMESPACE}}`];
      await helm('install', release, CHART_DIRECTORY, ...values, ...asTeam);
    }

    it(
      'needs no permissions outside of them, and can be installed twice',
      async () => {
        await cluster.applyCrd();
        await cluster.waitForCrd();
        const binding = {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'team' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'User', name: 'team' }],
        };
        await cluster.kubectl('apply', '-f', await cluster.fileOf(binding));
        await installAsTeam(RELEASE);
        await installAsTeam('second');
        await upgrade('--reuse-values', '--set', 'service.port=81', ...asTeam);
        const ports = await cluster.kubectl(
          'get',
          'tc',
          '-o=jsonpath={range .items[*]}{.metadata.name} {.spec.service.port}\n{end}',
        );
        expect(ports).toBe('second 80\ntemperature-converter 81\n');
        await helm('uninstall', 'second', ...asTeam);
      },
      HELM_TIMEOUT_MS,
    );
  });
});
