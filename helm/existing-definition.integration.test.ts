import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BareCluster, DEFINITION, failureOf, HELM_MS, HELMS, START_TIMEOUT_MS, startBareCluster } from './bare-cluster.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
const JOB_HOOK = 'helm.sh/hook: pre-install,pre-upgrade';
/** Which release a chart with the definition among its templates would be of. */
const OF_ANOTHER = ['meta.helm.sh/release-name=another', 'meta.helm.sh/release-namespace=default'];

let cluster: BareCluster;

beforeAll(async () => {
  cluster = await startBareCluster();
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

afterEach(async () => {
  await cluster.helm('uninstall', RELEASE, '--ignore-not-found');
  await cluster.kubectl('delete', 'crd', DEFINITION);
});

async function columns(): Promise<number> {
  const path = '-o=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}';
  return (await cluster.kubectl('get', 'crd', DEFINITION, path)).split(' ').length;
}

async function converter(): Promise<string> {
  return cluster.kubectl('get', 'tc', RELEASE, '-o', 'name');
}

describe.each(HELMS)('with %s, an installation where the definition', (_version, program) => {
  it.each([
    ['is that of an earlier release', 'helm'],
    ['is the same, and was applied by somebody else', 'argocd-controller'],
  ])(
    '%s is not stopped by it',
    async (_what, fieldManager) => {
      await cluster.applyDefinition('current', fieldManager);
      await cluster.waitForDefinition();
      await cluster[program]('install', RELEASE, CHART_DIRECTORY);
      expect(await converter()).toContain(RELEASE);
    },
    HELM_MS,
  );

  it(
    'belongs to another release leaves it there, also when it goes',
    async () => {
      await cluster.applyDefinition();
      await cluster.kubectl('annotate', 'crd', DEFINITION, ...OF_ANOTHER);
      await cluster.waitForDefinition();
      await cluster[program]('install', RELEASE, CHART_DIRECTORY);
      expect(await converter()).toContain(RELEASE);
      await cluster[program]('uninstall', RELEASE);
      const owner = '-o=jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}';
      expect(await cluster.kubectl('get', 'crd', DEFINITION, owner)).toBe('another');
    },
    HELM_MS,
  );
});

describe('an installation over an older definition', () => {
  it(
    'brings it up to date itself with Helm 4',
    async () => {
      await cluster.applyDefinition('current');
      const current = await columns();
      await cluster.applyDefinition('older');
      expect(await columns()).toBe(current - 1);
      await cluster.waitForDefinition();
      await cluster.helm('install', RELEASE, CHART_DIRECTORY);
      expect(await columns()).toBe(current);
    },
    HELM_MS,
  );

  it(
    'is preceded by the Job with Helm 3, which leaves it to the Job',
    async () => {
      await cluster.applyDefinition('older');
      await cluster.waitForDefinition();
      expect(await cluster.helm3('install', RELEASE, CHART_DIRECTORY, '--dry-run=server')).toContain(JOB_HOOK);
    },
    HELM_MS,
  );

  it(
    'of another manager is refused by Helm 4, by name, until the conflict is forced',
    async () => {
      await cluster.applyDefinition('older', 'argocd-controller');
      await cluster.waitForDefinition();
      const refusal = await failureOf(cluster.helm('install', RELEASE, CHART_DIRECTORY));
      expect(refusal).toMatch(/conflict.*argocd-controller/s);
      await cluster.helm('install', RELEASE, CHART_DIRECTORY, '--force-conflicts');
      expect(await converter()).toContain(RELEASE);
    },
    HELM_MS,
  );
});
