import type { LoadRun, Sample } from './load-run.ts';

const MEASURED = [
  'requestsPerSecond',
  'failuresPerSecond',
  'p50Ms',
  'p99Ms',
  'cpuPercent',
  'targetPercent',
  'wantedReplicas',
  'readyReplicas',
] as const satisfies readonly (keyof Sample)[];

const HEADER =
  'time,converter,connections,seconds,requests_per_second,failures_per_second,p50_ms,p99_ms,cpu_percent,target_percent,wanted_replicas,ready_replicas';

/** Renders a run as CSV with a header line; a value that was not measured in a second is empty. */
export function renderCsv({ converter, connections, begunAt, samples }: LoadRun): string {
  const lines = samples.map((sample) => {
    const time = new Date(begunAt.getTime() + sample.seconds * 1000).toISOString();
    return [time, converter, connections, sample.seconds, ...MEASURED.map((name) => sample[name] ?? '')].join(',');
  });
  return `${[HEADER, ...lines].join('\n')}\n`;
}

/** Parses what `renderCsv` returned. */
export function parseCsv(csv: string): LoadRun {
  const [header, ...lines] = csv.trimEnd().split('\n');
  const [first] = lines;
  if (header !== HEADER || first === undefined) throw new Error('this is not the CSV of a run of make load');
  const [time = '', converter = '', connections = '', seconds = ''] = first.split(',');
  return {
    converter,
    connections: Number(connections),
    begunAt: new Date(Date.parse(time) - Number(seconds) * 1000),
    samples: lines.map(parseSample),
  };
}

function parseSample(line: string): Sample {
  const [seconds = '', ...measured] = line.split(',').slice(3);
  const values = MEASURED.map((name, index) => [name, measured[index] ?? ''] as const);
  return {
    seconds: Number(seconds),
    ...Object.fromEntries(values.filter(([, value]) => value !== '').map(([name, value]) => [name, Number(value)])),
  };
}
