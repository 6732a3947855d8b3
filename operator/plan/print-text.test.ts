import { describe, expect, it } from '@jest/globals';
import type { ConverterPlan } from './converter-plan.ts';
import { TextPrinter } from './print-text.ts';

const PLAN: ConverterPlan = {
  namespace: 'blue',
  name: 'web',
  outcome: 'blocked',
  replacesPods: false,
  children: [
    {
      kind: 'Service',
      name: 'web',
      action: 'changed',
      fields: [
        {
          path: 'spec.type',
          from: 'NodePort',
          to: 'ClusterIP',
          setBy: { manager: 'kubectl-edit', operation: 'Update', time: '2026-01-01T00:00:00Z' },
        },
        { path: 'spec.externalName', from: 'x' },
        { path: 'spec.selector', to: { app: 'web' } },
      ],
      diff: '@@ -1,1 +1,1 @@ spec\n-  type: NodePort\n+  type: ClusterIP\n',
      consequences: ['The node ports are released.'],
      replacesPods: false,
      changesAddress: false,
      tried: true,
    },
    {
      kind: 'Deployment',
      name: 'web',
      action: 'blocked',
      reason: 'NameConflict',
      message: 'Deployment web already exists.',
      fields: [],
      consequences: [],
      replacesPods: false,
      changesAddress: false,
      tried: false,
    },
  ],
};

function printed(plan: ConverterPlan, colored = false): string {
  let text = '';
  const printer = new TextPrinter(
    (part) => {
      text += part;
    },
    { isColored: colored },
  );
  printer.print(plan);
  return text;
}

describe('the text of a plan', () => {
  it('has the diff, who set each value and when, what follows and what is in the way', () => {
    expect(printed(PLAN)).toBe(`TemperatureConverter blue/web: blocked
  Service web: changed
    --- Service web (now)
    +++ Service web (planned)
    @@ -1,1 +1,1 @@ spec
    -  type: NodePort
    +  type: ClusterIP
    spec.type: "NodePort" becomes "ClusterIP"; last set by kubectl-edit (Update, 2026-01-01T00:00:00Z)
    spec.externalName: "x" is removed
    spec.selector: {"app":"web"} is added
    The node ports are released.
  Deployment web: blocked (NameConflict)
    Deployment web already exists.

`);
  });

  it('leaves out converters that do not change, and failures, which are errors', () => {
    expect(printed({ ...PLAN, outcome: 'unchanged' })).toBe('');
    expect(printed({ ...PLAN, outcome: 'failed' })).toBe('');
  });

  it('colors the lines of a diff', () => {
    const text = printed(PLAN, true);
    expect(text).toContain('\u001B[31m    -  type: NodePort\u001B[0m');
    expect(text).toContain('\u001B[32m    +  type: ClusterIP\u001B[0m');
  });
});
