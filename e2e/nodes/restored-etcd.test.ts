import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import {
  converter,
  getConverter,
  waitForCondition,
  waitUntilConverting,
  waitUntilReady,
} from '../testing/converter.ts';
import { install, type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE } from '../testing/installation.ts';
import { advanceRevision } from './testing/etcd.ts';
import { operatorPods } from './testing/operator-replicas.ts';
import type { PlacedPod } from './testing/placed-pods.ts';

/** More resource versions than the cluster uses in the test after the restore. */
const LOST_REVISIONS = 5_000;

/**
 * A connection may be lost without notice while kube-proxy restarts too. Its watch is resumed within three minutes; until then, the
 * operator takes what is lost for present.
 */
const RESUMED_SECONDS = 200;

/** Without leader election: a leader that cannot renew its Lease for ten seconds would exit, as it must. */
const WITHOUT_ELECTION = ['--set', 'operator.leaderElection.enabled=false'];

describe('when etcd is restored from a backup, and resource versions go back', () => {
  let installation: Installation;
  let operator: readonly PlacedPod[];

  beforeAll(async () => {
    installation = await install('e2e-restored-etcd', WITHOUT_ELECTION);
    const { cluster, kubectl, namespace } = installation;
    for (const name of ['kept', 'changed', 'deleted']) await kubectl.apply(namespace, converter(name));
    for (const name of ['kept', 'changed', 'deleted']) {
      await waitUntilReady(installation, name);
      await waitForCondition(installation, name, { type: 'Autoscaling', status: 'True' }, 120);
    }
    const backup = await cluster.backUpEtcd();

    // What happens now is lost. The operator's caches have all of it.
    await changePort('changed', 8085);
    await waitUntilConverting(installation, 'changed', 8085);
    await kubectl('delete', 'tc', 'deleted', '-n', namespace);
    await kubectl('wait', '--for=delete', 'deployment/deleted', '-n', namespace, '--timeout=60s');
    await advanceRevision(installation, LOST_REVISIONS);
    await kubectl.apply(namespace, converter('created'));
    await waitUntilReady(installation, 'created');
    await changePort('kept', 8086);
    await waitUntilConverting(installation, 'kept', 8086);

    operator = await operatorPods(installation);
    await cluster.restoreEtcd(backup);
  });
  afterAll(async () => {
    const { kubectl } = installation;
    // It still watches from resource versions that are lost, and other files need its metrics.
    await kubectl('rollout', 'restart', 'deployment/metrics-server', '-n', 'kube-system');
    await kubectl('rollout', 'status', 'deployment/metrics-server', '-n', 'kube-system', '--timeout=120s');
    await installation.remove();
  });

  it('the resources and what serves them are as in the backup', async () => {
    for (const name of ['kept', 'changed', 'deleted']) {
      await waitUntilConverting(installation, name, 80, RESUMED_SECONDS);
      await waitUntilReady(installation, name, RESUMED_SECONDS);
    }
    await expect(getConverter(installation, 'created')).rejects.toThrow('not found');
    await eventually(
      async () => expect(await namesOf('deployments,services,hpa')).not.toContain('created'),
      RESUMED_SECONDS * 1000,
    );
  });

  it.each(['kept', 'changed', 'deleted'])('the operator applies a change of "%s"', async (name) => {
    await changePort(name, 8087);
    await waitUntilConverting(installation, name, 8087, RESUMED_SECONDS);
  });

  it('the operator repairs a deleted child', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('delete', 'service', 'kept', '-n', namespace);
    await waitUntilConverting(installation, 'kept', 8087, RESUMED_SECONDS);
  });

  it('the operator applies a resource with the name of a lost one', async () => {
    await installation.kubectl.apply(installation.namespace, converter('created', { service: { port: 8088 } }));
    await waitUntilReady(installation, 'created', RESUMED_SECONDS);
    await waitUntilConverting(installation, 'created', 8088, RESUMED_SECONDS);
  });

  it('the operator has not restarted, and says what it noticed', async () => {
    expect(await operatorPods(installation)).toMatchObject(operator.map(({ uid, restarts }) => ({ uid, restarts })));
    const log = await installation.kubectl('logs', `deployment/${OPERATOR_NAME}`, '-n', OPERATOR_NAMESPACE);
    expect(log).toContain('the server went back to an older resource version');
  });

  async function changePort(name: string, port: number): Promise<void> {
    const patch = JSON.stringify({ spec: { service: { port } } });
    await installation.kubectl('patch', 'tc', name, '-n', installation.namespace, '--type=merge', '-p', patch);
  }

  function namesOf(kinds: string): Promise<string> {
    return installation.kubectl('get', kinds, '-n', installation.namespace, '-o', 'name');
  }
});
