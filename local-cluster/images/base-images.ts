import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../host/find-program.ts';
import { runCommand } from '../process/run-command.ts';
import { type BuildContext, type ContextEntry, entriesBelow } from './build-context.ts';
import { buildBase } from './built-image.ts';
import { imageCacheDirectory } from './buildah.ts';
import { librariesOf } from './shared-libraries.ts';

/** Image references for the build arguments BUILD_IMAGE and RUNTIME_IMAGE, built from files on this machine. */
export interface BaseImages {
  /** Replaces the official node image: node, npm and a shell. */
  readonly buildImage: string;
  /** Replaces distroless' node image: the entry point /nodejs/bin/node, as user 65532, without a shell. */
  readonly runtimeImage: string;
}

const REPOSITORY = join(import.meta.dirname, '..', '..');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const NPM_VERSION = '11.19.1';

/** Builds both base images unless they exist, without images from a registry. */
export async function buildBaseImages(log: (line: string) => void, signal?: AbortSignal): Promise<BaseImages> {
  const node = pinnedNode();
  return {
    runtimeImage: await buildBase(
      'temperature-converter-runtime-base',
      await runtimeContext(node, signal),
      log,
      signal,
    ),
    buildImage: await buildBase('temperature-converter-build-base', await buildContext(node, log, signal), log, signal),
  };
}

/** The Node.js of package.json, which the tests run on, and not the installed one. */
function pinnedNode(): string {
  const node = join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(node)) throw new Error('node_modules has no Node.js: run `npm ci` first.');
  return node;
}

async function runtimeContext(node: string, signal?: AbortSignal): Promise<BuildContext> {
  return {
    dockerfile: `FROM scratch
COPY root/ /
USER 65532:65532
WORKDIR /home/nonroot
ENV PATH=/nodejs/bin:/usr/bin:/bin SSL_CERT_FILE=${CERTIFICATES}
ENTRYPOINT ["/nodejs/bin/node"]
`,
    buildArguments: {},
    entries: [...(await nodeFiles(node, '/nodejs/bin/node', signal)), ...systemFiles()],
  };
}

async function buildContext(node: string, log: (line: string) => void, signal?: AbortSignal): Promise<BuildContext> {
  const busybox = findProgram('busybox') ?? 'busybox';
  const npm = await unpackNpm(log, signal);
  return {
    dockerfile: `FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=${CERTIFICATES}
CMD ["/bin/sh"]
`,
    buildArguments: {},
    entries: [
      ...(await nodeFiles(node, '/usr/local/bin/node', signal)),
      ...systemFiles(),
      { path: 'root/bin/busybox', copyOf: busybox },
      ...(await librariesOf(busybox, 'root', signal)),
      ...(await busyboxLinks(busybox, signal)),
      ...entriesBelow(npm, 'node_modules/npm', 'root/usr/local/lib'),
      { path: 'root/usr/local/bin/npm', linkTo: '../lib/node_modules/npm/bin/npm-cli.js' },
      { path: 'root/usr/local/bin/npx', linkTo: '../lib/node_modules/npm/bin/npx-cli.js' },
      { path: 'root/usr/local/etc/npmrc', text: await npmSettings(signal) },
    ],
  };
}

async function nodeFiles(node: string, path: string, signal?: AbortSignal): Promise<ContextEntry[]> {
  return [{ path: `root${path}`, copyOf: node }, ...(await librariesOf(node, 'root', signal))];
}

function systemFiles(): ContextEntry[] {
  return [
    { path: `root${CERTIFICATES}`, copyOf: CERTIFICATES },
    {
      path: 'root/etc/passwd',
      text: 'root:x:0:0::/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
    },
    { path: 'root/etc/group', text: 'root:x:0:\nnonroot:x:65532:\n' },
    { path: 'root/etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { path: 'root/home/nonroot', directoryMode: 0o755 },
    { path: 'root/root', directoryMode: 0o700 },
    { path: 'root/tmp', directoryMode: 0o1777 },
  ];
}

async function busyboxLinks(busybox: string, signal?: AbortSignal): Promise<ContextEntry[]> {
  const applets = (await runCommand([busybox, '--list-full'], {}, signal)).trim().split('\n');
  return applets
    .filter((applet) => applet !== '' && !applet.endsWith('/busybox'))
    .map((applet) => ({ path: `root/${applet}`, linkTo: '/bin/busybox' }));
}

/** The npm settings of an image build, with the registry of this machine's npm. */
async function npmSettings(signal?: AbortSignal): Promise<string> {
  const registry = (await runCommand(['npm', 'config', 'get', 'registry'], { cwd: '/' }, signal)).trim();
  return `registry=${registry}\nfund=false\naudit=false\nupdate-notifier=false\n`;
}

/** Downloads npm from the registry; the installed npm verifies its digest. */
async function unpackNpm(log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const directory = join(imageCacheDirectory(), `npm-${NPM_VERSION}`);
  if (existsSync(directory)) return directory;
  log(`downloading npm ${NPM_VERSION} for the build image`);
  await mkdir(imageCacheDirectory(), { recursive: true });
  const staging = await mkdtemp(join(imageCacheDirectory(), 'npm-staging-'));
  try {
    const options = ['--prefix', staging, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
    await runCommand(['npm', 'install', ...options, `npm@${NPM_VERSION}`], { cwd: staging }, signal);
    await rename(staging, directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return directory;
}
