import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BareCluster,
  DEFINITION,
  failureOf,
  HELM_MS,
  HELMS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startBareCluster,
} from './bare-cluster.ts';
import { EVERYTHING } from './every-switch.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
const JOB_HOOK = 'helm.sh/hook: pre-install,pre-upgrade';

let cluster: BareCluster;

beforeAll(async () => {
  cluster = await startBareCluster();
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
    await cluster.kubectl('delete', 'crd', DEFINITION, '--ignore-not-found');
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
      'brings the definition and the converter, and needs no Job',
      async () => {
        await install('--set', 'service.port=8080');
        expect(await converter('{.spec.service.port}')).toBe('8080');
        expect(await helm('get', 'hooks', RELEASE)).not.toContain('kind: Job');
      },
      HELM_MS,
    );

    it(
      'can be tried on a cluster that has never seen the kind',
      async () => {
        const printed = await install('--dry-run=server');
        expect(printed).toContain('kind: Deployment');
        expect(printed).not.toContain('kind: TemperatureConverter\n');
        expect(printed).toContain(
          'does not know the kind TemperatureConverter yet, so that the default converter is left out',
        );
        expect(await failureOf(cluster.kubectl('get', 'crd', DEFINITION))).toContain('NotFound');
      },
      HELM_MS,
    );

    it(
      'gets its converter later, if it began without the definition',
      async () => {
        await install('--skip-crds');
        await cluster.applyDefinition();
        await cluster.waitForDefinition();
        await upgrade();
        expect(await converter('{.spec.service.port}')).toBe('80');
      },
      HELM_MS,
    );

    it(
      'over an older definition is preceded by the Job',
      async () => {
        await cluster.applyDefinition('older');
        await cluster.waitForDefinition();
        expect(await install('--skip-crds', '--dry-run=server')).toContain(JOB_HOOK);
      },
      HELM_MS,
    );
  });

  describe('an upgrade', () => {
    it(
      'and a roll back change the converter, which stays the same resource',
      async () => {
        await install();
        const uid = await converter('{.metadata.uid}');
        await upgrade('--set', 'service.port=81');
        expect(await converter('{.spec.service.port} {.metadata.uid}')).toBe(`81 ${uid}`);
        await helm('rollback', RELEASE, '1');
        expect(await converter('{.spec.service.port} {.metadata.uid}')).toBe(`80 ${uid}`);
      },
      HELM_MS,
    );

    it(
      'is preceded by the Job only if the definition in the cluster is another one',
      async () => {
        await install();
        expect(await upgrade('--dry-run=server')).not.toContain('kind: Job');
        await cluster.applyDefinition('older');
        expect(await upgrade('--dry-run=server')).toContain(JOB_HOOK);
        expect(await upgrade('--dry-run=server', '--set', 'crds.upgrade=false')).not.toContain('kind: Job');
      },
      HELM_MS,
    );
  });

  describe('an uninstallation', () => {
    it(
      'leaves the definition and nothing else, and lets the next installation in',
      async () => {
        await install('--values', await cluster.fileOf(EVERYTHING));
        await helm('uninstall', RELEASE);
        const kinds = (await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name'))
          .trim()
          .replaceAll('\n', ',');
        const ofTheRelease = ['--all-namespaces', '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name'];
        expect(await cluster.kubectl('get', kinds, ...ofTheRelease)).toBe('');
        expect(await cluster.kubectl('get', 'crd', DEFINITION, '-o', 'name')).toContain(DEFINITION);
        await install();
      },
      HELM_MS,
    );
  });

  describe('a release for some namespaces', () => {
    const asTeam = ['--kube-as-user', 'team', '--kube-as-group', 'system:authenticated'];

    async function installAsTeam(release: string): Promise<void> {
      const values = ['--skip-crds', '--set', `watchNamespaces={${NAMESPACE}}`];
      await helm('install', release, CHART_DIRECTORY, ...values, ...asTeam);
    }

    it(
      'needs no rights outside of them, and can be there twice',
      async () => {
        await cluster.applyDefinition();
        await cluster.waitForDefinition();
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
      HELM_MS,
    );
  });
});
