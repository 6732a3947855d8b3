import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import { type AuditedRequest, inShort, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { settled } from '../../controller-runtime/testing/eventually.ts';
import { type CustomResourceDefinition, installCrd } from '../../controller-runtime/testing/install-crd.ts';
import { startTestServer, type TestServer } from '../../integration/testing/test-server.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { type Subject, SubjectProcess } from '../operator/subject.ts';
import { goVersions, writeResults } from '../results.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLE = join(ROOT, 'controller-runtime/examples/memcached');
const PEER = join(import.meta.dirname, 'peer');
/** Also the beginning of the peer's user agent. */
const PEER_NAME = 'memcached-peer';
const NAME = 'web';
/** A phase ends after this time without a request. */
const QUIET_MS = 2_000;
const TIMEOUT_MS = 60_000;

const { values } = parseArgs({ options: { 'rest-seconds': { type: 'string', default: '30' } } });
const restSeconds = Number(values['rest-seconds']);

interface MeasuredSubject extends Subject {
  readonly userAgent: string;
  /** Its sources by category. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

const SUBJECTS: readonly MeasuredSubject[] = [
  {
    name: 'this package',
    command: [process.execPath, join(EXAMPLE, 'main.ts')],
    userAgent: 'memcached-operator',
    sources: { written: filesIn(EXAMPLE, '*.ts', '*.test.ts'), generated: [] },
  },
  {
    name: 'controller-runtime (Go)',
    command: [join(ROOT, 'dist', PEER_NAME)],
    userAgent: PEER_NAME,
    sources: { written: filesIn(PEER, '*.go', 'zz_*.go'), generated: filesIn(PEER, 'zz_*.go') },
  },
];

type Row = readonly [name: string, value: string];

function filesIn(directory: string, pattern: string, exclude?: string): readonly string[] {
  return globSync(pattern, { cwd: directory, exclude: exclude === undefined ? [] : [exclude] }).map((file) =>
    join(directory, file),
  );
}

function linesOf(files: readonly string[]): string {
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
  const code = lines.filter((line) => !/^\s*(?:$|\/\/|\/\*|\*)/.test(line));
  return `${lines.length} (${code.length})`;
}

/** Measures one controller in a separate namespace. */
async function measure(server: TestServer, subject: MeasuredSubject): Promise<readonly Row[]> {
  const { cluster } = server;
  const namespace = await cluster.createNamespace();
  const memcached = ['Memcached', namespace, NAME] as const;
  const deployment = ['Deployment', namespace, NAME] as const;
  const start = (): SubjectProcess =>
    new SubjectProcess(subject, server.apiServer.kubeconfigPath, join(server.directory, 'subject.log'));
  const requests = async (): Promise<readonly AuditedRequest[]> =>
    (await server.audit.requests()).filter(({ userAgent }) => userAgent?.startsWith(subject.userAgent));
  const atRest = async (): Promise<readonly AuditedRequest[]> => {
    await settled(async () => (await requests()).length, { quietMs: QUIET_MS, deadlineMs: TIMEOUT_MS });
    return requests();
  };
  const createMemcached = (): Promise<unknown> =>
    cluster.create({
      apiVersion: 'cache.example.com/v1alpha1',
      kind: 'Memcached',
      metadata: { namespace, name: NAME },
      spec: { size: 3 },
    });
  const phases: Readonly<Record<string, () => Promise<unknown>>> = {
    'a Memcached is created': createMemcached,
    'its pods become available': async () => {
      const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
      await cluster.patchStatus(deployment, { observedGeneration: 1, ...counts });
    },
    'the size is edited': () => cluster.patch(memcached, { spec: { size: 5 } }),
    'port and image are edited': () =>
      cluster.patch(memcached, { spec: { containerPort: 11_212, image: 'memcached:2' } }),
    'the Deployment is scaled by hand': () => cluster.patch(deployment, { spec: { replicas: 1 } }),
    'the Service is deleted': () => cluster.delete('Service', namespace, NAME),
    [`nothing happens for ${restSeconds} s`]: () => pause(restSeconds * 1000),
  };

  const rows: Row[] = [];
  const operator = start();
  // A watch is in the audit log only once it has ended.
  await pause(QUIET_MS);
  let { length } = await atRest();
  for (const [what, happen] of Object.entries(phases)) {
    await happen();
    const all = await atRest();
    rows.push([what, describe(all.slice(length))]);
    ({ length } = all);
  }
  await operator.stop();
  ({ length } = await atRest());
  const restarted = start();
  await pause(QUIET_MS);
  await atRest();
  await restarted.stop();
  rows.push(['the controller is restarted', describe((await atRest()).slice(length))]);
  rows.push(['a Service of the same name exists already', await measureForeign(server, start, atRest)]);
  return rows;
}

/** Resolves to whether a Memcached changes an existing Service with its name. */
async function measureForeign(
  { cluster }: TestServer,
  start: () => SubjectProcess,
  atRest: () => Promise<unknown>,
): Promise<string> {
  const namespace = await cluster.createNamespace();
  const metadata = { namespace, name: NAME };
  const spec = { selector: { app: 'other' }, ports: [{ port: 80 }] };
  const foreign = await cluster.create({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  const operator = start();
  await cluster.create({
    apiVersion: 'cache.example.com/v1alpha1',
    kind: 'Memcached',
    metadata,
    spec: { size: 1 },
  });
  await pause(QUIET_MS);
  await operator.stop();
  await atRest();
  const { metadata: after } = await cluster.get('Service', namespace, NAME);
  await cluster.delete('Memcached', namespace, NAME);
  return after.resourceVersion === foreign.metadata.resourceVersion ? 'unchanged' : 'changed';
}

/** Describes requests: each write, and the number of reads, including watches that have ended. */
function describe(requests: readonly AuditedRequest[]): string {
  const writes = requests.filter(isWrite).map(({ responseStatus, ...request }) => {
    const code = responseStatus?.code ?? 0;
    return `${inShort(request).replaceAll(`/${NAME}`, '')}${code >= 400 ? ` (${code})` : ''}`;
  });
  const counts = Object.entries(Object.groupBy(writes.toSorted(), (write) => write)).map(
    ([write, { length } = []]) => `${length ?? 0} × ${write}`,
  );
  const watches = requests.filter(({ verb }) => verb === 'watch').length;
  const reads = requests.length - writes.length - watches;
  return [
    `**${writes.length}**`,
    ...counts,
    ...(reads > 0 ? [`${reads} reads`] : []),
    ...(watches > 0 ? [`${watches} watches`] : []),
  ].join(', ');
}

await runCommand(['go', 'build', '-C', PEER, '-o', join(ROOT, 'dist', PEER_NAME), '.']);
await using server = await startTestServer({ crd: false });
// SAFETY: the API server validates it.
const definition = load(readFileSync(join(EXAMPLE, 'crd.yaml'), 'utf8')) as CustomResourceDefinition;
await installCrd(server.cluster.client, definition);
const results: (readonly Row[])[] = [];
for (const subject of SUBJECTS) {
  console.error(subject.name);
  const { written = [], generated = [] } = subject.sources;
  const lines: readonly Row[] = [
    ['lines (without blank lines and comments)', linesOf(written)],
    ['lines that a generator writes', linesOf(generated)],
  ];
  results.push([...lines, ...(await measure(server, subject))]);
}
console.log(`| | ${SUBJECTS.map(({ name }) => name).join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(SUBJECTS.length)}`);
for (const [index, [name]] of (results[0] ?? []).entries()) {
  console.log(`| ${name} | ${results.map((rows) => rows[index]?.[1]).join(' | ')} |`);
}
const phases = results.map((rows) => rows.filter(([, value]) => value.startsWith('**')));
const figures = SUBJECTS.map(({ name }, index) => {
  const writes = (phases[index] ?? []).map(([phase, value]) => [phase, Number(/\d+/.exec(value)?.[0])] as const);
  return [name, Object.fromEntries(writes)] as const;
});
writeResults('memcached/results.json', Object.fromEntries(figures), goVersions(PEER));
