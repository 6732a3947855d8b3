import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { computeEvents } from '../operator/status/events.ts';
import { REASONS } from '../operator/status/reasons.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/conditions.md'), 'utf8');

/** The reasons in the first column of the table below a heading. */
function documentedReasons(condition: string): readonly string[] {
  const [, section = ''] = PAGE.split(`\n## ${condition}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| `(\w+)`\s*\|/gm)].map(([, reason = '']) => reason);
}

describe('docs/conditions.md', () => {
  it.each(Object.entries(REASONS))('has every reason of %s, in its order, and no other', (condition, reasons) => {
    expect(documentedReasons(condition)).toEqual([...reasons]);
  });

  it('has every condition and no other', () => {
    const headings = [...PAGE.matchAll(/^## (\w+)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual([...Object.keys(REASONS), 'Events']);
  });

  it('names just the reasons that are no event', () => {
    const [, events = ''] = PAGE.split('\n## Events\n');
    const [, named = ''] = /\(([^)]*)\) causes no event/.exec(events.replaceAll('\n', ' ')) ?? [];
    const documented = [...named.matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason);
    const silent = Object.values(REASONS)
      .flat()
      .filter((reason) => !causesEvent(reason));
    expect(new Set(documented)).toEqual(new Set(silent));
  });
});

/** Says whether it is told in an event that something is not ready for this reason. */
function causesEvent(reason: string): boolean {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const conditions = [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime }] as const;
  const status = { observedGeneration: 1, replicas: 0, readyReplicas: 0, url: '', conditions };
  return computeEvents(undefined, status).length > 0;
}
