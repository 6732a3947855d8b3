import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type TestApiServer,
  CRD_NAME,
  failureOf,
  HELM_TIMEOUT_MS,
  HELMS,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const RELEASE = 'temperature-converter';
const JOB_HOOK = 'helm.sh/hook: pre-install,pre-upgrade';
/** Annotations that assign the definition to another release. */
const OTHER_RELEASE = ['meta.helm.sh/release-name=another', 'meta.helm.sh/release-namespace=default'];

let cluster: TestApiServer;

beforeAll(async () => {
  cluster = await startTestApiServer();
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

afterEach(async () => {
  await cluster.helm('uninstall', RELEASE, '--ignore-not-found');
  await cluster.kubectl('delete', 'crd', CRD_NAME);
});

async function columns(): Promise<number> {
  const path = '-o=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}';
  return (await cluster.kubectl('get', 'crd', CRD_NAME, path)).split(' ').length;
}

async function converter(): Promise<string> {
  return cluster.kubectl('get', 'tc', RELEASE, '-o', 'name');
}

describe.each(HELMS)('with %s, an installation', (_version, program) => {
  it.each([
    ['an earlier release installed', 'helm'],
    ['another field manager applied', 'argocd-controller'],
  ])(
    'succeeds with a definition that %s',
    async (_what, fieldManager) => {
      await cluster.applyCrd('current', fieldManager);
      await cluster.waitForCrd();
      await cluster[program]('install', RELEASE, CHART_DIRECTORY);
      expect(await converter()).toContain(RELEASE);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'keeps the definition of another release, also after the uninstallation',
    async () => {
      await cluster.applyCrd();
      await cluster.kubectl('annotate', 'crd', CRD_NAME, ...OTHER_RELEASE);
      await cluster.waitForCrd();
      await cluster[program]('install', RELEASE, CHART_DIRECTORY);
      expect(await converter()).toContain(RELEASE);
      await cluster[program]('uninstall', RELEASE);
      const owner = '-o=jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}';
      expect(await cluster.kubectl('get', 'crd', CRD_NAME, owner)).toBe('another');
    },
    HELM_TIMEOUT_MS,
  );
});

describe('an installation over an older definition', () => {
  it(
    'updates the definition with Helm 4',
    async () => {
      await cluster.applyCrd('current');
      const current = await columns();
      await cluster.applyCrd('older');
      expect(await columns()).toBe(current - 1);
      await cluster.waitForCrd();
      await cluster.helm('install', RELEASE, CHART_DIRECTORY);
      expect(await columns()).toBe(current);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'runs the Job with Helm 3, which does not update the definition',
    async () => {
      await cluster.applyCrd('older');
      await cluster.waitForCrd();
      expect(await cluster.helm3('install', RELEASE, CHART_DIRECTORY, '--dry-run=server')).toContain(JOB_HOOK);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'is refused by Helm 4 with the name of another field manager, until --force-conflicts',
    async () => {
      await cluster.applyCrd('older', 'argocd-controller');
      await cluster.waitForCrd();
      const refusal = await failureOf(cluster.helm('install', RELEASE, CHART_DIRECTORY));
      expect(refusal).toMatch(/conflict.*argocd-controller/s);
      await cluster.helm('install', RELEASE, CHART_DIRECTORY, '--force-conflicts');
      expect(await converter()).toContain(RELEASE);
    },
    HELM_TIMEOUT_MS,
  );
});
