import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { ensureModuleFiles } from '../local-cluster/toolchain/module-files.ts';
import type { TestApiServer } from './test-api-server.ts';

const MODULE = {
  pinnedBy: 'tests',
  modulePath: 'github.com/prometheus-operator/prometheus-operator',
  part: 'example/prometheus-operator-crd',
} as const;
const PLURALS = ['servicemonitors', 'podmonitors', 'prometheusrules'];

/** Installs the Prometheus Operator's CustomResourceDefinitions of the kinds that the chart renders; throws if one is missing. */
export async function installMonitoringDefinitions(cluster: TestApiServer): Promise<void> {
  const directory = await ensureModuleFiles(MODULE, () => undefined);
  const files = (await readdir(directory)).filter((file) => PLURALS.some((plural) => file.includes(plural)));
  if (files.length !== PLURALS.length) throw new Error(`unexpected definitions: ${files.join(', ')}`);
  for (const file of files) await cluster.kubectl('create', '-f', join(directory, file));
  const names = PLURALS.map((plural) => `crd/${plural}.monitoring.coreos.com`);
  // Until a new definition has a status, kubectl wait fails at once.
  await eventually(() => cluster.kubectl('wait', '--for=condition=Established', ...names, '--timeout=30s'));
}
