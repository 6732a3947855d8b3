import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { StatusReport } from '../operator/commands/status/report.ts';
import { requestToken } from './testing/chart-service-account.ts';
import { type CommandResult, installPlugin, type KubectlWithPlugin } from './testing/plugin.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { START_TIMEOUT_MS, startTestServer } from './testing/test-server.ts';
import { Workload } from './testing/workload.ts';

const environment = setUpTestEnvironment();
const STARTED_AT = '2026-01-01T00:00:00Z';

let plugin: KubectlWithPlugin;
let kubeconfig: string;

beforeAll(async () => {
  plugin = await installPlugin();
}, START_TIMEOUT_MS);

afterAll(async () => {
  await plugin[Symbol.asyncDispose]();
});

/** Each test has a kubeconfig whose context has the namespace of the test. */
beforeEach(async () => {
  kubeconfig = await writeKubeconfig('administrator');
});

interface ContextChoice {
  readonly context?: string;
  readonly namespace?: string;
  readonly user?: object;
}

/** Writes a kubeconfig of one context for the API server, by default with the rights of the administrator. */
async function writeKubeconfig(
  name: string,
  { context = 'test', namespace, user }: ContextChoice = {},
): Promise<string> {
  const { server } = environment;
  // SAFETY: the format of a kubeconfig.
  const exported = JSON.parse(server.apiServer.kubeConfig.exportConfig()) as {
    clusters: { name: string; cluster: object }[];
    users: { name: string; user: object }[];
  };
  const [cluster, administrator] = [exported.clusters[0], exported.users[0]];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...cluster, name: `${context}-cluster` }],
    users: [{ name: `${context}-user`, user: user ?? administrator?.user }],
    contexts: [
      {
        name: context,
        context: {
          cluster: `${context}-cluster`,
          user: `${context}-user`,
          namespace: namespace ?? environment.namespace,
        },
      },
    ],
    'current-context': context,
  };
  const file = join(server.directory, `${name}-${environment.namespace}`);
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** Runs `kubectl tc` with the kubeconfig of the test in the variable KUBECONFIG. */
function tc(...args: readonly string[]): Promise<CommandResult> {
  return plugin.run(['tc', ...args], { KUBECONFIG: kubeconfig });
}

/** What kubectl offers a shell for the last of the words after `kubectl tc`. */
async function complete(...words: readonly string[]): Promise<string> {
  return (await plugin.run(['__complete', 'tc', ...words], { KUBECONFIG: kubeconfig })).out;
}

/** Runs a command in a terminal, by script(1), and returns what it writes there. */
async function runInTerminal(command: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = { ...plugin.env, KUBECONFIG: kubeconfig, TERM: 'xterm', ...variables };
  const output = await runCommand(['script', '-qec', `stty cols 80; ${command}`, '/dev/null'], { env });
  return output.replaceAll('\r\n', '\n');
}

/** The report of a resource. */
async function report(name: string): Promise<StatusReport> {
  const { status, out, err } = await tc('status', name, '-o', 'json');
  expect([status, err]).toEqual([0, '']);
  // SAFETY: what -o json prints.
  return JSON.parse(out) as StatusReport;
}

/** Creates a resource with its children. */
async function deploy(name = 'web', spec: object = {}): Promise<Workload> {
  const { cluster, namespace } = environment;
  await environment.startSynced();
  await cluster.createConverter(namespace, name, spec);
  await environment.applied(name);
  return new Workload(cluster, namespace, name);
}

/** Makes a service account with these rules the user of the kubeconfig. */
async function grant(...rules: readonly object[]): Promise<void> {
  const { cluster, namespace } = environment;
  const group = 'rbac.authorization.k8s.io';
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'user' } });
  await cluster.create({ apiVersion: `${group}/v1`, kind: 'Role', metadata: { namespace, name: 'user' }, rules });
  await cluster.create({
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace, name: 'user' },
    roleRef: { apiGroup: group, kind: 'Role', name: 'user' },
    subjects: [{ kind: 'ServiceAccount', namespace, name: 'user' }],
  });
  kubeconfig = await writeKubeconfig('user', {
    user: { token: await requestToken(cluster, { namespace, name: 'user' }) },
  });
}

describe('kubectl tc', () => {
  it('is listed among the plugins of kubectl', async () => {
    const { out } = await plugin.run(['plugin', 'list']);
    expect(out).toContain('kubectl-tc');
    expect(out).not.toContain('warning');
  });

  it.each([
    [['version'], /^kubectl-tc \d+\.\d+\.\d+\n$/u],
    [['--help'], /Usage: kubectl tc COMMAND/u],
    [['status', '--help'], /Usage: kubectl tc status \[NAME\]/u],
  ])('runs %j', async (args, expected) => {
    const { status, out, err } = await tc(...args);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(expected);
  });

  it('rejects an unknown command with exit status 2', async () => {
    expect(await tc('stauts')).toMatchObject({ status: 2, err: expect.stringContaining('unknown command "stauts"') });
  });

  it('completes commands and names in a shell', async () => {
    const { cluster, namespace } = environment;
    await cluster.createConverter(namespace, 'weather');
    expect(await complete('st')).toBe('status\tshow one TemperatureConverter on a screen, or list all\n:4\n');
    expect(await complete('status', 'w')).toBe('weather\n:4\n');
    expect(await complete('status', '-n', namespace.slice(0, -1))).toBe(`${namespace}\n:4\n`);
  });
});

describe('kubectl tc status', () => {
  it('lists the resources of the namespace of the context, of another one, and of all', async () => {
    const { cluster, namespace } = environment;
    const other = await cluster.createNamespace();
    const workload = await deploy();
    await cluster.createConverter(other, 'elsewhere');
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
    const url = `http://web.${namespace}.svc:80`;
    const own = new RegExp(
      `^NAME +READY +REASON +REPLICAS +AGE +URL\\nweb +True +Ready +1/1 +\\d+s +${url.replaceAll('.', '\\.')}\\n$`,
      'u',
    );
    expect((await tc('status')).out).toMatch(own);
    expect((await tc('-n', other, 'status')).out).toMatch(/^NAME.*\nelsewhere +Unknown +Pending +0\/0 +\d+s\n$/u);
    const all = (await tc('status', '-A')).out;
    expect(all).toMatch(new RegExp(`^NAMESPACE +NAME`, 'u'));
    expect(all).toMatch(new RegExp(`^${namespace} +web `, 'mu'));
    expect(all).toMatch(new RegExp(`^${other} +elsewhere `, 'mu'));
    const { items } = load((await tc('status', '-o', 'yaml')).out) as { items: readonly object[] };
    expect(items).toMatchObject([{ namespace, name: 'web', ready: 'True', readyReplicas: 1, url }]);
  });

  it('says that there are none, with exit status 0', async () => {
    expect(await tc('status')).toEqual({
      status: 0,
      out: '',
      err: `No TemperatureConverters found in namespace ${environment.namespace}.\n`,
    });
  });
});

describe('kubectl tc status NAME', () => {
  it('shows a resource with its children, pods, autoscaler and events', async () => {
    const { cluster, namespace } = environment;
    const workload = await deploy();
    await workload.reportReplicas(1, 1);
    await workload.createPod('web-6f9c7d54b8-2xkqz');
    await workload.reportContainer('web-6f9c7d54b8-2xkqz', {
      ready: true,
      restartCount: 2,
      // SAFETY: what a kubelet reports beyond what the operator reads.
      state: { running: { startedAt: STARTED_AT } } as object,
    });
    await workload.reportAutoscaler([{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' }]);
    await environment.condition('web', 'Ready', { status: 'True' });
    const { status, out, err } = await tc('status', 'web');
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n')[0]).toBe(`TemperatureConverter ${namespace}/web`);
    expect(out).toMatch(/^Ready: +True \(Ready\)$/mu);
    for (const type of ['Ready', 'Reconciled', 'Available', 'Autoscaling']) {
      expect(out).toMatch(new RegExp(`^  ${type} +True +\\w+ +\\d+s +\\S`, 'mu'));
    }
    expect(out).toMatch(/^ {2}Deployment +web +\d+s +1\/1 available$/mu);
    expect(out).toMatch(/^ {2}Service +web +\d+s +ClusterIP 10\.96\.\d+\.\d+, port 80$/mu);
    expect(out).toMatch(/^ {2}HorizontalPodAutoscaler +web +\d+s +0 of 1 to 5 replicas$/mu);
    expect(out).toMatch(/^ {2}web-6f9c7d54b8-2xkqz +1\/1 +Pending +2 +\d+s +no node$/mu);
    expect(out).toMatch(/^ {4}converter +yes +Running +2 +/mu);
    expect(out).toMatch(/^ {2}Replicas: +0 current, 0 desired, 1 to 5 allowed$/mu);
    expect(out).toMatch(new RegExp(`Normal +Ready +TemperatureConverter/web: `, 'u'));
    const { items } = await cluster.client.send<{ items: readonly object[] }>({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events`,
    });
    expect((await report('web')).events).toHaveLength(items.length);
  });

  it('shows what it does not find: a child that is missing, one of another owner, a paused resource', async () => {
    const { cluster, namespace } = environment;
    const ports = [{ port: 80 }];
    await cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name: 'web' }, spec: { ports } });
    await cluster.createConverter(namespace, 'web', { paused: true, podDisruptionBudget: { maxUnavailable: 1 } });
    const { conditions, children, pods, autoscaler } = await report('web');
    expect(conditions).toMatchObject([{ type: 'Ready', status: 'Unknown', reason: 'Pending' }]);
    expect(children.map(({ kind, state }) => [kind, state])).toEqual([
      ['Deployment', 'does not exist'],
      ['Service', 'exists, but no TemperatureConverter controls it'],
      ['HorizontalPodAutoscaler', 'does not exist'],
      ['PodDisruptionBudget', 'does not exist'],
    ]);
    expect([pods, autoscaler]).toEqual([[], undefined]);
    await environment.startSynced();
    await environment.condition('web', 'Paused', { status: 'True' });
    expect((await tc('status', 'web')).out).toMatch(/^Ready: +Unknown \(Paused\)$/mu);
  });

  it('shows a resource that is being deleted', async () => {
    const { cluster, namespace } = environment;
    await cluster.createConverter(namespace, 'web', {}, { finalizers: ['example.com/backup'] });
    await cluster.delete('TemperatureConverter', namespace, 'web');
    expect((await tc('status', 'web')).out).toMatch(/^Being deleted for \d+s; finalizers: example\.com\/backup\.$/mu);
    expect((await tc('status')).out).toMatch(/^web +Unknown +Deleting /mu);
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { metadata: { finalizers: null } });
  });

  it('of a resource that does not exist fails with exit status 1', async () => {
    const { namespace } = environment;
    const err = `error: TemperatureConverter "nothing" does not exist in namespace ${namespace}\n`;
    expect(await tc('status', 'nothing')).toEqual({ status: 1, out: '', err });
    expect(await tc('status', '../nothing')).toMatchObject({ status: 2 });
  });
});

describe('on a terminal of 80 columns', () => {
  it('wraps its lines and has colors, unless NO_COLOR is set', async () => {
    await deploy('web', { image: 'registry.example.com/a-team-with-a-long-name/a-converter-with-a-long-name:1.0.0' });
    const plain = await runInTerminal('kubectl tc status web', { NO_COLOR: '1' });
    expect(plain).not.toContain('\u001B');
    expect(plain).toMatch(/^ {2}Ready +False +Progressing +\d+s +Pods are starting/mu);
    expect(plain.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const colored = await runInTerminal('kubectl tc status web');
    expect(colored).toContain('\u001B[31mFalse\u001B[39m');
    const isWider = (await tc('status', 'web')).out.split('\n').some((line) => line.length > 80);
    expect(isWider).toBe(true);
  });

  it('draws --watch in place', async () => {
    const { cluster, namespace } = environment;
    await cluster.createConverter(namespace, 'web');
    const interrupted = 'timeout --foreground --preserve-status --signal INT 6 kubectl tc status --watch';
    const [start, ...screens] = (await runInTerminal(interrupted)).split('\u001B[H');
    expect(start).toBe('\u001B[2J');
    expect(screens.length).toBeGreaterThanOrEqual(2);
    for (const screen of screens) expect(screen).toMatch(/\nweb +.*Unknown.* +Pending /u);
  });
});

describe('the kubeconfig', () => {
  it('is that of --kubeconfig, before the variable KUBECONFIG', async () => {
    const { cluster, namespace } = environment;
    await cluster.createConverter(namespace, 'web');
    const args = ['tc', 'status', '--kubeconfig', kubeconfig];
    expect((await plugin.run(args, { KUBECONFIG: '/nowhere' })).out).toMatch(/^web /mu);
    expect((await plugin.run(['tc', '--kubeconfig', kubeconfig, 'status'])).out).toMatch(/^web /mu);
  });

  it('is merged from the files of KUBECONFIG as kubectl does, and --context selects one of its contexts', async () => {
    const { cluster, namespace } = environment;
    const other = await cluster.createNamespace();
    await cluster.createConverter(namespace, 'web');
    await cluster.createConverter(other, 'elsewhere');
    const second = await writeKubeconfig('second', { context: 'second', namespace: other });
    // Its entries have the names of those in the first file.
    const shadowed = await writeKubeconfig('shadowed', { namespace: other });
    const env = { KUBECONFIG: [kubeconfig, '/nowhere', second, shadowed].join(':') };
    for (const [flags, name] of [
      [[], 'web'],
      [['--context', 'second'], 'elsewhere'],
    ] as const) {
      expect((await plugin.run(['tc', 'status', ...flags], env)).out).toMatch(new RegExp(`^${name} `, 'mu'));
      const kubectl = await plugin.run(['get', 'tc', '-o', 'name', ...flags], env);
      expect(kubectl.out).toBe(`temperatureconverter.temperature-converter.io/${name}\n`);
    }
    expect(await plugin.run(['tc', 'status', '--context', 'third'], env)).toMatchObject({
      status: 1,
      err: 'error: the kubeconfig has no context "third"; it has: test, second\n',
    });
  });

  it('may name a program that provides the credentials', async () => {
    const { cluster, namespace, server } = environment;
    await cluster.createConverter(namespace, 'web');
    const token = server.apiServer.kubeConfig.getCurrentUser()?.token ?? '';
    const script = join(server.directory, `credentials-${namespace}`);
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
    await writeFile(script, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
    await chmod(script, 0o700);
    const exec = { apiVersion: credential.apiVersion, command: script, interactiveMode: 'Never' };
    kubeconfig = await writeKubeconfig('exec', { user: { exec } });
    expect((await tc('status')).out).toMatch(/^web /mu);
    await writeFile(script, '#!/bin/sh\necho "log in first" >&2\nexit 1\n');
    expect(await tc('status')).toMatchObject({ status: 1, err: expect.stringContaining('log in first') });
  });

  it('with credentials that the API server rejects is an error', async () => {
    kubeconfig = await writeKubeconfig('wrong', { user: { token: 'wrong' } });
    expect(await tc('status')).toEqual({
      status: 1,
      out: '',
      err: 'error: cannot read TemperatureConverters: the API server rejected the credentials of the kubeconfig (401 Unauthorized): log in again\n',
    });
  });
});

it('in a cluster without the resource says so, with exit status 1', async () => {
  await using server = await startTestServer({ crd: false });
  kubeconfig = server.apiServer.kubeconfigPath;
  for (const args of [['status'], ['status', 'web'], ['status', '-A']]) {
    expect(await tc(...args)).toEqual({
      status: 1,
      out: '',
      err: 'error: the cluster has no TemperatureConverters: install the chart, or check that --context selects the right cluster\n',
    });
  }
});

describe('a user without some rights', () => {
  const converters = { apiGroups: ['temperature-converter.io'], resources: ['temperatureconverters'] };

  it('sees the rest, and each right that is missing', async () => {
    const { namespace } = environment;
    await deploy();
    await grant({ ...converters, verbs: ['get'] }, { apiGroups: [''], resources: ['services'], verbs: ['get'] });
    const { status, out } = await tc('status', 'web');
    expect(status).toBe(0);
    expect(out).toMatch(/^ {2}Service +web +\d+s +ClusterIP /mu);
    for (const line of [
      `Deployment: not shown, the right to get deployments.apps in namespace ${namespace} is missing`,
      `HorizontalPodAutoscaler: not shown, the right to get horizontalpodautoscalers.autoscaling in namespace ${namespace} is missing`,
      `PodDisruptionBudget: not shown, the right to get poddisruptionbudgets.policy in namespace ${namespace} is missing`,
      `pods: not shown, the right to list pods in namespace ${namespace} is missing`,
      `events: not shown, the right to list events in namespace ${namespace} is missing`,
    ]) {
      expect(out).toContain(`\n  ${line}\n`);
    }
    const gaps = (await report('web')).gaps.map(({ what }) => what);
    expect(gaps).toEqual(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'pods', 'events']);
  });

  it('to the resource itself learns which one is missing, with exit status 1', async () => {
    const { namespace } = environment;
    await grant({ apiGroups: [''], resources: ['pods'], verbs: ['list'] });
    for (const [args, verb, where] of [
      [['web'], 'get', `namespace ${namespace}`],
      [[], 'list', `namespace ${namespace}`],
      [['-A'], 'list', 'all namespaces'],
    ] as const) {
      const err = `error: cannot read TemperatureConverters: the right to ${verb} temperatureconverters.temperature-converter.io in ${where} is missing\n`;
      expect(await tc('status', ...args)).toEqual({ status: 1, out: '', err });
    }
  });

  it('needs no right to write', async () => {
    const { server } = environment;
    await deploy();
    const read = ['get', 'list'];
    await grant(
      { ...converters, verbs: read },
      { apiGroups: ['', 'apps', 'autoscaling', 'policy'], resources: ['*'], verbs: read },
    );
    const { gaps } = await report('web');
    expect(gaps).toEqual([]);
    const requests = await server.audit.requests();
    const own = requests.filter(({ userAgent }) => userAgent?.endsWith('/kubectl-tc') === true);
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter(({ verb }) => !read.includes(verb))).toEqual([]);
  });
});

describe('kubectl tc status --watch', () => {
  it('prints again what has changed, survives a restart of the API server, and ends with the resource', async () => {
    const { cluster, namespace, server } = environment;
    await cluster.createConverter(namespace, 'web');
    const child = plugin.start(['tc', 'status', 'web', '--watch', '-o', 'yaml'], { KUBECONFIG: kubeconfig });
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const closed = once(child, 'close');
    const generations = (): readonly number[] =>
      loadAll(out).map((document) => (document as StatusReport).converter.generation);
    await eventually(() => expect(generations()).toEqual([1]));
    await server.apiServer.stopApiServer();
    await eventually(() => expect(err).toContain('retrying'));
    await server.apiServer.startApiServer();
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8080 } } });
    await eventually(() => expect(generations()).toEqual([1, 2]));
    await cluster.delete('TemperatureConverter', namespace, 'web');
    expect((await closed)[0]).toBe(0);
    expect(err).toContain('TemperatureConverter deleted: ');
  });

  it('ends with exit status 0 on Ctrl-C', async () => {
    const { cluster, namespace } = environment;
    await cluster.createConverter(namespace, 'web');
    const child = plugin.start(['tc', 'status', '-w'], { KUBECONFIG: kubeconfig });
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await eventually(() => expect(out).toMatch(/^web /mu));
    const closed = once(child, 'close');
    child.kill('SIGINT');
    expect(await closed).toEqual([0, null]);
  });
});
