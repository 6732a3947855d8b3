import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeOutcome } from './describe-outcome.ts';
import { npmVersion, writeResults } from '../results.ts';
import { measure, type Outcome } from './measurement.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { SUBJECTS, type SubjectName } from './subjects.ts';

const { values } = parseArgs({
  options: {
    /** Only the faults whose title contains this text. */
    only: { type: 'string', default: '' },
    /** The number of concurrent measurements, each in a separate process. */
    concurrency: { type: 'string', default: '24' },
  },
});
/** The delay between the starts of the first processes, each of which takes about half a second of CPU time. */
const START_INTERVAL_MS = 500;

// SAFETY: the keys of the literal.
const subjects = Object.keys(SUBJECTS) as SubjectName[];
const scenarios = SCENARIOS.filter(({ title }) => title.includes(values.only));
/** The cells of each row, by subject. */
const table = new Map<Scenario, Map<SubjectName, string>>(scenarios.map((scenario) => [scenario, new Map()]));
/** The recovery in seconds by subject and fault, null if there was none within the limit. */
const recoveries = new Map<SubjectName, Map<string, number | null>>(subjects.map((subject) => [subject, new Map()]));

/** Measures each subject in each scenario, in this order, and fills in the table. */
async function measureAll(measured: readonly Scenario[], concurrency: number): Promise<void> {
  const remaining = measured.flatMap((scenario) => subjects.map((subject) => ({ scenario, subject })));
  const work = async (index: number): Promise<void> => {
    await pause(index * START_INTERVAL_MS);
    for (let next = remaining.shift(); next !== undefined; next = remaining.shift()) {
      const { scenario, subject } = next;
      const cell = await measure(scenario, subject).then((outcome) => {
        record(subject, scenario, outcome);
        return describeOutcome(outcome, scenario);
      }, describeError);
      console.error(`${scenario.title} | ${subject} | ${cell}`);
      table.get(scenario)?.set(subject, cell);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, index) => work(index)));
}

function record(subject: SubjectName, { title }: Scenario, { recoverySeconds }: Outcome): void {
  recoveries.get(subject)?.set(title.replaceAll('`', ''), recoverySeconds ?? null);
}

/** In the order of the faults, since they end in another. */
function inOrder(faults: ReadonlyMap<string, number | null>): Record<string, number | null> {
  const titles = SCENARIOS.map(({ title }) => title.replaceAll('`', ''));
  return Object.fromEntries(titles.map((title) => [title, faults.get(title) ?? null]));
}

function describeError(error: unknown): string {
  return `failed: ${error instanceof Error ? error.message : String(error)}`;
}

function longestSeconds({ quietSeconds, faultSeconds, limitSeconds }: Scenario): number {
  return quietSeconds + faultSeconds + limitSeconds;
}

const exclusive = scenarios.filter(({ isExclusive }) => isExclusive);
const others = scenarios.filter(({ isExclusive }) => !isExclusive);
await measureAll(exclusive, 1);
// Longest first, so that the short ones run at the same time.
const longestFirst = others.toSorted((a, b) => longestSeconds(b) - longestSeconds(a));
await measureAll(longestFirst, Number(values.concurrency));

console.log(`| fault | ${subjects.join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(subjects.length)}`);
for (const [{ title }, cells] of table) {
  console.log(`| ${title} | ${subjects.map((subject) => cells.get(subject)).join(' | ')} |`);
}
// The chart has every fault.
const isComplete = [...recoveries.values()].every((faults) => faults.size === SCENARIOS.length);
if (isComplete) {
  writeResults(
    'informer/results.json',
    Object.fromEntries([...recoveries].map(([subject, faults]) => [subject, inOrder(faults)])),
    [npmVersion('@kubernetes/client-node')],
  );
}
