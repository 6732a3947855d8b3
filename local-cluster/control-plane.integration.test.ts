import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getStatusCode, readCredentials } from './control-plane/api-request.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { findDaemons } from './process/daemon.ts';
import { waitUntil } from './process/wait-until.ts';

const START_MS = 120_000;

describe('the control plane', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'control-plane-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it(
    'runs beside another one, with its own clients',
    async () => {
      const directories = ['one', 'two'].map((name) => join(directory, name));
      const planes = await Promise.all(directories.map((stateDirectory) => startControlPlane({ stateDirectory })));
      try {
        expect(new Set(planes.map((plane) => plane.serverUrl)).size).toBe(2);
        expect(await Promise.all(planes.map((plane) => statusOf(plane, '/api/v1/nodes')))).toEqual([200, 200]);
      } finally {
        await Promise.all(planes.map((plane) => plane.stop()));
      }
      expect(directories.flatMap(daemonNames)).toEqual([]);
    },
    START_MS,
  );

  it(
    'restarts its API server at the same address, and keeps the data',
    async () => {
      const controlPlane = await startControlPlane({ stateDirectory: directory });
      try {
        await controlPlane.stopApiServer();
        expect(daemonNames(directory)).toEqual(['etcd']);
        expect(await statusOf(controlPlane, '/readyz')).toBeUndefined();
        await controlPlane.startApiServer();
        expect(await statusOf(controlPlane, '/api/v1/namespaces/default')).toBe(200);
      } finally {
        await controlPlane.stop();
        await controlPlane.stop();
      }
    },
    START_MS,
  );

  it(
    'records each request once in the audit log, with user and response code',
    async () => {
      const controlPlane = await startControlPlane({ stateDirectory: directory });
      try {
        await statusOf(controlPlane, '/api/v1/namespaces/default/configmaps/absent');
        const events = await waitUntil({
          what: 'the audit log to have the request',
          timeoutMs: 10_000,
          probe: () => {
            const lines = readFileSync(controlPlane.auditLogPath, 'utf8').trimEnd().split('\n');
            const matching = lines.filter((line) => line.includes('"name":"absent"'));
            return matching.length > 0 ? matching.map((line): unknown => JSON.parse(line)) : undefined;
          },
        });
        expect(events).toEqual([
          expect.objectContaining({
            stage: 'ResponseComplete',
            verb: 'get',
            user: expect.objectContaining({ username: 'kubernetes-super-admin' }),
            objectRef: expect.objectContaining({ resource: 'configmaps', namespace: 'default' }),
            responseStatus: expect.objectContaining({ code: 404 }),
          }),
        ]);
      } finally {
        await controlPlane.stop();
      }
    },
    START_MS,
  );

  it(
    'leaves no process running when its start is cancelled or fails',
    async () => {
      const cancel = new AbortController();
      const cancelled = startControlPlane({ stateDirectory: directory }, cancel.signal);
      await waitUntil({
        what: 'etcd to run',
        timeoutMs: START_MS,
        probe: () => daemonNames(directory).length > 0 || undefined,
      });
      cancel.abort(new Error('enough'));
      await expect(cancelled).rejects.toThrow('enough');
      expect(daemonNames(directory)).toEqual([]);

      const failing = startControlPlane({ stateDirectory: directory, apiServerFlags: ['--no-such-flag'] });
      await expect(failing).rejects.toThrow(/kube-apiserver ended unexpectedly[^]*unknown flag: --no-such-flag/u);
      expect(daemonNames(directory)).toEqual([]);
    },
    START_MS,
  );
});

async function statusOf(controlPlane: ControlPlane, path: string): Promise<number | undefined> {
  return getStatusCode(await readCredentials(controlPlane.kubeconfigPath), path);
}

function daemonNames(stateDirectory: string): string[] {
  return findDaemons(stateDirectory)
    .map((daemon) => daemon.name)
    .toSorted();
}
