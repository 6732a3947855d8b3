import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { CHART_DIRECTORY, type Values } from './render-chart.ts';

const NAME = 'temperature-converter-operator';

/** How a parent chart depends on this one: the fields of a dependency in its Chart.yaml. */
export interface Dependency {
  readonly alias?: string;
  readonly condition?: string;
  readonly tags?: readonly string[];
  readonly 'import-values'?: readonly unknown[];
  /** Such as file://… ; by default the chart is copied to `charts/`. */
  readonly repository?: string;
}

/** A parent chart to write. */
export interface ParentChart {
  readonly name: string;
  readonly dependencies?: readonly Dependency[];
  readonly values?: Values;
  /** Charts in its `charts/`. */
  readonly children?: readonly ParentChart[];
  readonly templates?: Readonly<Record<string, string>>;
}

/** Writes a parent chart below a directory, with a copy of this chart, and returns the parent's directory. */
export async function writeParentChart(directory: string, parent: ParentChart): Promise<string> {
  const { name, dependencies = [], values = {}, children = [], templates = {} } = parent;
  const root = join(directory, name);
  await mkdir(join(root, 'charts'), { recursive: true });
  await mkdir(join(root, 'templates'));
  const own = dependencies.map((dependency) => ({ name: NAME, version: '>=0.0.0', ...dependency }));
  const others = children.map((child) => ({ name: child.name, version: '1.0.0' }));
  const chart = { apiVersion: 'v2', name, version: '1.0.0', dependencies: [...own, ...others] };
  await writeFile(join(root, 'Chart.yaml'), dump(chart));
  await writeFile(join(root, 'values.yaml'), dump(values));
  if (dependencies.some(({ repository }) => repository === undefined)) {
    await cp(CHART_DIRECTORY, join(root, 'charts', NAME), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  }
  for (const [file, text] of Object.entries(templates)) await writeFile(join(root, 'templates', file), text);
  for (const child of children) await writeParentChart(join(root, 'charts'), child);
  return root;
}
