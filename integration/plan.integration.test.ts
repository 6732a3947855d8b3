import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { load } from 'js-yaml';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { runPlan } from '../operator/commands/plan.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { AdmissionPolicies } from './testing/admission-policies.ts';
import { type Account, createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import { createViewer, planWith, plansOf, type PlanRun, writeKubeConfig } from './testing/run-plan.ts';
import { DEFAULT_IMAGE } from './testing/running-operator.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

const IMAGE = ['--converter-image', DEFAULT_IMAGE];
const environment = setUpTestEnvironment();

/** Creates converters, has the operator apply them, and stops it. */
async function applyConverters(specs: Readonly<Record<string, object>>): Promise<void> {
  const { cluster, namespace } = environment;
  const operator = await environment.startSynced();
  for (const [name, spec] of Object.entries(specs)) await cluster.createConverter(namespace, name, spec);
  await environment.allApplied(Object.keys(specs).length);
  await operator.idle();
  await operator.stop();
}

/** Plans as cluster administrator, in the namespace of the test. */
function plan(...args: readonly string[]): Promise<PlanRun> {
  return planWith(environment.server.apiServer.kubeconfigPath, ['-n', environment.namespace, ...IMAGE, ...args]);
}

/** Writes a file and returns its path. */
async function fileOf(name: string, text: string): Promise<string> {
  const directory = join(environment.server.directory, environment.namespace);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), text);
  return join(directory, name);
}

function manifest(name: string, spec: object): string {
  const { namespace } = environment;
  const type = { apiVersion: 'temperature-converter.io/v1', kind: 'TemperatureConverter' };
  return JSON.stringify({ ...type, metadata: { name, namespace }, spec });
}

describe('plan of the cluster', () => {
  it('ends with status 0 while nothing differs', async () => {
    await applyConverters({ web: {}, api: {} });
    expect(await plan('--all')).toEqual({ status: 0, out: '2 converters: 2 unchanged\n', err: '' });
    expect(await plan('web')).toMatchObject({ status: 0, out: '1 converter: 1 unchanged\n' });
  });

  it('says who drifted what, what follows, and what is in the way, with status 1', async () => {
    const { cluster, namespace } = environment;
    await applyConverters({ web: {}, api: {}, batch: {} });
    await cluster.patch(['Service', namespace, 'web'], { spec: { type: 'NodePort' } }, 'kubectl-edit');
    await cluster.apply(
      ['Deployment', namespace, 'api'],
      { spec: { template: { spec: { containers: [{ name: 'converter', image: 'x' }] } } } },
      'kubectl-set',
    );
    await cluster.patch(['Service', namespace, 'batch'], { metadata: { ownerReferences: null, labels: null } });
    const { status, out } = await plan('--all');
    expect(status).toBe(1);
    expect(out).toMatch(/Service web: changed\n {4}---/);
    expect(out).toMatch(/spec\.type: "NodePort" becomes "ClusterIP"; last set by kubectl-edit \(Update, 20\d\d-.*Z\)/);
    expect(out).toContain('The node ports are released.');
    expect(out).toContain('-          image: x\n');
    expect(out).toContain('Pods are replaced: the pod template changes.');
    expect(out).toMatch(/Service batch: blocked \(NameConflict\)\n.*was not created by the operator/);
    expect(out.trimEnd().split('\n').at(-1)).toBe('3 converters: 2 changed (1 replaces its pods), 1 blocked');
  });

  it('says what another default image rolls, but not where the spec names an image', async () => {
    await applyConverters({ web: {}, own: { image: 'registry.example.com/own:1' } });
    const { out } = await plan('--converter-image', 'registry.example.com/converter:2');
    expect(out.trimEnd().split('\n').at(-1)).toBe('2 converters: 1 changed (1 replaces its pods), 1 unchanged');
  });

  it('takes the namespace of the context, as kubectl', async () => {
    const { namespace, server } = environment;
    await applyConverters({ web: {} });
    const config = new KubeConfig();
    config.loadFromString(server.apiServer.kubeConfig.exportConfig());
    config.contexts = config.contexts.map((context) => ({ ...context, namespace }));
    const kubeconfig = await writeKubeConfig(server, `${namespace}-context`, config);
    expect(await planWith(kubeconfig, ['web', ...IMAGE])).toMatchObject({ status: 0 });
    const text = 'apiVersion: temperature-converter.io/v1\nkind: TemperatureConverter\nmetadata: {name: web}\n';
    const file = await fileOf('without-namespace.yaml', text);
    const [planned] = plansOf(await planWith(kubeconfig, ['-f', file, ...IMAGE, '-o', 'json']));
    expect(planned).toMatchObject({ namespace, name: 'web', resource: { action: 'unchanged' } });
  });

  it('takes the default image from the Deployment of the operator', async () => {
    const { cluster, namespace, server } = environment;
    await applyConverters({ web: {} });
    const { kubeconfigPath } = server.apiServer;
    const labels = { 'app.kubernetes.io/part-of': 'temperature-converter', 'app.kubernetes.io/component': 'operator' };
    const env = [
      { name: 'CONVERTER_IMAGE', value: 'registry.example.com/converter:3' },
      { name: 'WATCH_NAMESPACES', value: namespace },
    ];
    await cluster.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'operator', namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'operator', env }] } },
      },
    });
    const { out } = await planWith(kubeconfigPath, ['-n', namespace, 'web']);
    expect(out).toContain('+          image: registry.example.com/converter:3\n');
  });

  it('says that nothing happens to a paused resource and one that is being deleted', async () => {
    const { cluster, namespace } = environment;
    await applyConverters({ web: {}, gone: {} });
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { paused: true, service: { port: 81 } } });
    await cluster.patch(['TemperatureConverter', namespace, 'gone'], {
      metadata: { finalizers: ['example.com/hold'] },
    });
    await cluster.delete('TemperatureConverter', namespace, 'gone');
    const { status, out } = await plan('--all');
    expect(status).toBe(0);
    expect(out).toContain('Reconciliation is paused (spec.paused is true).');
    expect(out).toContain('the port changes from 80 to 81');
    expect(out).toContain('Its children are deleted with it.');
    expect(out.trimEnd().split('\n').at(-1)).toBe('2 converters: 1 paused, 1 being deleted');
    await cluster.patch(['TemperatureConverter', namespace, 'gone'], { metadata: { finalizers: [] } });
  });

  it('does not count what an admission plug-in changes in each write', async () => {
    const { cluster, namespace } = environment;
    const policies = new AdmissionPolicies(cluster, namespace);
    await policies.mutate({ kind: 'Service', fields: { spec: { internalTrafficPolicy: 'Local' } } });
    await applyConverters({ web: { service: { internalTrafficPolicy: 'Cluster' } } });
    const account = await createServiceAccount(cluster, namespace);
    const viewer = await createViewer(environment.server, account);
    for (const kubeconfig of [viewer, environment.server.apiServer.kubeconfigPath]) {
      const { status, out } = await planWith(kubeconfig, ['-n', namespace, ...IMAGE, 'web', '-o', 'json']);
      expect(status).toBe(0);
      expect(out).toContain('internalTrafficPolicy \\"Cluster\\" became \\"Local\\"');
    }
    await policies.remove();
  });

  it('plans the others after an error, with status 2', async () => {
    await applyConverters({ web: {} });
    const { status, out, err } = await plan('nope', 'web', '/');
    expect(status).toBe(2);
    expect(err).toContain('TemperatureConverter "nope" not found');
    expect(err).toContain('plan takes NAMESPACE/NAME or NAME, not "/"');
    expect(out).toBe('2 converters: 1 unchanged, 1 failed\n');
  });

  it('has the same content in YAML', async () => {
    await applyConverters({ web: {} });
    const [yaml, json] = await Promise.all([plan('web', '-o', 'yaml'), plan('web', '-o', 'json')]);
    expect(load(yaml.out)).toEqual(JSON.parse(json.out));
  });

  it('ends with status 130 when it is interrupted', async () => {
    const streams = { out: () => undefined, err: () => undefined, isTerminal: false };
    const args = ['--all', ...IMAGE, '--kubeconfig', environment.server.apiServer.kubeconfigPath];
    expect(await runPlan(args, streams, AbortSignal.abort())).toBe(130);
  });
});

/** The children that every converter has, with the same action. */
function all(action: string): readonly string[] {
  return ['Deployment', 'Service', 'HorizontalPodAutoscaler'].map((kind) => `${kind} ${action}`);
}

describe('plan of a file', () => {
  it('plans what is new, what changes and what stays, and names other kinds', async () => {
    await applyConverters({ web: {}, api: {} });
    const settings = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } });
    const documents = [manifest('web', { service: { port: 81 } }), manifest('api', {}), manifest('new', {}), settings];
    const file = await fileOf('all.yaml', documents.join('\n---\n'));
    const run = await plan('-f', file, '-o', 'json');
    expect(run).toMatchObject({ status: 1, err: expect.stringContaining('ConfigMap settings is not planned') });
    const outcomes = plansOf(run).map(({ name, outcome, resource, children }) => ({
      name,
      outcome,
      resource: resource?.action,
      children: children.map(({ kind, action }) => `${kind} ${action}`),
    }));
    expect(outcomes).toEqual([
      {
        name: 'web',
        outcome: 'changed',
        resource: 'changed',
        children: all('unchanged').map((child) => child.replace('Service unchanged', 'Service changed')),
      },
      { name: 'api', outcome: 'unchanged', resource: 'unchanged', children: all('unchanged') },
      { name: 'new', outcome: 'created', resource: 'created', children: all('created') },
    ]);
    expect(await environment.cluster.find('TemperatureConverter', environment.namespace, 'new')).toBeUndefined();
  });

  it.each<[string, object, object?]>([
    ['a value out of range', { service: { port: 99_999 } }],
    ['several errors', { service: { port: 0 }, autoscaling: { minReplicas: 5, maxReplicas: 2 } }],
    ['an unknown field', { prot: 80 }],
    ['a value of the wrong type', { service: { port: 'http' } }],
  ])('prints what kubectl apply prints for %s', async (_title, spec) => {
    const { server } = environment;
    const { kubectl } = await ensureTools(['kubectl']);
    const file = await fileOf('refused.json', manifest('refused', spec));
    const args = ['apply', '-f', file, '--kubeconfig', server.apiServer.kubeconfigPath];
    const refusal = await new Promise<string>((resolve) => {
      execFile(kubectl, args, (_error, _out, err) => resolve(err));
    });
    expect(refusal).toContain('refused');
    expect(await plan('-f', file)).toEqual({ status: 2, out: '1 converter: 1 failed\n', err: refusal });
  });

  it('merges a file as kubectl apply does, with what was applied before', async () => {
    const { server, cluster, namespace } = environment;
    const { kubectl } = await ensureTools(['kubectl']);
    const apply = async (file: string): Promise<void> => {
      await new Promise((resolve, reject) => {
        const args = ['apply', '-f', file, '--kubeconfig', server.apiServer.kubeconfigPath];
        execFile(kubectl, args, (error) => (error === null ? resolve(undefined) : reject(error)));
      });
    };
    await apply(await fileOf('first.json', manifest('web', { image: 'registry.example.com/a:1', logLevel: 'debug' })));
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 81 } } });
    const file = await fileOf('second.json', manifest('web', { logLevel: 'warn' }));
    const [planned] = plansOf(await plan('-f', file, '-o', 'json'));
    await apply(file);
    expect((await cluster.converter(namespace, 'web')).spec).toMatchObject({ logLevel: 'warn', service: { port: 81 } });
    expect(planned?.resource?.diff).toContain('-  image: registry.example.com/a:1\n');
    expect(planned?.resource?.diff).toContain('+  logLevel: warn\n');
    expect(planned?.resource?.diff).not.toContain('port: 80');
    const deployment = planned?.children.find(({ kind }) => kind === 'Deployment');
    expect(deployment?.diff).toContain(`+          image: ${DEFAULT_IMAGE}\n`);
  });

  it('fails if there is no TemperatureConverter, or one twice', async () => {
    const none = await fileOf('none.yaml', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }));
    expect(await plan('-f', none)).toMatchObject({
      status: 2,
      err: expect.stringContaining('no TemperatureConverter'),
    });
    const twice = await fileOf('twice.yaml', `${manifest('web', {})}\n---\n${manifest('web', {})}`);
    expect(await plan('-f', twice)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/is also in .*twice\.yaml/),
    });
  });
});

describe('plan with read rights only', () => {
  it('plans the cluster and files, says what was not tried, and writes nothing', async () => {
    const { cluster, namespace, server } = environment;
    await applyConverters({ web: {} });
    const account = await createServiceAccount(cluster, namespace);
    const viewer = await createViewer(server, account);
    await cluster.patch(['Service', namespace, 'web'], { spec: { sessionAffinity: 'ClientIP', type: 'NodePort' } });
    const before = (await server.audit.requests()).length;
    // The default image is that of the status: the role view allows to list Deployments, but there is no operator.
    const live = await planWith(viewer, ['-n', namespace, 'web']);
    expect(live).toMatchObject({ status: 1, err: expect.stringContaining('were not tried by the API server') });
    expect(live.out).toContain('+  type: ClusterIP\n');
    const file = await fileOf(
      'viewer.yaml',
      `${manifest('web', { service: { port: 81 } })}\n---\n${manifest('new', {})}`,
    );
    const files = await planWith(viewer, ['-f', file, ...IMAGE]);
    expect(files).toMatchObject({ status: 1, err: expect.stringContaining('the files were not validated') });
    expect(files.out).toContain('+    port: 81\n');
    expect(files.out).toContain('+    minReplicas: 1\n');
    expect(files.out.trimEnd().split('\n').at(-1)).toBe('2 converters: 1 created, 1 changed');
    const requests = (await server.audit.requests()).slice(before);
    const writes = requests.filter((request) => isWrite(request) && request.userAgent?.includes('plan'));
    expect(writes.filter(({ requestURI }) => !requestURI.includes('selfsubjectaccessreviews'))).toEqual([]);
  });

  it('says which right is missing', async () => {
    const { cluster, namespace, server } = environment;
    await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace } });
    const account: Pick<Account, 'namespace' | 'name'> = { namespace, name: 'nobody' };
    const token = await requestToken(cluster, account);
    const kubeconfig = await writeKubeConfig(server, `${namespace}-nobody`, kubeConfigOf(server, { token }));
    const { status, err } = await planWith(kubeconfig, ['--all', ...IMAGE]);
    expect(status).toBe(2);
    expect(err).toMatch(
      /^error: Error from server \(Forbidden\): .* cannot list resource .* Plan one namespace: -n NAMESPACE/,
    );
  });
});
