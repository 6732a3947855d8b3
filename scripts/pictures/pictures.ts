import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResults } from '../../bench/results.ts';
import { parseCsv } from '../load/csv.ts';
import { renderRunChart } from '../load/run-chart.ts';
import { type BarChart, renderBarChart } from './bar-chart.ts';
import { renderRecoveryChart } from './recovery-chart.ts';
import { renderDrawing } from './render-drawing.ts';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '..', '..');

const OPERATOR_PANELS = {
  startSeconds: 'start to first reconcile (s)',
  convergeSeconds: 'all converged (s)',
  convergedMib: 'resident memory, converged (MiB)',
  cpuPerResourceMs: 'CPU per resource (ms)',
  serverCpuPerResourceMs: 'CPU of the API server per resource (ms)',
  writesPerEdit: 'writes per edit',
  editP50Ms: 'edit to Service, p50 (ms)',
  editP99Ms: 'edit to Service, p99 (ms)',
  repairP99Ms: 'repair, p99 (ms)',
};
const SERVER_PANELS = {
  perCpuSecond: 'requests per CPU second',
  p99Ms: 'p99 (ms)',
  loadedMb: 'resident memory, loaded (MB)',
};
const MEMCACHED_PANELS = {
  'a Memcached is created': 'a Memcached is created',
  'the size is edited': 'the size is edited',
  'port and image are edited': 'port and image are edited',
  'its pods become available': 'its pods become available',
  'the Deployment is scaled by hand': 'the Deployment is scaled by hand',
  'the Service is deleted': 'the Service is deleted',
};

/** Every picture of the repository that a command makes: its path, and how it is rendered from its source. */
export const PICTURES: Readonly<Record<string, () => Promise<string>>> = {
  'docs/pictures/overview.svg': () => renderDot('overview', 'What runs in a cluster, and who writes what'),
  'docs/pictures/packages.svg': () => renderDot('packages', 'The packages and their imports'),
  'docs/pictures/reconcile.svg': () =>
    renderDot('reconcile', 'One reconcile, from a watch event to the written status'),
  'docs/pictures/scaling.svg': () =>
    renderRunChart(parseCsv(readFileSync(join(ROOT, 'docs/pictures/scaling.csv'), 'utf8'))),
  'bench/operator/results-1000.svg': () => renderOperatorChart(1000),
  'bench/operator/results-5000.svg': () => renderOperatorChart(5000),
  'bench/service/results.svg': () =>
    renderBenchmark('The converter under full load', 'service/results.json', {
      panels: SERVER_PANELS,
      own: 'the converter',
      columns: 3,
    }),
  'bench/service/other-servers.svg': () =>
    renderBenchmark('The converter and other servers', 'service/other-servers.json', {
      panels: { ...SERVER_PANELS, p99Ms: 'p99 at 2,000 requests per second (ms)' },
      own: 'the converter',
      columns: 3,
    }),
  'bench/informer/results.svg': () => renderRecoveryChart(readResults('informer/results.json')),
  'bench/memcached/results.svg': () =>
    renderBenchmark('Writes of the same controller in TypeScript and in Go', 'memcached/results.json', {
      panels: MEMCACHED_PANELS,
      own: 'this package',
      columns: 3,
    }),
};

function renderDot(name: string, title: string): Promise<string> {
  return renderDrawing(readFileSync(join(ROOT, `docs/pictures/${name}.dot`), 'utf8'), title);
}

function renderOperatorChart(resources: number): Promise<string> {
  const title = `The operator with ${resources.toLocaleString('en-US')} resources`;
  return renderBenchmark(title, `operator/results-${resources}.json`, {
    panels: OPERATOR_PANELS,
    own: 'this operator',
    columns: 3,
  });
}

function renderBenchmark(
  title: string,
  path: string,
  chart: Pick<BarChart, 'panels' | 'own' | 'columns'>,
): Promise<string> {
  return renderBarChart({ title, results: readResults(path), ...chart });
}
