import { describe, expect, it } from '@jest/globals';
import { reportBuildSteps } from './build-steps.ts';

function stepsOf(lines: readonly string[]): readonly string[] {
  const steps: string[] = [];
  const receive = reportBuildSteps((step) => steps.push(step));
  for (const line of lines) receive(line);
  return steps;
}

describe('reportBuildSteps', () => {
  it('reports the slow steps of BuildKit that are not in the cache', () => {
    const lines = [
      '#1 [internal] load build definition from Dockerfile.operator',
      '#5 [build 1/9] FROM docker.io/library/node:26-trixie-slim@sha256:1',
      '#5 resolve docker.io/library/node:26-trixie-slim@sha256:1 done',
      '#6 [build 2/9] WORKDIR /src',
      '#6 DONE 0.1s',
      '#8 [build 5/9] RUN npm ci',
      '#8 CACHED',
      '#9 [build 9/9] RUN npm run build -- operator',
      '#9 0.412 dist/operator.js',
      '#9 DONE 1.0s',
    ];
    expect(stepsOf(lines)).toEqual([
      'FROM docker.io/library/node:26-trixie-slim@sha256:1',
      'RUN npm run build -- operator',
    ]);
  });

  it('reports each once for Docker 20.10, which prints digests in between', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const lines = [
      '#8 [build  5/10] RUN npm ci',
      `#8 ${digest}`,
      '#8 CACHED',
      '#9 [build 10/10] RUN npm run build',
      `#9 ${digest}`,
      '#9 0.412 dist/operator.js',
      '#9 [build 10/10] RUN npm run build',
      '#9 DONE 1.0s',
    ];
    expect(stepsOf(lines)).toEqual(['RUN npm run build']);
  });

  it('reports those of podman', () => {
    const lines = [
      '[1/2] STEP 5/9: RUN npm ci',
      '--> Using cache 6f2',
      '[1/2] STEP 9/9: RUN npm run build -- operator',
      'dist/operator.js',
      '[2/2] STEP 1/4: FROM gcr.io/distroless/nodejs26-debian13:nonroot',
      'Trying to pull gcr.io/distroless/nodejs26-debian13:nonroot...',
    ];
    expect(stepsOf(lines)).toEqual([
      'RUN npm run build -- operator',
      'FROM gcr.io/distroless/nodejs26-debian13:nonroot',
    ]);
  });

  it('shortens a long step', () => {
    const [step = ''] = stepsOf([`#1 [1/1] RUN ${'x'.repeat(200)}`, '#1 DONE']);
    expect(step).toHaveLength(100);
  });
});
