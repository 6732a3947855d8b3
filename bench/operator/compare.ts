import { deepStrictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { type Changes, type Figures, measure, median, type Scale } from './measurement.ts';
import { type Figures as StoredFigures, goVersions, writeResults } from '../results.ts';
import type { Subject } from './subject.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PEER = join(import.meta.dirname, 'peer');
const IMAGE = 'registry.example.com/converter:1.0.0';

const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '1000' },
    edits: { type: 'string', default: '200' },
    repairs: { type: 'string', default: '50' },
    'idle-seconds': { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const scale: Scale = {
  resources: Number(values.resources),
  starts: 5,
  edits: Number(values.edits),
  repairs: Number(values.repairs),
  idleSeconds: Number(values['idle-seconds']),
};
const SUBJECTS: readonly Subject[] = [
  {
    name: 'this operator',
    // The flags of the image's entry point.
    command: [
      process.execPath,
      '--max-semi-space-size=4',
      join(ROOT, 'dist/operator.js'),
      `--converter-image=${IMAGE}`,
      '--metrics-port=0',
      '--health-port=0',
    ],
  },
  { name: 'controller-runtime', command: [join(ROOT, 'dist/peer'), `--converter-image=${IMAGE}`] },
];

/** The rows of the table. */
const ROWS: Readonly<Record<string, (figures: Figures) => string>> = {
  'start to first reconcile (s)': ({ startSeconds }) => startSeconds.toFixed(2),
  'all converged (s)': ({ convergeSeconds }) => convergeSeconds.toFixed(1),
  'writes per resource': ({ convergeWrites }) => (convergeWrites / scale.resources).toFixed(2),
  'CPU per resource (ms)': ({ convergeCpuSeconds }) => ((convergeCpuSeconds * 1000) / scale.resources).toFixed(1),
  'CPU of the API server per resource (ms)': ({ convergeServerCpuSeconds }) =>
    ((convergeServerCpuSeconds * 1000) / scale.resources).toFixed(1),
  'resident empty / converged / restarted (MiB)': ({ emptyMib, convergedMib, restartedMib }) =>
    [emptyMib, convergedMib, restartedMib].map((mib) => mib.toFixed(0)).join(' / '),
  'edit to Service p50 / p99 (ms)': ({ edits }) => percentiles(edits),
  'writes per edit': ({ edits }) => (edits.writes / edits.tookMs.length).toFixed(2),
  'repair p50 / p99 (ms)': ({ repairs }) => percentiles(repairs),
  'writes per repair': ({ repairs }) => (repairs.writes / repairs.tookMs.length).toFixed(2),
  'idle: writes, CPU per minute (s)': ({ idleWrites, idleCpuSeconds }) =>
    `${idleWrites}, ${((idleCpuSeconds * 60) / scale.idleSeconds).toFixed(2)}`,
  'restart: writes, CPU (s)': ({ restartWrites, restartCpuSeconds }) =>
    `${restartWrites}, ${restartCpuSeconds.toFixed(1)}`,
};

function percentiles(changes: Changes): string {
  return `${percentile(changes, 0.5).toFixed(1)} / ${percentile(changes, 0.99).toFixed(1)}`;
}

function percentile({ tookMs }: Changes, share: number): number {
  const sorted = tookMs.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/** The figures of the charts. */
function storedFigures(figures: Figures): StoredFigures {
  const { edits, repairs } = figures;
  return {
    startSeconds: figures.startSeconds,
    convergeSeconds: figures.convergeSeconds,
    writesPerResource: figures.convergeWrites / scale.resources,
    writesPerEdit: edits.writes / edits.tookMs.length,
    cpuPerResourceMs: (figures.convergeCpuSeconds * 1000) / scale.resources,
    serverCpuPerResourceMs: (figures.convergeServerCpuSeconds * 1000) / scale.resources,
    emptyMib: figures.emptyMib,
    convergedMib: figures.convergedMib,
    restartedMib: figures.restartedMib,
    editP50Ms: percentile(edits, 0.5),
    editP99Ms: percentile(edits, 0.99),
    repairP50Ms: percentile(repairs, 0.5),
    repairP99Ms: percentile(repairs, 0.99),
    restartCpuSeconds: figures.restartCpuSeconds,
  };
}

/** Combines rounds: the median of each figure, and the changes of all rounds. */
function summarize(rounds: readonly [Figures, ...Figures[]]): Figures {
  const medians = Object.entries(rounds[0]).map(([name, first]) => {
    // SAFETY: `name` is a key of Figures.
    const all = rounds.map((figures) => figures[name as keyof Figures]);
    return [name, all.every((value) => typeof value === 'number') ? median(all) : first] as const;
  });
  return {
    ...rounds[0],
    ...Object.fromEntries(medians),
    edits: mergeChanges(rounds.map(({ edits }) => edits)),
    repairs: mergeChanges(rounds.map(({ repairs }) => repairs)),
  };
}

function mergeChanges(changes: readonly Changes[]): Changes {
  return {
    tookMs: changes.flatMap(({ tookMs }) => tookMs),
    writes: changes.reduce((sum, { writes }) => sum + writes, 0),
  };
}

await runCommand(['go', 'build', '-C', PEER, '-o', join(ROOT, 'dist/peer'), '.']);
const measured = SUBJECTS.filter(({ name }) => values.only === undefined || values.only === name);
const rounds: Figures[][] = [];
for (let round = 1; round <= Number(values.rounds); round += 1) {
  console.error(`round ${round} of ${values.rounds}`);
  const figures: Figures[] = [];
  for (const subject of measured) figures.push(await measure(subject, scale));
  for (const { children } of figures)
    deepStrictEqual(children, figures[0]?.children, 'the children of the operators differ');
  rounds.push(figures);
}
const results = measured.map((_, index) => {
  const [first, ...others] = rounds.flatMap((figures) => figures[index] ?? []);
  if (first === undefined) throw new Error('--rounds must be at least 1');
  return summarize([first, ...others]);
});

console.log(`| ${scale.resources} resources | ${measured.map(({ name }) => name).join(' | ')} |`);
console.log(`| --- |${' --: |'.repeat(measured.length)}`);
for (const [row, show] of Object.entries(ROWS)) console.log(`| ${row} | ${results.map(show).join(' | ')} |`);
// A comparison needs both, from one run.
if (measured.length === SUBJECTS.length) {
  const figures = measured.map(({ name }, index) => [name, results[index]] as const);
  writeResults(
    `operator/results-${scale.resources}.json`,
    Object.fromEntries(figures.flatMap(([name, all]) => (all === undefined ? [] : [[name, storedFigures(all)]]))),
    goVersions(PEER),
  );
}
