import { formatAge } from './age.ts';
import type { ConverterSummary } from './report.ts';
import { styleOfStatus } from './styles.ts';
import { type Cell, formatTable, type Layout } from './table.ts';

/** Renders a table of resources; with a column of their namespaces for all namespaces. */
export function renderList(
  converters: readonly ConverterSummary[],
  { hasNamespaces, now }: { readonly hasNamespaces: boolean; readonly now: Date },
  layout: Layout,
): string {
  const header = ['NAME', 'READY', 'REASON', 'REPLICAS', 'AGE', 'URL'];
  const rows = converters.map((converter): readonly Cell[] => {
    const { namespace, name, ready, reason, replicas, readyReplicas, creationTimestamp, url = '' } = converter;
    const cells = [
      name,
      { text: ready, style: styleOfStatus(ready) },
      converter.deletionTimestamp === undefined ? reason : 'Deleting',
      `${readyReplicas}/${replicas}`,
      formatAge(creationTimestamp, now),
      url,
    ];
    return hasNamespaces ? [namespace, ...cells] : cells;
  });
  return `${formatTable(hasNamespaces ? ['NAMESPACE', ...header] : header, rows, layout).join('\n')}\n`;
}
