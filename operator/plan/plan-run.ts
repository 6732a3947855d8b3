import type { Clock } from '../../controller-runtime/clock/clock.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { CHILDREN } from '../caches.ts';
import type { ConverterPlan } from './converter-plan.ts';
import { defaultImageFor, type ImageSources } from './default-image.ts';
import { describeError } from './describe-error.ts';
import { mapInOrder } from './map-in-order.ts';
import { isAskedToWait } from './ordered-list.ts';
import { planConverter, type PlanningContext } from './plan-converter.ts';
import type { PlanPrinter } from './printer.ts';
import { Progress } from './progress.ts';
import { readSources, type Source, type SourceContext } from './subjects.ts';
import { Summary } from './summary.ts';

/** How many resources are planned at once. */
const CONCURRENCY = 10;
/** How often a resource is read that changes while it is planned, or while the API server asks to wait. */
const ATTEMPTS = 5;

/** What a run needs. */
export interface RunContext extends SourceContext {
  readonly images: ImageSources;
  readonly printer: PlanPrinter;
  readonly err: (text: string) => void;
  readonly clock: Clock;
}

/** Plans all resources and prints the plans. Resolves to their counts, also if the resources cannot all be read. */
export async function planAll(context: RunContext): Promise<Summary> {
  const { printer, err, signal } = context;
  const summary = new Summary();
  const untried = new Set<string>();
  try {
    await planSources(context, summary, untried);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    summary.addError();
    err(`error: ${describeError(error)}\n`);
  }
  printer.end(summary);
  for (const note of untried) err(`note: ${note}\n`);
  return summary;
}

async function planSources(context: RunContext, summary: Summary, untried: Set<string>): Promise<void> {
  const { printer, err, clock, signal } = context;
  const progress = new Progress(err, clock);
  const planned = mapInOrder(readSources(context), CONCURRENCY, async (source) => ({
    source,
    plan: source.type === 'subject' ? await planSource(source, context) : undefined,
  }));
  for await (const { source, plan } of planned) {
    signal.throwIfAborted();
    if (source.type !== 'subject') err(`${source.type === 'error' ? 'error' : 'note'}: ${source.message}\n`);
    if (source.type === 'error') summary.addError();
    if (source.type !== 'subject' || plan === undefined) continue;
    summary.add(plan);
    noteUntried(plan, untried);
    if (plan.outcome === 'failed') err(`${plan.message ?? ''}\n`);
    printer.print(plan);
    progress.advance(source.remaining);
  }
}

type SubjectSource = Extract<Source, { type: 'subject' }>;

async function planSource(source: SubjectSource, context: RunContext): Promise<ConverterPlan> {
  const { namespace, name } = source;
  try {
    return await planLatest(source, planningContextOf(context));
  } catch (error) {
    if (context.signal.aborted || !(error instanceof Error)) throw error;
    return { namespace, name, outcome: 'failed', replacesPods: false, message: describeError(error), children: [] };
  }
}

async function planLatest(source: SubjectSource, context: PlanningContext): Promise<ConverterPlan> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const subject = (attempt === 1 ? source.subject : undefined) ?? (await source.read());
      const plan = await planConverter(subject, context);
      if (plan !== undefined) return plan;
    } catch (error) {
      if (attempt === ATTEMPTS || !isAskedToWait(error)) throw error;
    }
  }
  throw new Error(`TemperatureConverter ${source.namespace}/${source.name} keeps changing: try again`);
}

function planningContextOf({ images, access, client }: RunContext): PlanningContext {
  return {
    imageFor: (resource: TemperatureConverter) => defaultImageFor(resource, images),
    dryRunFor: async (kind, namespace) =>
      (await access.mayApply(CHILDREN[kind].resource, namespace)) ? client : undefined,
  };
}

/** What a plan without the right to try its writes may miss. */
function noteUntried({ children, resource }: ConverterPlan, notes: Set<string>): void {
  if (resource?.validated === false) {
    notes.add('the files were not validated: you cannot create and patch temperatureconverters');
  }
  const isPredicted = children.some(
    ({ action, tried }) => !tried && ['created', 'changed', 'adopted'].includes(action),
  );
  if (isPredicted) {
    notes.add(
      'some changes are computed and were not tried by the API server, with its quotas, policies and webhooks: ' +
        'you cannot create and patch these objects, a webhook does not support dry runs, or a change takes several requests',
    );
  }
}
