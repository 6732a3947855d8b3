import { dump } from 'js-yaml';
import type { Output } from '../output.ts';
import type { Format } from './status-arguments.ts';
import type { Layout } from './table.ts';
import type { Paint } from './styles.ts';

/** What was read, as data and as text. */
export interface View {
  readonly data: object;
  /** Renders the data for people. */
  readonly render: (now: Date, layout: Layout) => string;
  /** Said besides the data: why there is none. */
  readonly note?: string;
}

/** Formats a view for an output. */
export function formatView(
  { data, render }: View,
  format: Format,
  { now, output, paint }: { readonly now: Date; readonly output: Output; readonly paint: Paint },
): string {
  if (format === 'json') return `${JSON.stringify(data, undefined, 2)}\n`;
  // Without the fields that are undefined, which YAML cannot express.
  if (format === 'yaml') return dump(JSON.parse(JSON.stringify(data)), { lineWidth: -1 });
  return render(now, { width: output.columns ?? Number.POSITIVE_INFINITY, paint });
}
