import { readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { formatBillOfMaterials, type PackageLock, readInstalledLicense } from './bill-of-materials.ts';

// SAFETY: npm's own format.
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as PackageLock;

/**
 * What Express loads for features that the service does not use: body parsing, files, cookies, entity tags, content
 * negotiation, the extended query parser. Without them a replica is ready in two thirds of the time, and an HPA waits
 * for that. A call of one is an error that names it (docs/decisions/0015-part-of-express.md).
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
/** What Express calls while it loads, to get a function that logs. */
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
 * The operator takes kubeconfig and credentials from the Kubernetes client, over Node's own HTTPS: the client's thousand
 * API classes and its other transport would cost a third of the operator's start and of its memory.
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
 * Built-in modules by `require`: an `import` of one evaluates every lazy part of it, such as the fetch and the WebSocket that
 * node:http hands on. Without them the operator starts sooner and keeps 5 MiB less.
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

const programs: Readonly<Record<string, BuildOptions & { metafile: true }>> = {
  service: {
    ...common,
    entryPoints: { service: 'service/main.ts' },
    // Not `esm`: an `import` of a built-in module evaluates every lazy part of it, which for node:http costs more than
    // all of this program. The banner makes the file valid as either kind of module, in an image and beside a package.json.
    format: 'cjs',
    banner: { js: "var require = process.getBuiltinModule('node:module').createRequire('/');" },
    // Without keepNames: it names each closure anew, also those that Express makes for a request: a third of the speed.
    minify: true,
    plugins: [leaveOut],
  },
  operator: {
    ...common,
    entryPoints: { operator: 'operator/main.ts' },
    format: 'esm',
    minify: true,
    // A stack in a log is to name the functions.
    keepNames: true,
    plugins: [kubeconfigOnly, requireBuiltIns],
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  },
};

/** Bundles a program, and writes the bill of materials of what came into the bundle beside it. */
async function bundle(name: string, options: BuildOptions & { metafile: true }): Promise<void> {
  const { metafile } = await build(options);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  const bill = formatBillOfMaterials(`temperature-converter-${name}`, files, lock, (path) =>
    readInstalledLicense('.', path),
  );
  writeFileSync(join(values.outdir, `${name}.cdx.json`), bill);
}

/** Bundles each program, or those that are named, into one file that plain `node` starts. */
await Promise.all(
  Object.entries(programs)
    .filter(([name]) => positionals.length === 0 || positionals.includes(name))
    .map(([name, options]) => bundle(name, options)),
);
