import { describe, expect, it } from '@jest/globals';
import { assert, asyncProperty, oneof, stringMatching } from 'fast-check';
import { ALL_FEATURES, ALL_MONITORING } from './all-features.ts';
import { describeObject, only, type RenderedObject, renderChart, type Values } from './render-chart.ts';

/** The names of releases that Helm allows. */
const HELM_RELEASE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;
const SUBDOMAIN = HELM_RELEASE_NAME;
/** The name of a Service before Kubernetes relaxed it. */
const DNS_1035_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/u;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/u;
/** The kinds whose name becomes that of a Service or a label's value. */
const SHORT_NAMES = new Set(['Service', 'TemperatureConverter', 'Deployment', 'Job', 'Pod']);
const ROUNDS = 60;
const TIMEOUT_MS = 60_000;

const VALUES: Values = { ...ALL_FEATURES, ...ALL_MONITORING };

const releaseNames = oneof(
  stringMatching(/^[a-z0-9.-]{1,53}$/u),
  stringMatching(/^[a-z0-9-]{1,44}-operator$/u),
  stringMatching(/^[0-9][a-z0-9.-]{39,52}$/u),
).filter((name) => HELM_RELEASE_NAME.test(name) && name.length <= 53);

function expectValid(object: RenderedObject): void {
  const { kind, metadata } = object;
  const form = SHORT_NAMES.has(kind) ? DNS_1035_LABEL : SUBDOMAIN;
  expect([kind, metadata.name]).toEqual([kind, expect.stringMatching(form)]);
  for (const value of Object.values(metadata.labels)) expect(value).toMatch(LABEL_VALUE);
}

describe('for every name of a release that Helm allows', () => {
  it(
    'the names and labels of all objects are valid on every supported Kubernetes, and differ',
    async () => {
      const property = asyncProperty(releaseNames, async (release) => {
        const objects = await renderChart(VALUES, { release });
        objects.forEach(expectValid);
        expect(new Set(objects.map(describeObject)).size).toBe(objects.length);
        const converter = only(objects, 'TemperatureConverter').metadata.name;
        const children = objects.filter(({ kind }) => ['Deployment', 'Service'].includes(kind));
        expect(children.map(({ metadata }) => metadata.name)).not.toContain(converter);
        const { template } = only(objects, 'Deployment').spec ?? {};
        expect(template?.metadata?.labels).toMatchObject(only(objects, 'Service').spec?.selector ?? { none: true });
      });
      await assert(property, {
        numRuns: ROUNDS,
        examples: [
          ['1'],
          ['operator'],
          ['x-operator'],
          ['1-operator'],
          [`${'a'.repeat(40)}-b`],
          ['a'.repeat(50)],
          [`${'a.'.repeat(26)}a`],
        ],
      });
    },
    TIMEOUT_MS,
  );

  it('two long names differ', async () => {
    const names = await Promise.all(
      ['b', 'c'].map(async (last) =>
        only(await renderChart({}, { release: `${'a'.repeat(52)}${last}` }), 'Deployment'),
      ),
    );
    expect(names[0]?.metadata.name).not.toBe(names[1]?.metadata.name);
  });
});
