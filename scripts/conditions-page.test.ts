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
  it.each(Object.entries(REASONS))('lists exactly the reasons of %s, in order', (condition, reasons) => {
    expect(documentedReasons(condition)).toEqual([...reasons]);
  });

  it('lists exactly the conditions', () => {
    const headings = [...PAGE.matchAll(/^## (\w+)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual([...Object.keys(REASONS), 'Events']);
  });

  it('names exactly the reasons that cause no event', () => {
    const [, events = ''] = PAGE.split('\n## Events\n');
    const [, named = ''] = /\(([^)]*)\) causes no event/.exec(events.replaceAll('\n', ' ')) ?? [];
    const documented = [...named.matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason);
    const withoutEvent = Object.values(REASONS)
      .flat()
      .filter((reason) => !causesEvent(reason));
    expect(new Set(documented)).toEqual(new Set(withoutEvent));
  });
});

/** Whether a condition Ready that is false for this reason causes an event. */
function causesEvent(reason: string): boolean {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const conditions = [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime }] as const;
  const status = { observedGeneration: 1, replicas: 0, readyReplicas: 0, url: '', conditions };
  return computeEvents(undefined, status).length > 0;
}
