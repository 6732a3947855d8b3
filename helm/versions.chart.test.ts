import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { VERSIONED_FILES, withVersion } from '../scripts/set-version.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

const ROOT = join(CHART_DIRECTORY, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

// SAFETY: npm requires a version.
const { version } = JSON.parse(read('package.json')) as { version: string };

describe('the version of package.json', () => {
  it.each(VERSIONED_FILES)('equals the version in %s: change it with `npm version`', (file) => {
    expect(withVersion(file, read(file), version)).toBe(read(file));
  });

  it.each(VERSIONED_FILES)('is replaced everywhere in %s', (file) => {
    const changed = withVersion(file, read(file), '23.4.5-rc.6');
    expect(changed).toContain('23.4.5-rc.6');
    expect(changed).not.toContain(version);
    expect(() => withVersion(file, '', version)).toThrow(`${file} has no place for the version`);
  });

  it('equals the version of the chart, the appVersion and the image tags', () => {
    // SAFETY: Helm requires version and appVersion; the annotations are ours.
    const chart = load(read('helm/Chart.yaml')) as {
      version: string;
      appVersion: string;
      annotations: Readonly<Record<string, string>>;
    };
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
    const images = load(chart.annotations['artifacthub.io/images'] ?? '') as readonly { readonly image: string }[];
    expect(images.map(({ image }) => image.split(':')[1])).toEqual([version, version]);
  });
});

describe('the CustomResourceDefinition of the chart', () => {
  it('equals the one in crds/: copy it with `cp crds/temperatureconverters.yaml helm/crds/`', () => {
    expect(read('helm/crds/temperatureconverters.yaml')).toBe(read('crds/temperatureconverters.yaml'));
  });
});
