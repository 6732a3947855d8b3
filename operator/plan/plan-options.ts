import { parseArgs } from 'node:util';
import { ConfigurationError } from '../commands/configuration.ts';

/** How the plan is printed. */
export type OutputFormat = (typeof FORMATS)[number];

/** What is planned, for which cluster, and how the plan is printed. */
export interface PlanOptions {
  readonly what: PlannedResources;
  /** Replaces the default image of the operator in the cluster. */
  readonly converterImage: string | undefined;
  readonly format: OutputFormat;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Undefined for the one of the context. */
  readonly namespace: string | undefined;
  /** How a file is applied. */
  readonly apply: ApplyOptions;
  readonly help: boolean;
}

/** The resources to plan. */
export type PlannedResources =
  /** Each `NAMESPACE/NAME`, or `NAME` in the namespace of the command. */
  | { readonly type: 'named'; readonly names: readonly string[] }
  | { readonly type: 'files'; readonly files: readonly string[]; readonly recursive: boolean }
  | { readonly type: 'all' };

/** As `kubectl apply` takes them. */
export interface ApplyOptions {
  readonly serverSide: boolean;
  readonly forceConflicts: boolean;
  readonly fieldManager: string | undefined;
}

const FORMATS = ['text', 'json', 'yaml'] as const;
const IMAGE = /^\S{1,512}$/;

/** The flags of `plan`, as `parseArgs` takes them. */
export const PLAN_FLAGS = {
  filename: { type: 'string', short: 'f', multiple: true },
  recursive: { type: 'boolean', short: 'R' },
  all: { type: 'boolean' },
  'converter-image': { type: 'string' },
  output: { type: 'string', short: 'o' },
  'server-side': { type: 'boolean' },
  'force-conflicts': { type: 'boolean' },
  'field-manager': { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The text of `--help`. */
export const PLAN_USAGE = `Print what the operator would change, and why. Changes nothing.

Usage: plan [NAMESPACE/NAME ... | -f FILE|DIRECTORY|- | --all] [FLAGS]

  NAMESPACE/NAME ...       plan these TemperatureConverters; NAME alone is in the namespace of -n or of the context
  -f, --filename FILE      plan the TemperatureConverters of a file, a directory or the standard input (-),
                           as after kubectl apply; can be repeated
  -R, --recursive          include subdirectories of -f
      --all                plan all TemperatureConverters; with -n, those of the namespace
      --converter-image IMAGE
                           plan with another default image of the operator, as after an upgrade;
                           without resources, for all of them
  -o, --output FORMAT      text, json or yaml (default: text)
      --server-side        with -f: as kubectl apply --server-side
      --force-conflicts    with --server-side: take over the fields of other managers
      --field-manager NAME with -f: the field manager of the apply
  -n, --namespace NAME     namespace (default: that of the context)
      --context NAME       context of the kubeconfig (default: the current one)
      --kubeconfig FILE    kubeconfig file (default: KUBECONFIG, then ~/.kube/config)

Exit status: 0 without changes, 1 with changes or blocked objects, 2 after an error.
`;

/** Reads the arguments of `plan`; throws a ConfigurationError. */
export function parsePlanOptions(args: readonly string[]): PlanOptions {
  const { values, positionals } = parse(args);
  const image = values['converter-image'];
  if (image !== undefined && !IMAGE.test(image)) {
    throw new ConfigurationError(
      `--converter-image takes an image reference of at most 512 characters, not "${image}"`,
    );
  }
  const help = values.help ?? false;
  return {
    help,
    what: help ? { type: 'all' } : plannedResources(values, positionals),
    converterImage: image,
    format: parseFormat(values.output ?? 'text'),
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace,
    apply: parseApply(values),
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: PLAN_FLAGS,
    });
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : String(error));
  }
}

function plannedResources(values: Values, names: readonly string[]): PlannedResources {
  const { filename: files = [], all = false, recursive = false } = values;
  requireOnlyOne({ 'names of resources': names.length > 0, '-f': files.length > 0, '--all': all });
  if (files.length > 0) return { type: 'files', files, recursive };
  if (names.length > 0) return { type: 'named', names };
  if (all || values['converter-image'] !== undefined) return { type: 'all' };
  throw new ConfigurationError('plan requires NAMESPACE/NAME, -f FILE, --all or --converter-image IMAGE');
}

function requireOnlyOne(choices: Readonly<Record<string, boolean>>): void {
  const given = Object.keys(choices).filter((name) => choices[name] === true);
  if (given.length < 2) return;
  throw new ConfigurationError(`plan takes only one of names of resources, -f and --all, not ${given.join(' and ')}`);
}

function parseApply(values: Values): ApplyOptions {
  const { filename: files = [], 'server-side': serverSide = false, 'force-conflicts': forceConflicts = false } = values;
  const fieldManager = values['field-manager'];
  if (forceConflicts && !serverSide) throw new ConfigurationError('--force-conflicts requires --server-side');
  if (files.length === 0 && (serverSide || fieldManager !== undefined)) {
    throw new ConfigurationError('--server-side and --field-manager require -f');
  }
  return { serverSide, forceConflicts, fieldManager };
}

function parseFormat(text: string): OutputFormat {
  const format = FORMATS.find((candidate) => candidate === text);
  if (format === undefined) throw new ConfigurationError(`--output takes one of ${FORMATS.join(', ')}, not "${text}"`);
  return format;
}
