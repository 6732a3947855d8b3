import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { findBinaries } from '../integration/testing/test-server.ts';
import { buildPackage } from '../scripts/build-package.ts';
import { collectionPath, objectPath, type Resource } from './object/resource.ts';
import { type ApiServer, eventually, installCrd, startApiServer } from './testing/index.ts';

/** The timeout for two installations and a compilation on a busy machine. */
const SET_UP_MS = 300_000;
const TEST_MS = 120_000;
const ROOT = join(import.meta.dirname, '..');
const README = join(import.meta.dirname, 'README.md');

const WEBSITES: Resource = { group: 'example.com', version: 'v1', plural: 'websites' };
const DEPLOYMENTS: Resource = { group: 'apps', version: 'v1', plural: 'deployments' };

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'websites.example.com' },
  spec: {
    group: WEBSITES.group,
    scope: 'Namespaced',
    names: { kind: 'Website', plural: WEBSITES.plural },
    versions: [
      {
        name: WEBSITES.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** A user's test with `controller-runtime/testing`. */
const TESTING_EXAMPLE = `
import { loadKubeConfig } from 'controller-runtime';
import { AdjustableClock, eventually, FakeClock, FakeServer, FaultProxy, RecordedLog, startApiServer } from 'controller-runtime/testing';

await using server = await startApiServer();
const proxy = await FaultProxy.start(loadKubeConfig({ kubeconfig: server.kubeconfigPath }));
await server.client.send({ method: 'GET', path: '/api/v1/nodes' });
await proxy.close();
const requests = await eventually(() => server.audit.requests());
console.log(requests.filter(({ objectRef }) => objectRef?.resource === 'nodes').length);
console.log([AdjustableClock, FakeClock, FakeServer, RecordedLog].length);
`;

/** Strict, and checks the types of the package. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
  },
};
/** A dependency of client-node imports the types of a package that it does not list as a dependency. */
const AMBIENT_TYPES = `declare module 'ws' {
  class WebSocket {}
  namespace WebSocket {
    type ClientOptions = object;
  }
  export = WebSocket;
}
`;

let directory = '';
let binaries = '';
let server: ApiServer;
let files: readonly string[] = [];
let operator: ChildProcess | undefined;

beforeAll(async () => {
  binaries = await findBinaries();
  directory = await mkdtemp(join(tmpdir(), 'package-test-'));
  const [archive] = await Promise.all([pack(), start()]);
  for (const project of ['typescript', 'javascript']) await install(join(directory, project), archive);
}, SET_UP_MS);

afterEach(async () => {
  if (operator?.exitCode === null && operator.signalCode === null) {
    operator.kill('SIGKILL');
    await once(operator, 'exit');
  }
  operator = undefined;
});

afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('the archive', () => {
  it('contains modules with their types, and no sources, tests or test support of this repository', () => {
    expect(files).toEqual(expect.arrayContaining(['index.js', 'index.d.ts', 'testing/index.js', 'testing/index.d.ts']));
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']));
    const modules = files.filter((file) => file.endsWith('.js'));
    const types = files.filter((file) => file.endsWith('.d.ts'));
    expect(types.map((file) => file.replace(/\.d\.ts$/u, '.js'))).toEqual(modules);
    expect(files.length - modules.length - types.length).toBe(4);
    expect(files.filter((file) => /test\.|test-environment|observed-store/u.test(file))).toEqual([]);
  });
});

describe('the README', () => {
  it('links only to existing files of this repository', async () => {
    const text = await readFile(README, 'utf8');
    const links = [...text.matchAll(/\]\((?<path>[^):]+)\)/gu)].map(({ groups }) => groups?.['path'] ?? '');
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((link) => !existsSync(join(import.meta.dirname, link)))).toEqual([]);
  });
});

describe("the README's example, with the archive installed", () => {
  it(
    'compiles in an empty TypeScript project, and works',
    async () => {
      const project = join(directory, 'typescript');
      await writeFile(join(project, 'operator.ts'), await readExample());
      await compile(project);
      await expectOperatorToWork(join(project, 'operator.js'), 'typescript');
    },
    TEST_MS,
  );

  it(
    'works in an empty JavaScript project',
    async () => {
      const file = join(directory, 'javascript', 'operator.js');
      await writeFile(file, stripTypeScriptTypes(await readExample()));
      await expectOperatorToWork(file, 'javascript');
    },
    TEST_MS,
  );
});

describe('controller-runtime/testing, with the archive installed', () => {
  it(
    'compiles, and starts the API server that KUBEBUILDER_ASSETS names',
    async () => {
      const project = join(directory, 'typescript');
      await writeFile(join(project, 'testing.ts'), TESTING_EXAMPLE);
      await compile(project);
      const env = { ...process.env, KUBEBUILDER_ASSETS: binaries };
      expect(await runCommand([process.execPath, join(project, 'testing.js')], { env })).toBe('1\n4\n');
    },
    TEST_MS,
  );
});

/** Builds and packs the package. Resolves to the path of the archive. */
async function pack(): Promise<string> {
  const built = join(directory, 'built');
  await buildPackage(built);
  const options = { cwd: directory, env: npmEnvironment() };
  // SAFETY: npm's own format.
  const [packed] = JSON.parse(await runCommand(['npm', 'pack', '--json', built], options)) as {
    filename: string;
    files: { path: string }[];
  }[];
  files = packed?.files.map(({ path }) => path).toSorted() ?? [];
  return join(directory, packed?.filename ?? '');
}

/** Starts an API server that serves Websites. */
async function start(): Promise<void> {
  server = await startApiServer({ binaries });
  await installCrd(server.client, DEFINITION);
}

async function install(project: string, archive: string): Promise<void> {
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `--prefix=${project}`];
  await runCommand(['npm', 'install', ...flags, archive], { cwd: project, env: npmEnvironment() });
}

/** Omits the variables that `npm run` sets for this repository, so that npm works in another project. */
function npmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?:config_(?:local_)?prefix|package|lifecycle)/iu.test(name)),
  );
}

async function compile(project: string): Promise<void> {
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await writeFile(join(project, 'ambient.d.cts'), AMBIENT_TYPES);
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await runCommand([process.execPath, tsc, '--project', project]);
}

/** The TypeScript of the README's first code block. */
async function readExample(): Promise<string> {
  const text = await readFile(README, 'utf8');
  const code = /^```ts\n(?<code>.*?)^```$/msu.exec(text)?.groups?.['code'];
  if (code === undefined) throw new Error('README.md has no TypeScript');
  return code;
}

/** Runs an operator, and changes its objects as users and other controllers do. */
async function expectOperatorToWork(file: string, namespace: string): Promise<void> {
  const { client, kubeconfigPath } = server;
  await client.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  const output: string[] = [];
  operator = spawn(process.execPath, [file], { env: { ...process.env, KUBECONFIG: kubeconfigPath } });
  for (const stream of [operator.stdout, operator.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const read = (resource: Resource): Promise<LiveObject> =>
    client.send<LiveObject>({ method: 'GET', path: objectPath(resource, namespace, 'blog') });
  const untilStatus = (status: object): Promise<void> =>
    eventually(async () => expect({ ...(await read(WEBSITES)), output }).toMatchObject({ status }));

  const website = {
    apiVersion: 'example.com/v1',
    kind: 'Website',
    metadata: { name: 'blog' },
    spec: { image: 'blog:1' },
  };
  await client.send({ method: 'POST', path: collectionPath(WEBSITES, namespace), body: website });
  await untilStatus({ readyReplicas: 0 });
  const { metadata } = await read(DEPLOYMENTS);
  await patch(objectPath(DEPLOYMENTS, namespace, 'blog', 'status'), { status: { replicas: 2, readyReplicas: 2 } });
  await untilStatus({ readyReplicas: 2 });
  await patch(objectPath(WEBSITES, namespace, 'blog'), { spec: { image: 'blog:2' } });
  await eventually(async () => expect(JSON.stringify(await read(DEPLOYMENTS))).toContain('"image":"blog:2"'));
  await client.send({ method: 'DELETE', path: objectPath(DEPLOYMENTS, namespace, 'blog') });
  await eventually(async () => expect((await read(DEPLOYMENTS)).metadata.uid).not.toBe(metadata.uid));

  const exited = once(operator, 'exit');
  operator.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}

interface LiveObject {
  readonly metadata: { readonly uid: string };
}

async function patch(path: string, body: object): Promise<void> {
  await server.client.send({ method: 'PATCH', path, body, bodyType: 'application/merge-patch+json' });
}
