import { expect } from '@jest/globals';
import type { Condition, ConditionType, TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import type { Installation } from './installation.ts';
import { WAIT_TIMEOUT_MS } from './timeouts.ts';

/** The path that converts 212 °F. */
export const CONVERT_212 = '/api/convert-fahrenheit-to-celsius?fahrenheit=212';

/** A manifest of a TemperatureConverter. */
export function converter(name: string, spec: object = {}): object {
  return { apiVersion: 'temperature-converter.io/v1', kind: 'TemperatureConverter', metadata: { name }, spec };
}

/** Reads a converter. */
export function getConverter({ kubectl, namespace }: Installation, name: string): Promise<TemperatureConverter> {
  return kubectl.json<TemperatureConverter>('temperatureconverter', name, '-n', namespace);
}

/** Waits until a converter has a matching condition for its current generation, and returns the condition. */
export function waitForCondition(
  installation: Installation,
  name: string,
  wanted: { type: ConditionType; status: string; reason?: string },
  timeoutSeconds = 90,
): Promise<Condition> {
  return eventually(async () => {
    const resource = await getConverter(installation, name);
    const found = resource.status?.conditions?.find(({ type }) => type === wanted.type);
    expect(found).toMatchObject({ ...wanted, observedGeneration: resource.metadata.generation });
    // SAFETY: toMatchObject has just found it.
    return found as Condition;
  }, timeoutSeconds * 1000);
}

/** Waits until a converter is ready for its current generation. */
export async function waitUntilReady(installation: Installation, name: string, timeoutSeconds = 90): Promise<void> {
  await waitForCondition(installation, name, { type: 'Ready', status: 'True' }, timeoutSeconds);
}

/** Waits until a converter serves conversions on a port of its Service. */
export async function waitUntilConverting(
  installation: Installation,
  name: string,
  port: number,
  timeoutSeconds = WAIT_TIMEOUT_MS / 1000,
): Promise<void> {
  await eventually(async () => {
    const answer = await installation.request(name, port, CONVERT_212);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ celsius: 100 });
  }, timeoutSeconds * 1000);
}

/** The names and restart counts of a converter's pods, without terminating ones. */
export async function podsOf(
  { kubectl, namespace }: Installation,
  name: string,
): Promise<readonly { name: string; restarts: number }[]> {
  const { items } = await kubectl.json<PodList>('pods', '-n', namespace, '-l', `app.kubernetes.io/instance=${name}`);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  }[];
}
