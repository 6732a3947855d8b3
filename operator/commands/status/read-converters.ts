import { KIND, TEMPERATURE_CONVERTERS, type TemperatureConverter } from '../../api/temperature-converter.ts';
import type { KubeClient } from '../../../controller-runtime/client/client.ts';
import { ApiError, isRequestError } from '../../../controller-runtime/client/errors.ts';
import { listPages } from '../../../controller-runtime/client/list-watch.ts';
import { objectPath } from '../../../controller-runtime/object/resource.ts';
import { describeReadFailure, ReadError } from './read-error.ts';
import { retryThrottled } from './retry-throttled.ts';

/** The resource does not exist. */
export class NotFoundError extends ReadError {}

/** Reads one resource; rejects with a NotFoundError if it does not exist, or with a ReadError. */
export async function readConverter(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<TemperatureConverter> {
  const path = objectPath(TEMPERATURE_CONVERTERS, namespace, name);
  try {
    return await retryThrottled(() => client.send<TemperatureConverter>({ method: 'GET', path }, signal));
  } catch (error) {
    if (error instanceof ApiError && error.code === 404 && error.status.details?.name === name) {
      throw new NotFoundError(`${KIND} "${name}" does not exist in namespace ${namespace}`);
    }
    throw readErrorOf(error, 'get', namespace);
  }
}

/** Reads the resources of a namespace, or of all, and resolves to what `select` keeps of each; rejects with a ReadError. */
export async function readConverters<T>(
  client: KubeClient,
  namespace: string | undefined,
  select: (converter: TemperatureConverter) => T,
  signal: AbortSignal,
): Promise<readonly T[]> {
  try {
    return await retryThrottled(async () => {
      const selected: T[] = [];
      const pages = listPages<TemperatureConverter>(client, { resource: TEMPERATURE_CONVERTERS, namespace }, signal);
      for await (const { items } of pages) selected.push(...items.map(select));
      return selected;
    });
  } catch (error) {
    throw readErrorOf(error, 'list', namespace);
  }
}

function readErrorOf(error: unknown, verb: 'get' | 'list', namespace: string | undefined): unknown {
  if (!isRequestError(error)) return error;
  if (error instanceof ApiError && error.code === 404) {
    return new ReadError(
      'the cluster has no TemperatureConverters: install the chart, or check that --context selects the right cluster',
      { cause: error },
    );
  }
  const read = { verb, resource: TEMPERATURE_CONVERTERS, namespace } as const;
  return new ReadError(`cannot read TemperatureConverters: ${describeReadFailure(error, read)}`, { cause: error });
}
