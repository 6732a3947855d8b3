import { describe, expect, it } from '@jest/globals';
import * as affinity from '../crds/cases/affinity.ts';
import * as autoscaling from '../crds/cases/autoscaling.ts';
import * as image from '../crds/cases/image.ts';
import * as otherObjects from '../crds/cases/other-objects.ts';
import * as podMetadata from '../crds/cases/pod-metadata.ts';
import * as resources from '../crds/cases/resources.ts';
import * as service from '../crds/cases/service.ts';
import * as tolerations from '../crds/cases/tolerations.ts';
import * as topLevel from '../crds/cases/top-level.ts';
import * as topologySpread from '../crds/cases/topology-spread.ts';
import { refusalOf, renderChart, type Values } from './render-chart.ts';

const areas = Object.entries({
  topLevel,
  service,
  autoscaling,
  image,
  resources,
  podMetadata,
  tolerations,
  topologySpread,
  otherObjects,
  affinity,
});

/** Empty values that stand for the default in the chart, though the definition refuses an empty field. */
const DEFAULT_IN_THE_CHART = ['the image ""', 'no CPU request, but {}'];

/** The values that give the default converter this spec. */
function valuesFor(spec: object): Values {
  const { service: ofTheService, ...instance } = { service: undefined, ...spec };
  return { ...(ofTheService === undefined ? {} : { service: ofTheService }), instance };
}

/** The name of the value for a field of the spec, for instance `instance.pod` for `spec.pod.labels[a]`. */
function valueOf(field: string): string {
  const path = field.replace(/^spec\./u, '').replaceAll(/\[.*$/gu, '');
  const parts = path.split('.').slice(0, 2);
  return (parts[0] === 'service' ? parts : ['instance', ...parts]).join('.');
}

/** Whether Helm's message names the value, as a path of a value or of JSON. */
function names(message: string, value: string): boolean {
  const path = `/${value.replaceAll('.', '/')}`;
  const parent = path.slice(0, path.lastIndexOf('/'));
  const property = path.slice(path.lastIndexOf('/') + 1);
  return (
    message.includes(`at '${path}`) ||
    message.includes(value) ||
    new RegExp(`at '${parent}': .*'${property}'`, 'u').test(message)
  );
}

describe.each(areas)('a default converter that the definition refuses: %s', (_area, { ACCEPTED, REJECTED }) => {
  const refused = REJECTED.filter(
    ({ title, spec }) => typeof spec === 'object' && !Array.isArray(spec) && !DEFAULT_IN_THE_CHART.includes(title),
  );

  it.each(refused)('is refused by the chart, with the value: $title', async ({ spec, errors }) => {
    // SAFETY: filtered above.
    const message = await refusalOf(valuesFor(spec as object));
    const fields = Object.keys(errors).filter((field) => field !== '<nil>');
    expect([message, fields.some((field) => names(message, valueOf(field)))]).toEqual([message, true]);
  });

  it.each(ACCEPTED)('is rendered if the definition accepts it: $title', async ({ spec }) => {
    expect(await renderChart(valuesFor(spec))).not.toEqual([]);
  });
});
