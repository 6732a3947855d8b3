import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dump, loadAll } from 'js-yaml';
import { ensureTools } from '../local-cluster/tools.ts';
import { MANIFESTS_NAMESPACE, renderManifests } from '../scripts/build-manifests.ts';
import { CHART_DIRECTORY, runHelm } from './render-chart.ts';
import {
  CRD_NAME,
  failureOf,
  HELM_TIMEOUT_MS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startTestApiServer,
  type TestApiServer,
} from './test-api-server.ts';

const CURRENT = { column: 'Image', images: 'temperature-converter-operator:0.1.0' };

/** The parts of an object that an older version changes. */
interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly versions?: readonly { readonly additionalPrinterColumns: { readonly name: string }[] }[];
    readonly template?: { readonly spec: { readonly containers: { image: string }[] } };
  };
}

let cluster: TestApiServer;

beforeAll(async () => {
  cluster = await startTestApiServer();
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

afterEach(async () => {
  await cluster.kubectl('delete', 'deployment,service,serviceaccount,role,rolebinding', '--all', '--ignore-not-found');
  await cluster.kubectl('delete', 'crd', CRD_NAME, '--ignore-not-found');
});

/** The same manifests with another image of the operator and a definition that lacks a column. */
function older(manifests: string): string {
  // SAFETY: the chart renders these objects.
  const objects = (loadAll(manifests) as (Manifest | null)[]).filter((object) => object !== null);
  for (const { spec } of objects.filter(({ kind }) => ['CustomResourceDefinition', 'Deployment'].includes(kind))) {
    spec.versions?.[0]?.additionalPrinterColumns.pop();
    for (const container of spec.template?.spec.containers ?? [])
      container.image = 'temperature-converter-operator:0.0.9';
  }
  return objects.map((object) => dump(object)).join('---\n');
}

async function apply(manifests: string, ...args: readonly string[]): Promise<string> {
  const file = join(cluster.apiServer.directory, 'applied.yaml');
  await writeFile(file, manifests);
  return cluster.kubectl('apply', '--server-side', '-f', file, ...args);
}

async function deployed(namespace: string): Promise<{ column: string; images: string }> {
  const columns = '-o=jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}';
  const images = '-o=jsonpath={.items[*].spec.template.spec.containers[*].image}';
  return {
    column: (await cluster.kubectl('get', 'crd', CRD_NAME, columns)).split(' ').at(-1) ?? '',
    images: await cluster.kubectl('get', 'deployments', '-n', namespace, images),
  };
}

async function template(...args: readonly string[]): Promise<string> {
  return runHelm('template', 'gitops', CHART_DIRECTORY, '--namespace', NAMESPACE, '--include-crds', ...args);
}

async function port(): Promise<string> {
  return cluster.kubectl('get', 'tc', 'gitops', '-o=jsonpath={.spec.service.port}');
}

describe('install.yaml', () => {
  it(
    'installs and upgrades the operator and the definition with kubectl apply',
    async () => {
      const { helm } = await ensureTools(['helm']);
      const manifests = await renderManifests(helm);
      const inAnyNamespace = ['--namespace', ''];
      await apply(older(manifests), ...inAnyNamespace);
      expect(await deployed(MANIFESTS_NAMESPACE)).not.toEqual(CURRENT);
      expect((await deployed(MANIFESTS_NAMESPACE)).images).toBe('temperature-converter-operator:0.0.9');
      await apply(manifests, ...inAnyNamespace);
      expect(await deployed(MANIFESTS_NAMESPACE)).toEqual(CURRENT);
      expect(await apply(manifests, ...inAnyNamespace)).toContain(
        'deployment.apps/temperature-converter-operator serverside-applied',
      );
    },
    HELM_TIMEOUT_MS,
  );

  it('has no converter, no hooks, and nothing that is only true of a release of Helm', async () => {
    const { helm } = await ensureTools(['helm']);
    const manifests = await renderManifests(helm);
    expect(manifests).not.toMatch(/^kind: (?:TemperatureConverter|Job|Pod)$/mu);
    expect(manifests).not.toContain('helm.sh/');
    expect(manifests).not.toMatch(/managed-by: Helm/u);
    expect(manifests).not.toContain('# Source');
  });
});

describe('helm template and kubectl apply', () => {
  it(
    'install and upgrade the operator, the definition and the default converter',
    async () => {
      await cluster.applyCrd('older', 'kubectl');
      await cluster.waitForCrd();
      await apply(older(await template()));
      expect(await port()).toBe('80');
      expect((await deployed(NAMESPACE)).images).toBe('temperature-converter-operator:0.0.9');
      await apply(await template('--set', 'service.port=81'));
      expect(await port()).toBe('81');
      expect(await deployed(NAMESPACE)).toEqual(CURRENT);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'take over a definition that Helm applied, with --force-conflicts',
    async () => {
      await cluster.applyCrd('older', 'helm');
      await cluster.waitForCrd();
      expect(await failureOf(apply(await template()))).toContain('conflict with "helm"');
      await apply(await template(), '--force-conflicts');
      expect(await deployed(NAMESPACE)).toEqual(CURRENT);
    },
    HELM_TIMEOUT_MS,
  );

  it('render neither Job nor test pod, which are immutable, also with the kinds of a cluster as under Argo CD', async () => {
    const kinds = ['v1/Pod', 'apps/v1/Deployment', 'temperature-converter.io/v1/TemperatureConverter'];
    for (const apiVersions of [[], kinds.flatMap((kind) => ['--api-versions', kind])]) {
      const manifests = await template('--is-upgrade', ...apiVersions);
      expect(manifests).not.toContain('kind: Job');
      expect(manifests).not.toMatch(/hook: pre-/u);
    }
    expect(await template()).not.toContain('helm.sh/hook');
  });
});
