import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { packageChart } from '../scripts/package-chart.ts';
import { runHelm } from './render-chart.ts';

const OPERATOR_DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const CONVERTER_DIGEST = `sha256:${'fedcba9876543210'.repeat(4)}`;
const IMAGES = {
  registry: 'registry.example.com/team',
  operatorDigest: OPERATOR_DIGEST,
  converterDigest: CONVERTER_DIGEST,
};

describe('the packaged chart', () => {
  let directory: string;
  let helm: string;
  let archive: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'package-'));
    helm = (await ensureTools(['helm'])).helm;
    archive = await packageChart(helm, IMAGES, directory);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('installs the released images, each by its digest', async () => {
    const rendered = await runHelm('template', 'tc', archive);
    expect(rendered).toContain(`registry.example.com/team/temperature-converter-operator@${OPERATOR_DIGEST}`);
    expect(rendered).toContain(`registry.example.com/team/temperature-converter-service@${CONVERTER_DIGEST}`);
    const chart = await runHelm('show', 'chart', archive);
    expect(chart).toMatch(/image: registry\.example\.com\/team\/temperature-converter-operator:\d/u);
  });

  it('contains the definition, the schema and the README, and no tests', async () => {
    const files = (await runCommand(['tar', '-tzf', archive])).trim().split('\n');
    const inChart = files.map((file) => file.replace('temperature-converter-operator/', ''));
    expect(inChart).toEqual(
      expect.arrayContaining(['Chart.yaml', 'values.schema.json', 'README.md', 'crds/temperatureconverters.yaml']),
    );
    expect(inChart.filter((file) => file.endsWith('.ts'))).toEqual([]);
  });

  it('passes helm lint --strict', async () => {
    expect(await runHelm('lint', '--strict', archive)).toContain('0 chart(s) failed');
  });

  it('cannot be created with an invalid digest', async () => {
    const packaging = packageChart(helm, { ...IMAGES, operatorDigest: 'latest' }, directory);
    await expect(packaging).rejects.toThrow(
      `the digest of the operator's image must be sha256:… with 64 hexadecimal digits, not "latest"`,
    );
  });
});
