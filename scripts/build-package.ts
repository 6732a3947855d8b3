import { copyFile, glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../local-cluster/process/run-command.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'controller-runtime');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** The fields of the workspace's package.json that differ in the published one. */
interface PackageJson {
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * Builds the publishable package in a directory, by default controller-runtime/dist: ES modules, their types and a
 * package.json.
 */
export async function buildPackage(directory: string = join(SOURCES, 'dist')): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const project = join(SOURCES, 'tsconfig.build.json');
  await runCommand([process.execPath, TSC, '--project', project, '--outDir', directory]);
  for await (const file of glob('**/*.d.ts', { cwd: directory })) await rewriteImports(join(directory, file));
  // SAFETY: a file of this repository.
  const workspace = JSON.parse(await readFile(join(SOURCES, 'package.json'), 'utf8')) as PackageJson;
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(toPublished(workspace), undefined, 2)}\n`);
  await copyFile(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'));
  for (const name of ['README.md', 'CHANGELOG.md']) await copyFile(join(SOURCES, name), join(directory, name));
}

/** TypeScript rewrites the extensions in modules, but not in declarations. */
async function rewriteImports(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll(/(?<=from '|import\(['"])(\.\.?\/[^'"]+)\.ts(?=['"])/gu, '$1.js'));
}

function toPublished(workspace: PackageJson): object {
  const exports = Object.entries(workspace.exports).map(([path, source]) => {
    const module = source.replace(/\.ts$/u, '');
    return [path, { types: `${module}.d.ts`, default: `${module}.js` }];
  });
  return { ...workspace, exports: Object.fromEntries(exports), files: ['**/*.js', '**/*.d.ts', 'CHANGELOG.md'] };
}

if (import.meta.main) await buildPackage();
