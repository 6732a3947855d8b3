import type { KubeClient } from '../../../controller-runtime/client/client.ts';
import { systemClock } from '../../../controller-runtime/clock/clock.ts';
import { hasColors, type Output } from '../output.ts';
import { connectAsUser } from '../user-client.ts';
import { observe } from './observe.ts';
import { readConverters } from './read-converters.ts';
import { renderList } from './render-list.ts';
import { renderReport } from './render-report.ts';
import { buildReport, summarize } from './report.ts';
import { parseStatusArguments, STATUS_USAGE, type StatusArguments } from './status-arguments.ts';
import { paintForTerminal, paintNothing } from './styles.ts';
import { formatView, type View } from './view.ts';
import { watchView } from './watch.ts';

/** Runs `status`; resolves to the exit status. Rejects with a ConfigurationError or a ReadError. */
export async function runStatus(args: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  const options = parseStatusArguments(args);
  if (options === 'help') {
    output.out(STATUS_USAGE);
    return 0;
  }
  using user = connectAsUser(options);
  const target = { ...options, namespace: options.namespace ?? user.namespace };
  return await show((stop) => readView(user.client, target, stop), { options, output }, signal);
}

async function show(
  read: (signal: AbortSignal) => Promise<View>,
  { options, output }: { readonly options: StatusArguments; readonly output: Output },
  signal: AbortSignal,
): Promise<number> {
  const { format, watch } = options;
  const paint = hasColors(output, process.env) ? paintForTerminal : paintNothing;
  if (watch) return watchView(read, { output, format, paint, clock: systemClock }, signal);
  const view = await read(signal);
  output.out(formatView(view, format, { now: systemClock.now(), output, paint }));
  if (view.note !== undefined) output.err(`${view.note}\n`);
  return 0;
}

async function readView(
  client: KubeClient,
  options: StatusArguments & { readonly namespace: string },
  signal: AbortSignal,
): Promise<View> {
  const { name, namespace, allNamespaces } = options;
  if (name !== undefined) {
    const report = buildReport(await observe(client, { namespace, name }, signal));
    return { data: report, render: (now, layout) => renderReport(report, now, layout) };
  }
  const items = await readConverters(client, allNamespaces ? undefined : namespace, summarize, signal);
  if (items.length > 0) {
    return {
      data: { items },
      render: (now, layout) => renderList(items, { hasNamespaces: allNamespaces, now }, layout),
    };
  }
  const where = allNamespaces ? 'any namespace' : `namespace ${namespace}`;
  return { data: { items }, render: () => '', note: `No TemperatureConverters found in ${where}.` };
}
