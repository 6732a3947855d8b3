import type { ServerFeatures } from '../integration/testing/server-features.ts';
import type { Tally } from './tally.ts';

/** What is known of one version of Kubernetes. */
export interface VersionResult {
  /** Such as 1.30. */
  readonly minor: string;
  /** Such as v1.30.14. */
  readonly version: string;
  /** The result of the integration tests; undefined if they did not run. */
  readonly tally: Tally | undefined;
  /** Undefined if the API server did not start. */
  readonly features: Pick<ServerFeatures, 'streamsLists' | 'ratchetsRules' | 'mutatesByPolicy'> | undefined;
}

/** A version whose tests ran, or were to run. */
export interface TestedVersion extends VersionResult {
  readonly tally: Tally;
}

/** The result of a version that could not be built or started. */
export function untestedVersion({ minor, version }: Pick<VersionResult, 'minor' | 'version'>): TestedVersion {
  // Without the error, which can have many lines: the output of the run has it.
  return { minor, version, tally: { passed: 0, failed: 0, problem: 'could not be tested' }, features: undefined };
}

const COLUMNS = [
  'Kubernetes',
  'passed',
  'failed',
  'initial lists',
  'new CEL rules, on status updates',
  'MutatingAdmissionPolicy v1',
];

/** Renders docs/versions.md. Results of versions whose tests did not run stay as they are in the earlier page. */
export function renderVersionsPage(results: readonly VersionResult[], earlier: string): string {
  const rows = new Map(rowsOf(earlier));
  for (const result of results) rows.set(result.minor, cellsOf(result, rows.get(result.minor) ?? []));
  const sorted = [...rows]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, cells]) => cells);
  return `# Versions of Kubernetes

\`make versions\` runs the integration tests on the API server of each supported version, built from its Go modules, and writes this page.
\`make test\` includes the oldest and the newest. Every version has the same tests; a test that depends on what the API server offers
asks the API server.

${table([COLUMNS, ...sorted])}

- **Initial lists**: where they are not streamed, the operator lists in pages ([decision 9](decisions/0009-streamed-lists-and-silent-watches.md)).
- **New CEL rules, on status updates**: before 1.33, a rule in CEL that an upgrade of the CustomResourceDefinition adds also applies to the unchanged
  fields of a stored resource when its status is updated. The status of a resource that breaks it is refused, and an event says so
  ([conditions](conditions.md#events); [decision 24](decisions/0024-stricter-rules.md)). On other updates, and with other rules,
  every version checks only the fields that change.
- **MutatingAdmissionPolicy**: where it is missing, the tests change objects by a webhook.
`;
}

function cellsOf({ version, tally, features }: VersionResult, earlier: readonly string[]): readonly string[] {
  const [earlierVersion, ...earlierCells] = earlier;
  const [passed = 'not run', failed = ''] = earlierVersion === version ? earlierCells : [];
  return [version, ...(tally === undefined ? [passed, failed] : resultCells(tally)), ...featureCells(features)];
}

function featureCells(features: VersionResult['features']): readonly string[] {
  if (features === undefined) return ['unknown', 'unknown', 'unknown'];
  return [
    features.streamsLists ? 'streamed' : 'in pages',
    features.ratchetsRules ? 'apply to changed fields' : 'apply to all fields',
    features.mutatesByPolicy ? 'yes' : 'no',
  ];
}

function resultCells({ passed, failed, problem }: Tally): readonly string[] {
  return [String(passed), problem === undefined ? String(failed) : `${failed} (${problem})`];
}

/** The rows of an earlier page, by minor version. */
function rowsOf(page: string): readonly (readonly [string, readonly string[]])[] {
  const rows = [...page.matchAll(/^\| (v(\d+\.\d+)\.\d+) .*$/gmu)];
  return rows.map(([row, , minor = '']) => [
    minor,
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  ]);
}

/** Aligned, as prettier does it. */
function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
