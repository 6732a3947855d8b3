import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { CHART_DIRECTORY } from './render-chart.ts';

const ROOT = join(CHART_DIRECTORY, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

// SAFETY: every package.json and Chart.yaml has these.
const { version } = JSON.parse(read('package.json')) as { version: string };
const chart = load(read('helm/Chart.yaml')) as {
  version: string;
  appVersion: string;
  annotations: Readonly<Record<string, string>>;
};

describe('the version of package.json', () => {
  it('is that of the chart and of what it installs', () => {
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
    const images = load(chart.annotations['artifacthub.io/images'] ?? '') as readonly { readonly image: string }[];
    expect(images.map(({ image }) => image.split(':')[1])).toEqual([version, version]);
  });

  it.each(['Dockerfile.service', 'Dockerfile.operator'])('is that of the image of %s', (dockerfile) => {
    expect(/^ARG VERSION=(?<version>.*)$/mu.exec(read(dockerfile))?.groups?.['version']).toBe(version);
  });
});

describe('the CustomResourceDefinition of the chart', () => {
  it('is that of crds/: copy it with `cp crds/temperatureconverters.yaml helm/crds/`', () => {
    expect(read('helm/crds/temperatureconverters.yaml')).toBe(read('crds/temperatureconverters.yaml'));
  });
});
