import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { mapConcurrently } from '../../integration/testing/map-concurrently.ts';
import { isWrite } from '../../controller-runtime/testing/audit-log.ts';
import type { LiveObject } from '../../integration/testing/cluster.ts';
import { kubeConfigOf, requestToken } from '../../integration/testing/chart-service-account.ts';
import { startTestServer, type TestServer } from '../../integration/testing/test-server.ts';
import { isComplete, ObservedConverters } from './observed-converters.ts';
import { type Subject, SubjectProcess } from './subject.ts';

/** The size of a measurement. */
export interface Scale {
  readonly resources: number;
  readonly starts: number;
  readonly edits: number;
  readonly repairs: number;
  readonly idleSeconds: number;
}

/** The measured costs and latencies of an operator. */
export interface Figures {
  /** From the start of the process until an existing resource is complete; the median. */
  readonly startSeconds: number;
  /** From the first creation until the last resource is complete. */
  readonly convergeSeconds: number;
  readonly convergeCpuSeconds: number;
  readonly convergeServerCpuSeconds: number;
  readonly convergeWrites: number;
  readonly emptyMib: number;
  readonly convergedMib: number;
  readonly idleWrites: number;
  readonly idleCpuSeconds: number;
  /** From the response to a change of a resource's port until the Service has it. */
  readonly edits: Changes;
  /** From the response to a change of a Service by another client until it is repaired. */
  readonly repairs: Changes;
  readonly restartWrites: number;
  readonly restartCpuSeconds: number;
  readonly restartedMib: number;
  /** One resource's children, without fields that differ between servers. */
  readonly children: object;
}

/** The duration of each change, and the number of writes for all of them. */
export interface Changes {
  readonly tookMs: readonly number[];
  readonly writes: number;
}

const NAMESPACE = 'measured';
const ACCOUNT = { namespace: NAMESPACE, name: 'operator' };
/** The pause between two changes, so that the operator is idle at each. */
const PAUSE_MS = 25;
/** A phase ends after this time without a write. */
const QUIET_MS = 3_000;
const POLL_MS = 250;
/** Each change sets a new port, because a write without a change causes no watch event. */
const FIRST_PORTS = { edit: 10_000, repair: 20_000 };

interface Environment {
  readonly server: TestServer;
  readonly observed: ObservedConverters;
  readonly scale: Scale;
  start(): SubjectProcess;
}

/** Measures one operator on a new API server. */
export async function measure(subject: Subject, scale: Scale): Promise<Figures> {
  await using server = await startTestServer();
  const kubeconfig = await createServiceAccount(server);
  const observed = await ObservedConverters.start(server.cluster.client, NAMESPACE);
  const start = (): SubjectProcess => new SubjectProcess(subject, kubeconfig, join(server.directory, 'subject.log'));
  const environment: Environment = { server, observed, scale, start };
  try {
    const startSeconds = await measureStarts(environment);
    const operator = start();
    try {
      const convergence = await measureConvergence(environment, operator);
      const idle = await measureIdle(environment, operator);
      const edits = await measureChanges(environment, { count: scale.edits, firstPort: FIRST_PORTS.edit }, editPort);
      const repairs = await measureChanges(
        environment,
        { count: scale.repairs, firstPort: FIRST_PORTS.repair },
        repairPort,
      );
      await operator.stop();
      const restart = await measureRestart(environment);
      return {
        startSeconds,
        ...convergence,
        ...idle,
        edits,
        repairs,
        ...restart,
        children: await readChildren(environment),
      };
    } finally {
      await operator.stop();
    }
  } finally {
    observed.stop();
  }
}

/** Creates a service account that is cluster-admin but subject to API priority and fairness; returns its kubeconfig. */
async function createServiceAccount(server: TestServer): Promise<string> {
  const { cluster } = server;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT });
  await cluster.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: ACCOUNT.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...ACCOUNT }],
  });
  const config = kubeConfigOf(server, { token: await requestToken(cluster, ACCOUNT) });
  const file = join(server.directory, 'subject.kubeconfig');
  await writeFile(file, config.exportConfig());
  return file;
}

async function measureStarts(environment: Environment): Promise<number> {
  const { cluster } = environment.server;
  const seconds: number[] = [];
  for (let count = 0; count < environment.scale.starts; count += 1) {
    const name = `start-${count}`;
    await cluster.createConverter(NAMESPACE, name);
    const completed = environment.observed.when(name, isComplete);
    const operator = environment.start();
    seconds.push(((await completed) - operator.startedMs) / 1000);
    await operator.stop();
    for (const kind of ['TemperatureConverter', 'Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
      await cluster.delete(kind, NAMESPACE, name);
    }
  }
  return median(seconds);
}

/** The median; the upper one of an even number. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measureConvergence(
  environment: Environment,
  operator: SubjectProcess,
): Promise<Pick<Figures, Extract<keyof Figures, `converge${string}`> | 'emptyMib'>> {
  const { server, observed, scale } = environment;
  const writesBefore = await waitUntilQuiet(environment);
  const emptyMib = operator.residentMib();
  const cpuBefore = operator.cpuSeconds();
  const serverCpuBefore = await serverCpuSeconds(server);
  const names = namesOf(scale.resources);
  const completions = names.map((name) => observed.when(name, isComplete));
  const startedMs = performance.now();
  await mapConcurrently(names, (name) => server.cluster.createConverter(NAMESPACE, name));
  const completedMs = await Promise.all(completions);
  const writes = await waitUntilQuiet(environment);
  return {
    convergeSeconds: (Math.max(...completedMs) - startedMs) / 1000,
    convergeCpuSeconds: operator.cpuSeconds() - cpuBefore,
    convergeServerCpuSeconds: (await serverCpuSeconds(server)) - serverCpuBefore,
    convergeWrites: writes - writesBefore,
    emptyMib,
    convergedMib: operator.residentMib(),
  };
}

async function measureIdle(
  environment: Environment,
  operator: SubjectProcess,
): Promise<Pick<Figures, 'idleWrites' | 'idleCpuSeconds'>> {
  const writesBefore = await countWrites(environment);
  const cpuBefore = operator.cpuSeconds();
  await pause(environment.scale.idleSeconds * 1000);
  return {
    idleCpuSeconds: operator.cpuSeconds() - cpuBefore,
    idleWrites: (await countWrites(environment)) - writesBefore,
  };
}

/** Changes `count` resources, evenly spread over all, one after the other. */
async function measureChanges(
  environment: Environment,
  { count, firstPort }: { count: number; firstPort: number },
  change: (environment: Environment, name: string, port: number) => Promise<number>,
): Promise<Changes> {
  const { resources } = environment.scale;
  const writesBefore = await countWrites(environment);
  const tookMs: number[] = [];
  for (let index = 0; index < Math.min(count, resources); index += 1) {
    const name = nameOf(Math.floor((index * resources) / count));
    tookMs.push(Math.max(0, await change(environment, name, firstPort + index)));
    await pause(PAUSE_MS);
  }
  return { tookMs, writes: (await waitUntilQuiet(environment)) - writesBefore };
}

async function editPort({ server, observed }: Environment, name: string, port: number): Promise<number> {
  const updated = observed.when(name, ({ Service }) => Service?.port === port);
  const completed = observed.when(name, (state) => state.Service?.port === port && isComplete(state));
  await server.cluster.patch(['TemperatureConverter', NAMESPACE, name], { spec: { service: { port } } });
  const respondedMs = performance.now();
  const [updatedMs] = await Promise.all([updated, completed]);
  return updatedMs - respondedMs;
}

async function repairPort({ server, observed }: Environment, name: string, port: number): Promise<number> {
  const wanted = observed.state(name).Service?.port;
  let isChanged = false;
  const repaired = observed.when(name, ({ Service }) => {
    isChanged ||= Service?.port === port;
    return isChanged && Service?.port === wanted;
  });
  await server.cluster.client.send({
    method: 'PATCH',
    path: `/api/v1/namespaces/${NAMESPACE}/services/${name}`,
    body: [{ op: 'replace', path: '/spec/ports/0/port', value: port }],
    bodyType: 'application/json-patch+json',
  });
  const respondedMs = performance.now();
  return (await repaired) - respondedMs;
}

async function measureRestart(
  environment: Environment,
): Promise<Pick<Figures, Extract<keyof Figures, `restart${string}`>>> {
  const writesBefore = await countWrites(environment);
  const operator = environment.start();
  try {
    const writes = await waitUntilQuiet(environment);
    return {
      restartWrites: writes - writesBefore,
      restartCpuSeconds: operator.cpuSeconds(),
      restartedMib: operator.residentMib(),
    };
  } finally {
    await operator.stop();
  }
}

/** Waits for a time without writes; resolves to the number of writes so far. */
async function waitUntilQuiet(environment: Environment): Promise<number> {
  let writes = await countWrites(environment);
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < QUIET_MS) {
    await pause(POLL_MS);
    const now = await countWrites(environment);
    if (now !== writes) sinceMs = performance.now();
    writes = now;
  }
  return writes;
}

async function countWrites({ server }: Environment): Promise<number> {
  const username = `system:serviceaccount:${ACCOUNT.namespace}:${ACCOUNT.name}`;
  const requests = await server.audit.requests();
  return requests.filter((request) => request.user.username === username && isWrite(request)).length;
}

/** The CPU time of the API server so far. */
async function serverCpuSeconds({ cluster }: TestServer): Promise<number> {
  const response = await cluster.client.open({ method: 'GET', path: '/metrics' }, AbortSignal.timeout(30_000));
  const seconds = /^process_cpu_seconds_total (\S+)$/m.exec(await text(response))?.[1];
  if (seconds === undefined) throw new Error('the API server has no metric process_cpu_seconds_total');
  return Number(seconds);
}

/** The children of the last resource. */
async function readChildren({ server, scale }: Environment): Promise<object> {
  const children = await server.cluster.children(NAMESPACE, nameOf(scale.resources - 1));
  return Object.fromEntries(Object.entries(children).map(([kind, child]) => [kind, trimChild(child)]));
}

/** The labels and spec of a child without allocated fields. */
function trimChild({ metadata, spec }: LiveObject): object {
  const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec ?? {};
  return { labels: metadata.labels, spec: rest };
}

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => nameOf(index));
}

function nameOf(index: number): string {
  return `converter-${index}`;
}
