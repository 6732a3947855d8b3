import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { followTraffic } from './follow-traffic.ts';
import { Kubectl, KubectlError } from './kubectl.ts';
import type { Traffic } from './traffic.ts';

const NEVER = new AbortController().signal;

function lineOf(second: number): string {
  return JSON.stringify({ second, spanSeconds: 1, requests: 5, failures: 0, p50Ms: 1, p99Ms: 2 });
}

describe('following the log of the load pod', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'follow-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A program in place of kubectl, whose n-th call runs the n-th script. A real server cannot be made to fail at will. */
  async function kubectlOf(...scripts: readonly string[]): Promise<Kubectl> {
    const program = join(directory, 'kubectl');
    const cases = scripts.map((script, index) => `${index + 1}) ${script};;`).join('\n');
    const count = `echo "$@" >> ${directory}/calls; case $(wc -l < ${directory}/calls | tr -d ' ') in`;
    await writeFile(program, `#!/bin/sh\n${count}\n${cases}\nesac\n`);
    await chmod(program, 0o755);
    return new Kubectl(program, { context: 'test', namespace: 'team' });
  }

  it('reports each second until the pod has sent all requests', async () => {
    const kubectl = await kubectlOf(`printf '%s\\n' '${lineOf(1)}' '${lineOf(2)}' '{"done":true}'`);
    expect(await follow(kubectl)).toEqual([1, 2]);
    expect(await readFile(join(directory, 'calls'), 'utf8')).toBe(
      '--context test --namespace team logs pod-1 --container load --follow\n',
    );
  });

  it('reads the log again when it ends early, and reports no second twice', async () => {
    const kubectl = await kubectlOf(
      `echo 'container "load" is waiting to start' >&2; exit 1`,
      `printf '%s\\n' '${lineOf(1)}' '${lineOf(2)}' '{"second":3,"requ'`,
      `printf '%s\\n' '${lineOf(1)}' '${lineOf(2)}' '${lineOf(3)}' '{"done":true}'`,
    );
    expect(await follow(kubectl)).toEqual([1, 2, 3]);
  });

  it('fails when the log may not be read', async () => {
    const message = 'Error from server (Forbidden): pods "pod-1" is forbidden: cannot get resource "pods/log"';
    const kubectl = await kubectlOf(
      `echo 'W1128 09:00:00.0 warnings.go:70] a warning' >&2; echo '${message}' >&2; exit 1`,
    );
    await expect(follow(kubectl)).rejects.toThrow(new KubectlError(message));
  });

  it('ends with the signal, and ends kubectl', async () => {
    const kubectl = await kubectlOf(`echo '${lineOf(1)}'; exec sleep 60`);
    const startedMs = performance.now();
    await expect(follow(kubectl, AbortSignal.timeout(500))).rejects.toThrow('timeout');
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});

async function follow(kubectl: Kubectl, signal = NEVER): Promise<readonly number[]> {
  const seconds: number[] = [];
  await followTraffic(kubectl, 'pod-1', ({ second }: Traffic) => seconds.push(second), signal);
  return seconds;
}
