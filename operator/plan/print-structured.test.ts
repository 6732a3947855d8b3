import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import type { ConverterPlan } from './converter-plan.ts';
import { JsonPrinter, YamlPrinter } from './print-structured.ts';
import { Summary } from './summary.ts';

const PLAN: ConverterPlan = {
  namespace: 'blue',
  name: 'web',
  outcome: 'changed',
  replacesPods: true,
  children: [
    {
      kind: 'Service',
      name: 'web',
      action: 'changed',
      fields: [{ path: 'spec.type', from: 'NodePort', to: 'ClusterIP' }],
      diff: '@@ -1,2 +1,2 @@ spec\n-  type: NodePort\n+  type: ClusterIP\n',
      consequences: ['The node ports are released.'],
      replacesPods: false,
      changesAddress: false,
      tried: true,
    },
  ],
};

const FORMATS = [
  ['json', JsonPrinter, JSON.parse],
  ['yaml', YamlPrinter, load],
] as const;

describe.each(FORMATS)('the output in %s', (_format, Printer, parse) => {
  it.each([0, 1, 3])('is one document with %i plans and the summary', (count) => {
    const summary = new Summary();
    let text = '';
    const printer = new Printer((part) => {
      text += part;
    });
    for (let index = 0; index < count; index += 1) {
      summary.add(PLAN);
      printer.print(PLAN);
    }
    printer.end(summary);
    expect(parse(text)).toEqual({
      apiVersion: 'plan.temperature-converter.io/v1',
      kind: 'Plan',
      converters: Array.from({ length: count }, () => PLAN),
      summary: {
        converters: count,
        created: 0,
        changed: count,
        blocked: 0,
        paused: 0,
        deleting: 0,
        unchanged: 0,
        failed: 0,
        replacePods: count,
        errors: 0,
      },
    });
  });
});
