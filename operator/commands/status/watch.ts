import { type Clock, sleep } from '../../../controller-runtime/clock/clock.ts';
import { KIND } from '../../api/temperature-converter.ts';
import type { Output } from '../output.ts';
import { NotFoundError } from './read-converters.ts';
import { ReadError } from './read-error.ts';
import type { Format } from './status-arguments.ts';
import type { Paint } from './styles.ts';
import { formatView, type View } from './view.ts';

/** The time between two reads. */
const INTERVAL_MS = 2000;

const CURSOR_HOME = '\u001B[H';
const CLEAR_SCREEN = '\u001B[2J';
const CLEAR_REST_OF_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** How a view is shown repeatedly. */
export interface WatchOptions {
  readonly output: Output;
  readonly format: Format;
  readonly paint: Paint;
  readonly clock: Clock;
}

/**
 * Shows a view every two seconds until the signal is aborted or the resource is deleted: on a terminal in place, elsewhere
 * again when the data has changed. Resolves to the exit status. Rejects if the first read fails; later ones are retried.
 */
export async function watchView(
  read: (signal: AbortSignal) => Promise<View>,
  options: WatchOptions,
  signal: AbortSignal,
): Promise<number> {
  const show = options.output.isTerminal && options.format === 'text' ? redraw(options) : printChanges(options);
  let view: View | undefined;
  while (!signal.aborted) {
    try {
      view = await read(signal);
      show(view);
    } catch (error) {
      if (signal.aborted) break;
      if (view === undefined || !(error instanceof ReadError)) throw error;
      if (error instanceof NotFoundError) {
        options.output.err(`${KIND} deleted: ${error.message}\n`);
        return 0;
      }
      show(view, `${error.message}; retrying`);
    }
    await sleep(options.clock, INTERVAL_MS, signal);
  }
  return 0;
}

type Show = (view: View, problem?: string) => void;

/** Draws over the previous screen, which does not flicker as clearing it would. */
function redraw({ output, format, paint, clock }: WatchOptions): Show {
  let isFirst = true;
  return (view, problem) => {
    const text = formatView(view, format, { now: clock.now(), output, paint });
    const parts = [text.trimEnd(), view.note, problem].filter((part) => part !== undefined && part !== '');
    const lines = parts.join('\n').split('\n');
    const height = Math.max(2, (output.rows ?? Number.POSITIVE_INFINITY) - 1);
    const hidden = lines.length - height;
    const shown = hidden > 0 ? [...lines.slice(0, height - 1), `… ${hidden + 1} more lines`] : lines;
    const frame = shown.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
    output.out(`${isFirst ? CLEAR_SCREEN : ''}${CURSOR_HOME}${frame}${CLEAR_BELOW}`);
    isFirst = false;
  };
}

function printChanges({ output, format, paint, clock }: WatchOptions): Show {
  let printed: string | undefined;
  return (view, problem) => {
    if (problem !== undefined) output.err(`${problem}\n`);
    const data = JSON.stringify(view.data);
    if (data === printed) return;
    const separator = format === 'yaml' ? '---\n' : '\n';
    output.out(
      `${printed === undefined ? '' : separator}${formatView(view, format, { now: clock.now(), output, paint })}`,
    );
    if (view.note !== undefined) output.err(`${view.note}\n`);
    printed = data;
  };
}
