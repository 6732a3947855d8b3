import { readFile } from 'node:fs/promises';
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
import { ARGOCD_NAMESPACE } from './testing/argocd-processes.ts';
import { ArgoCd, ARGOCD_USER_AGENT, type Tracking } from './testing/argocd.ts';
import { AMPLE_RESOURCES, neighborWrites, operatorWrites } from './testing/at-rest.ts';
import { ChartRepository } from './testing/chart-repository.ts';

const DEFINITION = 'temperatureconverters.temperature-converter.io';
const CHART = 'helm';
const PREVIOUS_CHART = 'e2e/fixtures/previous-chart';
const HEALTH_CHECK = 'docs/argo-cd-health.lua';
const NAMESPACE = 'e2e-argocd';
/** The release's name differs from the Application's: by label, Argo CD then rewrites the label of the chart. */
const APPLICATION = 'forecast';
const RELEASE_NAME = 'weather';
const OPERATOR = { namespace: NAMESPACE, name: `${RELEASE_NAME}-operator` };
const ARGOCD = { userAgent: ARGOCD_USER_AGENT, namespace: ARGOCD_NAMESPACE };
const CHILDREN = 'deployments,services,horizontalpodautoscalers,pods';

/** A case: how Argo CD tracks objects, the chart that is installed first, and the name of the converter. */
interface Case {
  readonly tracking: Tracking;
  readonly firstChart: string;
  readonly firstPort: number;
  readonly name: string;
  /** How long nothing may be written: several of Argo CD's resyncs. */
  readonly secondsAtRest: number;
}

const CASES: readonly Case[] = [
  { tracking: 'annotation', firstChart: PREVIOUS_CHART, firstPort: 80, name: RELEASE_NAME, secondsAtRest: 120 },
  // Argo CD finds objects by app.kubernetes.io/instance, which the children of a converter with this name have too.
  { tracking: 'label', firstChart: CHART, firstPort: 8088, name: APPLICATION, secondsAtRest: 60 },
];

describe.each(CASES)(
  'with Argo CD, which tracks by $tracking, $firstChart',
  ({ tracking, firstChart, firstPort, name, secondsAtRest }) => {
    let installation: Installation;
    let argocd: ArgoCd;
    let repository: ChartRepository;

    beforeAll(async () => {
      installation = await connect(NAMESPACE);
      const { kubectl, helm, cluster } = installation;
      // Only one operator may watch all namespaces.
      await helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
      await kubectl('delete', 'crd', DEFINITION, '--ignore-not-found', '--timeout=60s');
      repository = await ChartRepository.create();
      const healthCheck = await readFile(HEALTH_CHECK, 'utf8');
      argocd = await ArgoCd.start(cluster, kubectl, { tracking, healthCheck });
    });
    afterAll(async () => {
      await argocd.stop();
      await repository.remove();
      await installation.remove();
    });

    it('is installed, and becomes Synced and Healthy', async () => {
      const revision = await commit(firstChart, firstPort);
      await argocd.apply(APPLICATION, applicationSpec());
      await argocd.waitUntilHealthy(APPLICATION, revision);
      await waitUntilReady(installation, name);
      await waitUntilConverting(installation, name, firstPort);
    });

    it('changes the port, and upgrades the CustomResourceDefinition', async () => {
      const revision = await commit(CHART, 8089);
      await argocd.waitUntilHealthy(APPLICATION, revision);
      await waitUntilReady(installation, name);
      await waitUntilConverting(installation, name, 8089);
      expect(await installation.kubectl('explain', 'temperatureconverter.spec.paused')).toContain('FIELD: paused');
    });

    it('is quiet at rest', async () => {
      const { cluster, kubectl } = installation;
      await eventually(async () => {
        expect(await kubectl('get', 'jobs', '-n', NAMESPACE, '-o', 'name')).toBe('');
      }, WAIT_TIMEOUT_MS);
      // The autoscaler's first report is the last change of the status.
      await waitForCondition(installation, name, { type: 'Autoscaling', status: 'True' });
      const before = await getConverter(installation, name);
      const since = new Date();
      // The test shows that nothing happens.
      await delay(secondsAtRest * 1000);
      expect(await operatorWrites(cluster.auditLogPath, OPERATOR, since)).toEqual([]);
      expect(await neighborWrites(cluster.auditLogPath, ARGOCD, since)).toEqual([]);
      expect(await argocd.status(APPLICATION)).toMatchObject({ sync: { status: 'Synced' } });
      expect((await getConverter(installation, name)).metadata).toEqual(before.metadata);
    });

    it('leaves the repair of the children to the operator, and repairs the converter', async () => {
      const { cluster, kubectl } = installation;
      const since = new Date();
      const scale = '{"spec":{"maxReplicas":9}}';
      await kubectl('patch', 'hpa', name, '-n', NAMESPACE, '--type=merge', '-p', scale);
      await kubectl('wait', 'hpa', name, '-n', NAMESPACE, '--for=jsonpath={.spec.maxReplicas}=5', '--timeout=30s');
      expect(await neighborWrites(cluster.auditLogPath, ARGOCD, since)).toEqual([]);

      await kubectl('patch', 'tc', name, '-n', NAMESPACE, '--type=merge', '-p', '{"spec":{"service":{"port":8090}}}');
      await kubectl('wait', 'tc', name, '-n', NAMESPACE, '--for=jsonpath={.spec.service.port}=8089', '--timeout=60s');
      await waitUntilConverting(installation, name, 8089);
      await eventually(async () => {
        expect(await argocd.status(APPLICATION)).toMatchObject({ sync: { status: 'Synced' } });
      }, WAIT_TIMEOUT_MS);
      const writes = await neighborWrites(cluster.auditLogPath, ARGOCD, since);
      expect(writes).toContain(`patch temperatureconverters/${name}`);
      expect(writes.filter((write) => /deployments|services|horizontalpodautoscalers/u.test(write))).toEqual([]);
    });

    it('is Degraded while a user must act, by the health check of the documentation', async () => {
      await commit(CHART, 8089, { image: 'localhost/no-such-image:1' });
      await argocd.refresh(APPLICATION);
      await eventually(async () => {
        expect(await argocd.status(APPLICATION)).toMatchObject({
          sync: { status: 'Synced' },
          health: { status: 'Degraded' },
        });
      }, WAIT_TIMEOUT_MS);
      // The old pods keep serving.
      await waitUntilConverting(installation, name, 8089);
      await argocd.waitUntilHealthy(APPLICATION, await commit(CHART, 8089));
    });

    it('is deleted with the Application, which keeps the CustomResourceDefinition and other converters', async () => {
      const { kubectl } = installation;
      await kubectl.apply('default', converter('bystander'));
      await argocd.delete(APPLICATION);
      await eventually(async () => {
        expect(await kubectl('get', `temperatureconverters,${CHILDREN}`, '-n', NAMESPACE, '-o', 'name')).toBe('');
      }, WAIT_TIMEOUT_MS);
      const clusterObjects = ['clusterroles,clusterrolebindings', '-l', 'app.kubernetes.io/name=temperature-converter'];
      expect(await kubectl('get', ...clusterObjects, '-o', 'name')).toBe('');
      expect(await kubectl('get', 'tc', 'bystander', '-n', 'default', '-o', 'name')).toContain('bystander');
      await kubectl('delete', 'tc', 'bystander', '-n', 'default');
    });

    /** Commits a chart with values of its converter; returns the revision. */
    function commit(chart: string, port: number, instance: object = {}): Promise<string> {
      return repository.commit(chart, {
        ...installation.images,
        service: { port },
        instance: { name: name === RELEASE_NAME ? '' : name, resources: AMPLE_RESOURCES, ...instance },
      });
    }

    function applicationSpec(): object {
      return {
        project: 'default',
        source: {
          repoURL: repository.url,
          targetRevision: 'main',
          path: 'chart',
          helm: { releaseName: RELEASE_NAME, valueFiles: ['../values.json'] },
        },
        destination: { server: 'https://kubernetes.default.svc', namespace: NAMESPACE },
        syncPolicy: { automated: { prune: true, selfHeal: true } },
      };
    }
  },
);
