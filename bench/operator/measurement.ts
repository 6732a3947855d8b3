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

/** How much is measured. */
export interface Scale {
  readonly resources: number;
  readonly starts: number;
  readonly edits: number;
  readonly repairs: number;
  readonly idleSeconds: number;
}

/** What an operator costs and how fast it is. */
export interface Figures {
  /** From the start of the process until a resource that was there is complete; the median. */
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
  /** From the answer to a change of a resource's port until the Service shows it. */
  readonly edits: Changes;
  /** From the answer to a change of a Service behind the operator's back until it is put back. */
  readonly repairs: Changes;
  readonly restartWrites: number;
  readonly restartCpuSeconds: number;
  readonly restartedMib: number;
  /** One resource's children, without what differs from one server to the next. */
  readonly children: object;
}

/** How long each of a number of changes took, and the writes that they cost in all. */
export interface Changes {
  readonly tookMs: readonly number[];
  readonly writes: number;
}

const NAMESPACE = 'measured';
const ACCOUNT = { namespace: NAMESPACE, name: 'operator' };
/** Between two changes, so that the next one finds an operator at rest. */
const REST_MS = 25;
/** No write for this long is the end of a phase. */
const QUIET_MS = 3_000;
const POLL_MS = 250;
/** Each change is to a port that its Service has not had: a write of what is there already would tell nobody. */
const FIRST_PORTS = { edit: 10_000, repair: 20_000 };

interface Bench {
  readonly server: TestServer;
  readonly observed: ObservedConverters;
  readonly scale: Scale;
  start(): SubjectProcess;
}

/** Measures one operator, on an API server of its own. */
export async function measure(subject: Subject, scale: Scale): Promise<Figures> {
  await using server = await startTestServer();
  const kubeconfig = await createAccount(server);
  const observed = await ObservedConverters.start(server.cluster.client, NAMESPACE);
  const start = (): SubjectProcess => new SubjectProcess(subject, kubeconfig, join(server.directory, 'subject.log'));
  const bench: Bench = { server, observed, scale, start };
  try {
    const startSeconds = await measureStarts(bench);
    const operator = start();
    try {
      const convergence = await measureConvergence(bench, operator);
      const idle = await measureIdle(bench, operator);
      const edits = await measureChanges(bench, { count: scale.edits, firstPort: FIRST_PORTS.edit }, editPort);
      const repairs = await measureChanges(bench, { count: scale.repairs, firstPort: FIRST_PORTS.repair }, repairPort);
      await operator.stop();
      const restart = await measureRestart(bench);
      return { startSeconds, ...convergence, ...idle, edits, repairs, ...restart, children: await readChildren(bench) };
    } finally {
      await operator.stop();
    }
  } finally {
    observed.stop();
  }
}

/** Makes a service account that may do anything, so that the API server's fairness holds for it; gives its kubeconfig. */
async function createAccount(server: TestServer): Promise<string> {
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
  const config = await kubeConfigOf(server, { token: await requestToken(cluster, ACCOUNT) });
  const file = join(server.directory, 'subject.kubeconfig');
  await writeFile(file, config.exportConfig());
  return file;
}

async function measureStarts(bench: Bench): Promise<number> {
  const { cluster } = bench.server;
  const seconds: number[] = [];
  for (let count = 0; count < bench.scale.starts; count += 1) {
    const name = `start-${count}`;
    await cluster.createConverter(NAMESPACE, name);
    const completed = bench.observed.when(name, isComplete);
    const operator = bench.start();
    seconds.push(((await completed) - operator.startedMs) / 1000);
    await operator.stop();
    for (const kind of ['TemperatureConverter', 'Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
      await cluster.delete(kind, NAMESPACE, name);
    }
  }
  return median(seconds);
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measureConvergence(
  bench: Bench,
  operator: SubjectProcess,
): Promise<Pick<Figures, Extract<keyof Figures, `converge${string}`> | 'emptyMib'>> {
  const { server, observed, scale } = bench;
  const writesBefore = await comeToRest(bench);
  const emptyMib = operator.residentMib();
  const cpuBefore = operator.cpuSeconds();
  const serverCpuBefore = await serverCpuSeconds(server);
  const names = namesOf(scale.resources);
  const completions = names.map((name) => observed.when(name, isComplete));
  const begunMs = performance.now();
  await mapConcurrently(names, (name) => server.cluster.createConverter(NAMESPACE, name));
  const completedMs = await Promise.all(completions);
  const writes = await comeToRest(bench);
  return {
    convergeSeconds: (Math.max(...completedMs) - begunMs) / 1000,
    convergeCpuSeconds: operator.cpuSeconds() - cpuBefore,
    convergeServerCpuSeconds: (await serverCpuSeconds(server)) - serverCpuBefore,
    convergeWrites: writes - writesBefore,
    emptyMib,
    convergedMib: operator.residentMib(),
  };
}

async function measureIdle(
  bench: Bench,
  operator: SubjectProcess,
): Promise<Pick<Figures, 'idleWrites' | 'idleCpuSeconds'>> {
  const writesBefore = await countWrites(bench);
  const cpuBefore = operator.cpuSeconds();
  await pause(bench.scale.idleSeconds * 1000);
  return {
    idleCpuSeconds: operator.cpuSeconds() - cpuBefore,
    idleWrites: (await countWrites(bench)) - writesBefore,
  };
}

/** Changes `count` resources, spread over all, one after the other. */
async function measureChanges(
  bench: Bench,
  { count, firstPort }: { count: number; firstPort: number },
  change: (bench: Bench, name: string, port: number) => Promise<number>,
): Promise<Changes> {
  const { resources } = bench.scale;
  const writesBefore = await countWrites(bench);
  const tookMs: number[] = [];
  for (let index = 0; index < Math.min(count, resources); index += 1) {
    const name = nameOf(Math.floor((index * resources) / count));
    tookMs.push(Math.max(0, await change(bench, name, firstPort + index)));
    await pause(REST_MS);
  }
  return { tookMs, writes: (await comeToRest(bench)) - writesBefore };
}

async function editPort({ server, observed }: Bench, name: string, port: number): Promise<number> {
  const shown = observed.when(name, ({ Service }) => Service?.port === port);
  const completed = observed.when(name, (state) => state.Service?.port === port && isComplete(state));
  await server.cluster.patch(['TemperatureConverter', NAMESPACE, name], { spec: { service: { port } } });
  const answeredMs = performance.now();
  const [shownMs] = await Promise.all([shown, completed]);
  return shownMs - answeredMs;
}

async function repairPort({ server, observed }: Bench, name: string, port: number): Promise<number> {
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
  const answeredMs = performance.now();
  return (await repaired) - answeredMs;
}

async function measureRestart(bench: Bench): Promise<Pick<Figures, Extract<keyof Figures, `restart${string}`>>> {
  const writesBefore = await countWrites(bench);
  const operator = bench.start();
  try {
    const writes = await comeToRest(bench);
    return {
      restartWrites: writes - writesBefore,
      restartCpuSeconds: operator.cpuSeconds(),
      restartedMib: operator.residentMib(),
    };
  } finally {
    await operator.stop();
  }
}

/** Resolves to the number of writes so far, once there are no more for a while. */
async function comeToRest(bench: Bench): Promise<number> {
  let writes = await countWrites(bench);
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < QUIET_MS) {
    await pause(POLL_MS);
    const now = await countWrites(bench);
    if (now !== writes) sinceMs = performance.now();
    writes = now;
  }
  return writes;
}

async function countWrites({ server }: Bench): Promise<number> {
  const username = `system:serviceaccount:${ACCOUNT.namespace}:${ACCOUNT.name}`;
  const requests = await server.audit.requests();
  return requests.filter((request) => request.user.username === username && isWrite(request)).length;
}

/** CPU time of the API server so far. */
async function serverCpuSeconds({ cluster }: TestServer): Promise<number> {
  const response = await cluster.client.open({ method: 'GET', path: '/metrics' }, AbortSignal.timeout(30_000));
  const seconds = /^process_cpu_seconds_total (\S+)$/m.exec(await text(response))?.[1];
  if (seconds === undefined) throw new Error('the API server does not tell what CPU time it took');
  return Number(seconds);
}

/** The children of the last resource, which no edit and no repair has been at for long. */
async function readChildren({ server, scale }: Bench): Promise<object> {
  const children = await server.cluster.children(NAMESPACE, nameOf(scale.resources - 1));
  return Object.fromEntries(Object.entries(children).map(([kind, child]) => [kind, trimChild(child)]));
}

/** What a child is to be, without what its server has given it. */
function trimChild({ metadata, spec }: LiveObject): object {
  const { clusterIP: _ip, clusterIPs: _ips, ...given } = spec ?? {};
  return { labels: metadata.labels, spec: given };
}

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => nameOf(index));
}

function nameOf(index: number): string {
  return `converter-${index}`;
}
