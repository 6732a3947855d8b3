import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import { systemClock } from '../../controller-runtime/clock/clock.ts';
import { FIELD_MANAGER } from '../children/labels.ts';
import { Access } from '../plan/access.ts';
import { describeError } from '../plan/describe-error.ts';
import { parsePlanOptions, PLAN_USAGE, type PlanOptions } from '../plan/plan-options.ts';
import { planAll } from '../plan/plan-run.ts';
import type { PlanPrinter } from '../plan/printer.ts';
import { JsonPrinter, YamlPrinter } from '../plan/print-structured.ts';
import { TextPrinter } from '../plan/print-text.ts';
import { type DeployedOperator, findOperators } from '../plan/running-operator.ts';
import { ConfigurationError } from './configuration.ts';
import { hasColors, type Output } from './output.ts';

const EXIT_ERROR = 2;
const EXIT_INTERRUPTED = 130;

/** Runs `plan`, and returns its exit status: 0 without changes, 1 with some, 2 after an error, 130 if interrupted. */
export async function runPlan(args: readonly string[], io: Output, signal: AbortSignal): Promise<number> {
  try {
    const options = parsePlanOptions(args);
    if (options.help) {
      io.out(PLAN_USAGE);
      return 0;
    }
    return await plan(options, io, signal);
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    if (!(error instanceof Error)) throw error;
    io.err(`error: ${describeError(error)}\n`);
    if (error instanceof ConfigurationError) io.err('See: plan --help\n');
    return EXIT_ERROR;
  }
}

async function plan(options: PlanOptions, io: Output, signal: AbortSignal): Promise<number> {
  const kubeConfig = loadKubeConfig(options);
  const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  const connection = new ApiServerConnection(kubeConfig);
  const client = new KubeClient({
    connection,
    userAgent: `${FIELD_MANAGER}-plan/${process.env['PACKAGE_VERSION'] ?? 'development'}`,
    fieldManager: FIELD_MANAGER,
    dryRun: true,
  });
  try {
    const given = options.converterImage ?? (process.env['CONVERTER_IMAGE'] || undefined);
    const operators = given === undefined ? await findOperators(client, signal) : undefined;
    for (const operator of operators ?? []) noteVersion(operator, io);
    const summary = await planAll({
      client,
      options,
      signal,
      access: new Access(client, signal),
      namespace: options.namespace ?? context?.namespace ?? 'default',
      images: { given, operators },
      printer: createPrinter(options, io),
      err: (line) => io.err(line),
      clock: systemClock,
      readStdin: () => text(addAbortSignal(signal, process.stdin)),
    });
    return summary.exitStatus;
  } finally {
    connection.close();
  }
}

/** Another version may make other children. */
function noteVersion({ namespace, name, version }: DeployedOperator, io: Output): void {
  const own = process.env['PACKAGE_VERSION'];
  if (own === undefined || version === undefined || version === own) return;
  io.err(`note: the operator ${namespace}/${name} has version ${version}; this is the plan of version ${own}\n`);
}

function createPrinter({ format }: PlanOptions, io: Output): PlanPrinter {
  const out = (line: string): void => io.out(line);
  switch (format) {
    case 'json':
      return new JsonPrinter(out);
    case 'yaml':
      return new YamlPrinter(out);
    case 'text':
      return new TextPrinter(out, { isColored: hasColors(io, process.env) });
  }
}
