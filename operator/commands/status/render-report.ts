import { KIND } from '../../api/temperature-converter.ts';
import { FIELD_MANAGER } from '../../children/labels.ts';
import { oneLine, quote } from '../../status/words.ts';
import { formatAge } from './age.ts';
import type { Gap } from './live-objects.ts';
import { podRows } from './pod-rows.ts';
import type { StatusReport } from './report.ts';
import { type Style, styleOfStatus } from './styles.ts';
import { type Cell, formatTable, type Layout } from './table.ts';
import { printable, wrapText } from './text.ts';

/** How many events fit on a screen with the rest. */
const EVENTS_SHOWN = 12;
const INDENT = '  ';

/** Renders a report as one screen. */
export function renderReport(report: StatusReport, now: Date, layout: Layout): string {
  const inner = { ...layout, width: layout.width - INDENT.length };
  const sections: readonly Section[] = [
    conditionsSection(report, now, inner),
    childrenSection(report, now, inner),
    podsSection(report, now, inner),
    autoscalerSection(report, now, inner),
    eventsSection(report, now, inner),
  ];
  const lines = sections.flatMap(({ title, lines: content }) =>
    ['', layout.paint('title', title)].concat(content.map((line) => `${INDENT}${line}`)),
  );
  return `${[...headerLines(report, now, layout), ...lines].join('\n')}\n`;
}

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

function headerLines({ converter }: StatusReport, now: Date, layout: Layout): readonly string[] {
  const { namespace, name, ready, reason, replicas, readyReplicas, url, image } = converter;
  const facts: readonly (readonly [string, Cell])[] = [
    ['Ready:', { text: reason === '' ? ready : `${ready} (${reason})`, style: styleOfStatus(ready) }],
    ['Replicas:', `${readyReplicas}/${replicas} ready`],
    ['URL:', url ?? '-'],
    ['Image:', image ?? '-'],
    ['Age:', formatAge(converter.creationTimestamp, now)],
  ];
  const [, ...lines] = formatTable(['', ''], facts, layout);
  const notes = notesOf(converter, now).flatMap((note) => wrapText(note, layout.width));
  return [
    layout.paint('title', printable(`${KIND} ${namespace}/${name}`)),
    ...lines,
    ...notes.map((line) => layout.paint('warning', line)),
  ];
}

/** What the conditions may not show yet. */
function notesOf(converter: StatusReport['converter'], now: Date): readonly string[] {
  const { deletionTimestamp, finalizers, generation, observedGeneration } = converter;
  const deletion =
    deletionTimestamp === undefined
      ? []
      : [`Being deleted for ${formatAge(deletionTimestamp, now)}; finalizers: ${finalizers.join(', ') || 'none'}.`];
  const isStale = observedGeneration !== undefined && observedGeneration < generation;
  return isStale
    ? [...deletion, `The status is of generation ${observedGeneration}; the spec is of generation ${generation}.`]
    : deletion;
}

function conditionsSection({ conditions }: StatusReport, now: Date, layout: Layout): Section {
  const rows = conditions.map(({ type, status, reason, message, lastTransitionTime }): readonly Cell[] => [
    type,
    { text: status, style: styleOfCondition(type, status) },
    reason,
    formatAge(lastTransitionTime, now),
    abbreviate(message, type, conditions),
  ]);
  const lines =
    rows.length === 0 ? ['none'] : formatTable(['TYPE', 'STATUS', 'REASON', 'AGE', 'MESSAGE'], rows, layout);
  return { title: 'Conditions', lines };
}

/** Ready and Stalled repeat the message of the condition that is not met: once is enough for a screen. */
function abbreviate(message: string, type: string, conditions: StatusReport['conditions']): string {
  const first = conditions.find((condition) => condition.message === message);
  return first === undefined || first.type === type ? message : `Same as ${first.type}.`;
}

function styleOfCondition(type: string, status: string): Style {
  if (type === 'Stalled') return 'bad';
  if (type !== 'Paused') return styleOfStatus(status);
  return status === 'False' ? 'faint' : 'warning';
}

function childrenSection({ children, gaps }: StatusReport, now: Date, layout: Layout): Section {
  const rows = children.map(({ kind, name, state, isOwn, lastChange }): readonly Cell[] => {
    const isForeignChange = lastChange !== undefined && lastChange.manager !== FIELD_MANAGER;
    const text = isForeignChange ? `${state}; changed by ${lastChange.manager || 'an unknown client'}` : state;
    return [kind, name, formatAge(lastChange?.time, now), isOwn ? text : { text, style: 'bad' }];
  });
  const table = rows.length === 0 ? [] : formatTable(['KIND', 'NAME', 'CHANGED', 'STATE'], rows, layout);
  const ofChildren = gaps.filter(({ what }) => what !== 'pods' && what !== 'events');
  return section('Children', [...table, ...ofChildren.flatMap((gap) => gapLines(gap, layout))]);
}

function podsSection({ pods, gaps }: StatusReport, now: Date, layout: Layout): Section {
  const header = ['NAME', 'READY', 'STATE', 'RESTARTS', 'AGE', 'DETAILS'];
  const table = pods.length === 0 ? [] : formatTable(header, podRows(pods, now), layout);
  return section('Pods', [...table, ...gapsOf('pods', gaps, layout)]);
}

function autoscalerSection({ autoscaler, gaps }: StatusReport, now: Date, layout: Layout): Section {
  if (autoscaler === undefined) {
    return section('Autoscaler', gapsOf('HorizontalPodAutoscaler', gaps, layout));
  }
  const { currentReplicas, desiredReplicas, minReplicas, maxReplicas, lastScaleTime } = autoscaler;
  const { currentCPUUtilizationPercentage: current, targetCPUUtilizationPercentage: target } = autoscaler;
  const scaled = lastScaleTime === undefined ? 'never' : `${formatAge(lastScaleTime, now)} ago`;
  const facts: readonly (readonly Cell[])[] = [
    [
      'Replicas:',
      `${currentReplicas ?? 'unknown'} current, ${desiredReplicas ?? 'unknown'} desired, ${minReplicas} to ${maxReplicas} allowed`,
    ],
    ['CPU:', `${percent(current)} of the request, target ${percent(target)}`],
    ['Last scaled:', scaled],
    ...autoscaler.conditions.map(({ type, status, reason, message }): readonly Cell[] => [
      `${type}:`,
      { text: `${status}, ${quote(reason, message)}`, style: 'warning' },
    ]),
  ];
  const [, ...lines] = formatTable(['', ''], facts, layout);
  return { title: 'Autoscaler', lines };
}

function percent(value: number | undefined): string {
  return value === undefined ? 'unknown' : `${value}%`;
}

function eventsSection({ events, gaps }: StatusReport, now: Date, layout: Layout): Section {
  const shown = events.slice(-EVENTS_SHOWN);
  const rows = shown.map(({ time, count, type, reason, object, message }): readonly Cell[] => [
    formatAge(time, now),
    String(count),
    type === 'Warning' ? { text: type, style: 'warning' } : type,
    reason,
    `${object}: ${oneLine(message)}`,
  ]);
  const hidden = events.length - shown.length;
  const note = hidden === 0 ? [] : [layout.paint('faint', `${hidden} older events are not shown; -o json has all.`)];
  const table =
    rows.length === 0 ? [] : formatTable(['AGE', 'COUNT', 'TYPE', 'REASON', 'OBJECT AND MESSAGE'], rows, layout);
  return section('Events', [...note, ...table, ...gapsOf('events', gaps, layout)]);
}

function section(title: string, lines: readonly string[]): Section {
  return { title, lines: lines.length === 0 ? ['none'] : lines };
}

function gapsOf(what: Gap['what'], gaps: readonly Gap[], layout: Layout): readonly string[] {
  return gaps.filter((gap) => gap.what === what).flatMap((gap) => gapLines(gap, layout));
}

function gapLines({ what, message }: Gap, { width, paint }: Layout): readonly string[] {
  return wrapText(printable(`${what}: not shown, ${message}`), width).map((line) => paint('warning', line));
}
