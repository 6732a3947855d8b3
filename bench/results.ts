import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseGoMod, versionOf } from '../local-cluster/toolchain/go-module.ts';
import { kubernetesVersion } from '../local-cluster/tools.ts';

/** The stored results of a benchmark: the figures of each compared subject, by name. */
export interface Results {
  /** The day of the measurement, as YYYY-MM-DD. */
  readonly date: string;
  /** The machine, and the versions of what was compared. */
  readonly environment: string;
  readonly figures: Readonly<Record<string, Figures>>;
}

/** Figures by name; the unit is the end of each name. Null: not reached within the limit. */
export type Figures = Readonly<Record<string, number | null>>;

/** Reads results from `bench/`; the path is relative to it. */
export function readResults(path: string): Results {
  // SAFETY: the files are written by `writeResults`, or transcribed in the same form, and scripts/pictures.test.ts draws them all.
  return JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')) as Results;
}

/** Stores the figures of a measurement that ended now, with the versions of the compared. `npm run pictures` draws them. */
export function writeResults(path: string, figures: Results['figures'], versions: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const environment = [`${cpus().length} cores`, `Node.js ${process.versions.node}`, ...versions].join(', ');
  const rounded = Object.entries(figures).map(([subject, values]) => [subject, roundAll(values)] as const);
  const results: Results = { date, environment, figures: Object.fromEntries(rounded) };
  writeFileSync(join(import.meta.dirname, path), `${JSON.stringify(results, undefined, 2)}\n`);
  console.error(`wrote bench/${path}; draw it with: npm run pictures`);
}

/** controller-runtime in Go, in the version of a peer's go.mod, and Kubernetes. */
export function goVersions(peer: string): readonly string[] {
  const controllerRuntime = versionOf(
    parseGoMod(readFileSync(join(peer, 'go.mod'), 'utf8')),
    'sigs.k8s.io/controller-runtime',
  );
  return [`controller-runtime ${controllerRuntime.slice(1)}`, `Kubernetes ${kubernetesVersion().slice(1)}`];
}

/** An npm package with its installed version. */
export function npmVersion(name: string): string {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  // SAFETY: npm requires the version of a package.
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return `${name.split('/').at(-1)} ${version}`;
}

/** Three digits: more would only be noise. */
function roundAll(figures: Figures): Figures {
  const rounded = Object.entries(figures).map(([name, value]) => [name, value === null ? null : round(value)] as const);
  return Object.fromEntries(rounded);
}

function round(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}
