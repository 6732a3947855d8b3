import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..');
// npm starts slowly on a busy machine.
jest.setTimeout(60_000);

let registry: Server | undefined;
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'npm-cache-'));
});
afterEach(async () => {
  registry?.close();
  await rm(cache, { recursive: true });
});

/** Runs the audit with real npm against a registry with this response; resolves to its exit code, output and request. */
async function audit(status: number, answer: string): Promise<{ code: number; output: string; asked: string }> {
  let asked = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isAudit = request.url === '/-/npm/v1/security/advisories/bulk';
      if (isAudit) asked = gunzipSync(Buffer.concat(chunks)).toString();
      response.writeHead(isAudit ? status : 404, { 'Content-Type': 'application/json' }).end(isAudit ? answer : '{}');
    });
  });
  registry = server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // SAFETY: a server that listens on TCP has an AddressInfo.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // npm caches audits: a cache of its own keeps tests apart from the user's.
  const env = { ...process.env, npm_config_registry: url, npm_config_fetch_retries: '0', npm_config_cache: cache };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['scripts/audit.ts'], { cwd: ROOT, env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr, asked });
    });
  });
}

const advise = (name: string, severity: string): string =>
  JSON.stringify({
    [name]: [
      { id: 1, url: 'https://example.com/1', title: 'Remote code execution', severity, vulnerable_versions: '*' },
    ],
  });

describe('the audit', () => {
  it('asks about the packages of the bundles, and passes without vulnerabilities', async () => {
    const { code, output, asked } = await audit(200, '{}');
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^no known high or critical vulnerability in \d+ packages/),
    ]);
    const names = Object.keys(JSON.parse(asked) as object);
    expect(names).toEqual(expect.arrayContaining(['express', 'pino', '@kubernetes/client-node']));
    expect(names).not.toContain('jest');
  });

  it.each(['high', 'critical'])('fails on a %s vulnerability, and names it', async (severity) => {
    const { code, output } = await audit(200, advise('pino', severity));
    expect([code, output]).toEqual([1, expect.stringContaining(`${severity}: pino`)]);
    expect(output).toContain('Remote code execution (https://example.com/1)');
  });

  it('passes with lesser vulnerabilities, and counts them', async () => {
    const { code, output } = await audit(200, advise('uuid', 'moderate'));
    expect([code, output]).toEqual([0, expect.stringContaining('; 1 lesser')]);
  });

  it('reports that it was not done, and why, when the registry does not answer', async () => {
    const { code, output } = await audit(405, '');
    expect([code, output]).toEqual([3, expect.stringContaining('405 Method Not Allowed')]);
    expect(output).toContain('was NOT done');
  });
});
