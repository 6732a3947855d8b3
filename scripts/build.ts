import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { formatSbom, type PackageLock, readInstalledLicense } from './sbom.ts';

// SAFETY: the format that npm documents.
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as PackageLock;

/**
 * Packages that Express loads for features that the service does not use: body parsing, files, cookies, entity tags, content
 * negotiation, the extended query parser. Without them a replica is ready in two thirds of the time, which an autoscaler
 * waits for. A call of one throws an error with its name (docs/decisions/0015-part-of-express.md).
 */
const UNUSED = [
  'accepts',
  'body-parser',
  'content-disposition',
  'cookie',
  'cookie-signature',
  'etag',
  'fresh',
  'mime-types',
  'qs',
  'range-parser',
  'send',
  'serve-static',
  'type-is',
  'vary',
];
/** Packages that Express calls while it loads; a function that does nothing replaces them. */
const SILENT = ['debug', 'depd'];

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundler) {
    const filter = new RegExp(`^(?:${[...UNUSED, ...SILENT].join('|')})$`);
    bundler.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    bundler.onLoad({ filter, namespace: 'left-out' }, ({ path }) => ({
      contents: SILENT.includes(path)
        ? 'module.exports = () => () => {};'
        : `const fail = () => { throw new Error('${path} is not in this bundle: see scripts/build.ts'); };
          module.exports = new Proxy(fail, { get: () => fail });`,
    }));
  },
};

/**
 * Reduces the Kubernetes client to kubeconfig and credentials, which is all that the operator uses: its thousand API classes
 * and its HTTP transport would take a third of the operator's start time and memory.
 */
const kubeconfigOnly: Plugin = {
  name: 'kubeconfig-only',
  setup(bundler) {
    bundler.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: 'left-out-transport' }));
    bundler.onLoad({ filter: /.*/, namespace: 'left-out-transport' }, () => ({ contents: 'module.exports = {};' }));
    bundler.onLoad({ filter: /client-node\/dist\/gen\/index\.js$/ }, () => ({
      contents: `
        export { createConfiguration } from './configuration.js';
        export { ServerConfiguration } from './servers.js';`,
      loader: 'js',
    }));
  },
};

/**
 * Loads built-in modules by `require`: an `import` evaluates every lazy part of a module, such as fetch and WebSocket in
 * node:http. This makes the operator start faster and saves 5 MiB.
 */
const requireBuiltIns: Plugin = {
  name: 'require-built-ins',
  setup(bundler) {
    const filter = new RegExp(`^(?:node:)?(?:${builtinModules.join('|')})$`);
    bundler.onResolve({ filter }, ({ path, namespace }) => {
      const name = path.replace(/^node:/, '');
      return namespace === 'built-in'
        ? { path: `node:${name}`, external: true }
        : { path: name, namespace: 'built-in' };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = require('node:${path}');`,
    }));
  },
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { outdir: { type: 'string', default: 'dist' } },
});

const common = {
  outdir: values.outdir,
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node22',
  legalComments: 'none',
  define: { 'process.env.PACKAGE_VERSION': JSON.stringify(lock.version) },
} as const satisfies BuildOptions;

/**
 * The check of the version of Node.js comes first: what follows needs it. The file has no extension, so that it may be read
 * as a CommonJS or as an ES module; see the service.
 */
const PLUGIN_BANNER = `#!/usr/bin/env node
if (!process.getBuiltinModule) {
  console.error('error: kubectl tc requires Node.js 20.16 or newer, and this is ' + process.version);
  process.exit(2);
}
var require = process.getBuiltinModule('node:module').createRequire('/');`;

const programs: Readonly<Record<string, BuildOptions & { metafile: true }>> = {
  service: {
    ...common,
    entryPoints: { service: 'service/main.ts' },
    // Not `esm`: an `import` of a built-in module evaluates every lazy part of it, which for node:http costs more than
    // the rest of the service. The banner makes the file valid as a CommonJS and as an ES module.
    format: 'cjs',
    banner: { js: "var require = process.getBuiltinModule('node:module').createRequire('/');" },
    // Without keepNames, which names the closures that Express creates for each request: a third of the throughput.
    minify: true,
    plugins: [leaveOut],
  },
  operator: {
    ...common,
    entryPoints: { operator: 'operator/main.ts' },
    format: 'esm',
    minify: true,
    // For function names in logged stack traces.
    keepNames: true,
    plugins: [kubeconfigOnly, requireBuiltIns],
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  },
  'kubectl-tc': {
    ...common,
    entryPoints: { 'kubectl-tc': 'operator/kubectl-tc.ts' },
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    plugins: [kubeconfigOnly, requireBuiltIns],
    banner: { js: PLUGIN_BANNER },
  },
};

/** Names the bundle of the plugin as kubectl finds it on the PATH, and makes it executable. */
function installPlugin(): void {
  const plugin = join(values.outdir, 'kubectl-tc');
  renameSync(`${plugin}.js`, plugin);
  chmodSync(plugin, 0o755);
}

/** Bundles a program, and writes the SBOM of the bundle beside it. */
async function bundle(name: string, options: BuildOptions & { metafile: true }): Promise<void> {
  const { metafile } = await build(options);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  const sbom = formatSbom(`temperature-converter-${name}`, files, lock, (path) => readInstalledLicense('.', path));
  writeFileSync(join(values.outdir, `${name}.cdx.json`), sbom);
  if (name === 'kubectl-tc') installPlugin();
}

await Promise.all(
  Object.entries(programs)
    .filter(([name]) => positionals.length === 0 || positionals.includes(name))
    .map(([name, options]) => bundle(name, options)),
);
