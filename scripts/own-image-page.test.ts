import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildPodTemplate } from '../operator/children/pod-template.ts';
import { exampleConverter } from '../operator/api/example-converter.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/own-image.md'), 'utf8').replaceAll(/\s+/gu, ' ');

const { spec } = buildPodTemplate(exampleConverter(), 'mine:1');
const [container] = spec?.containers ?? [];

describe('docs/own-image.md', () => {
  it('names every variable of the container, with its value', () => {
    const variables = (container?.env ?? []).map(({ name, value }) => [name, value]);
    expect(variables).toEqual([
      ['PORT', '5000'],
      ['METRICS_PORT', '9464'],
      ['LOG_LEVEL', 'info'],
    ]);
    for (const [name] of variables) expect(PAGE).toContain(`| \`${name}\` |`);
    expect(PAGE).toContain('| `PORT` | `5000` |');
    expect(PAGE).toContain('| `METRICS_PORT` | `9464` |');
    expect(PAGE).toContain('| `LOG_LEVEL` | `spec.logLevel` |');
  });

  it('states the probes', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container ?? {};
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
      expect(PAGE).toContain(`\`GET ${probe?.httpGet?.path}\``);
      expect(container?.ports).toContainEqual({ name: probe?.httpGet?.port, containerPort: 5000, protocol: 'TCP' });
    }
    expect(startupProbe).toMatchObject({ periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 2 });
    expect(readinessProbe).toMatchObject({ timeoutSeconds: 2 });
    expect(PAGE).toContain('within 2 seconds, at the latest 60 seconds after its start');
    expect(livenessProbe).toMatchObject({ timeoutSeconds: 5, failureThreshold: 3 });
    expect(PAGE).toContain('the liveness probe allows 5 seconds, and three failures in a row restart the container');
  });

  it('states the restrictions of the pod', () => {
    expect(spec?.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(container?.securityContext).not.toHaveProperty('runAsUser');
    expect([spec?.volumes, container?.volumeMounts]).toEqual([undefined, undefined]);
    expect([container?.command, container?.args]).toEqual([undefined, undefined]);
    expect(spec?.automountServiceAccountToken).toBe(false);
    expect(PAGE).toContain('a numeric ID other than 0');
    expect(PAGE).toContain('no directory is writable, `/tmp` neither');
  });

  it('states the time to end', () => {
    expect(spec?.terminationGracePeriodSeconds).toBe(30);
    expect(container?.lifecycle?.preStop).toEqual({ sleep: { seconds: 5 } });
    expect(PAGE).toContain('end within 25 seconds after SIGTERM');
    expect(PAGE).toContain('`preStop` sleep of 5 seconds, and SIGKILL 30 seconds after the deletion began');
  });

  it('states the default resources', () => {
    expect(container?.resources).toEqual({
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '200m', memory: '128Mi' },
    });
    expect(PAGE).toContain('work with 64Mi of memory and 100m of CPU, at most 128Mi and 200m');
  });
});
