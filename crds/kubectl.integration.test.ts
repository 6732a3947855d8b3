import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failureOf } from '../helm/test-api-server.ts';
import { inNewestWords } from '../integration/testing/refusal-wording.ts';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import {
  type ApiServer,
  installDefinition,
  patch,
  pathOf,
  START_TIMEOUT_MS,
  startApiServer,
} from './testing/api-server.ts';
import { readCustomResourceDefinition } from './schema.ts';

const SAMPLES = join(import.meta.dirname, '../samples');
const STATUS = {
  replicas: 2,
  image: 'registry.example.com/converter:1.2.3',
  url: 'http://minimal.default.svc:80',
  conditions: [
    { type: 'Paused', status: 'False', reason: 'NotPaused', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    { type: 'Ready', status: 'True', reason: 'Serving', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

let server: ApiServer;
let directory: string;
let program: string;

beforeAll(async () => {
  ({ kubectl: program } = await ensureTools(['kubectl']));
  directory = await mkdtemp(join(tmpdir(), 'kubectl-test-'));
  server = await startApiServer();
  await installDefinition(server.client, readCustomResourceDefinition());
  await kubectl('apply', '-f', SAMPLES);
  await patch(server.client, pathOf('minimal', 'status'), { status: STATUS });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

function kubectl(...args: readonly string[]): Promise<string> {
  const own = ['--kubeconfig', server.kubeconfigPath, '--cache-dir', join(directory, 'cache')];
  return runCommand([program, ...own, ...args]);
}

/** Splits a table into rows of cells by the columns of its header, because a cell may be empty. */
function cellsOf(table: string): string[][] {
  const [header = '', ...rows] = table.trimEnd().split('\n');
  const starts = [...header.matchAll(/\S+/g)].map(({ index }) => index);
  return [header, ...rows].map((row) => starts.map((start, i) => row.slice(start, starts[i + 1]).trim()));
}

async function apply(text: string, ...flags: readonly string[]): Promise<string> {
  const file = join(directory, 'resource.yaml');
  await writeFile(file, text);
  return kubectl('apply', '--dry-run=server', ...flags, '-f', file);
}

const TYPO = `
apiVersion: temperature-converter.io/v1
kind: TemperatureConverter
metadata: {name: typo}
spec: {service: {prot: 8080}}
`;

describe('kubectl', () => {
  it('applies every sample, and reports no change the second time', async () => {
    const lines = (await kubectl('apply', '-f', SAMPLES)).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/ unchanged$/);
  });

  it.each(['tc', 'temperatureconverter', 'temperatureconverters', 'temperatureconverters.temperature-converter.io'])(
    'gets %s with its columns',
    async (resource) => {
      expect(cellsOf(await kubectl('get', resource))).toEqual([
        ['NAME', 'READY', 'REASON', 'PORT', 'MIN', 'MAX', 'REPLICAS', 'AGE'],
        ['another-port', 'Unknown', 'Pending', '9090', '1', '5', '', expect.stringMatching(/^\d+m?s$/)],
        ['everything', 'Unknown', 'Pending', '8080', '2', '4', '', expect.stringMatching(/^\d+m?s$/)],
        ['minimal', 'True', 'Serving', '80', '1', '5', '2', expect.stringMatching(/^\d+m?s$/)],
      ]);
    },
  );

  it('adds URL and image with -o wide', async () => {
    const [header, row] = cellsOf(await kubectl('get', 'tc', 'minimal', '-o', 'wide'));
    expect(header?.slice(-3)).toEqual(['AGE', 'URL', 'IMAGE']);
    expect(row?.slice(-2)).toEqual([STATUS.url, STATUS.image]);
  });

  it('does not include converters in `get all`, which users without a right to them can run', async () => {
    expect(await kubectl('get', 'all')).not.toContain('temperatureconverter');
  });

  it('waits for the condition Ready, which a new resource does not meet', async () => {
    await expect(kubectl('wait', '--for=condition=Ready', 'tc/minimal', '--timeout=1s')).resolves.toContain('met');
    await expect(kubectl('wait', '--for=condition=Ready', 'tc/another-port', '--timeout=0s')).rejects.toThrow(
      'condition not met',
    );
  });

  it('explains a field', async () => {
    expect(await kubectl('explain', 'tc.spec.service.port')).toContain('TCP port that the Service listens on.');
  });

  it('rejects an unknown field', async () => {
    await expect(apply(TYPO)).rejects.toThrow('strict decoding error: unknown field "spec.service.prot"');
    await expect(apply(TYPO, '--server-side')).rejects.toThrow('.spec.service.prot: field not declared in schema');
  });

  it('only warns of an unknown field with --validate=warn', async () => {
    await expect(apply(TYPO, '--validate=warn')).resolves.toContain('created (server dry run)');
  });

  it('reports every error of a spec by field', async () => {
    const spec = '{image: Converter, autoscaling: {minReplicas: 4, maxReplicas: 2}, service: {nodePort: 30000}}';
    const refusal = inNewestWords(await failureOf(apply(TYPO.replace(/spec: .*/, `spec: ${spec}`))));
    for (const words of [
      'The TemperatureConverter "typo" is invalid',
      '* spec.autoscaling.maxReplicas: Invalid value: must not be less than spec.autoscaling.minReplicas',
      '* spec.service.nodePort: Invalid value: may be set only when spec.service.type is NodePort or LoadBalancer',
    ]) {
      expect(refusal).toContain(words);
    }
    // Before 1.34, the API server quotes the type of the value.
    expect(refusal).toMatch(
      /\* spec\.image: Invalid value: "(?:Converter|string)": must have no capital letters in the name/u,
    );
  });
});
