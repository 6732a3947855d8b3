import type { TemperatureConverter } from '../api/temperature-converter.ts';
import type { DeployedOperator } from './running-operator.ts';

/** Where the default image of a plan comes from. */
export interface ImageSources {
  /** Of the flag, or of the variable CONVERTER_IMAGE, as in the operator's own pod. */
  readonly given: string | undefined;
  /** Undefined if the user may not see them. */
  readonly operators: readonly DeployedOperator[] | undefined;
}

/** The default image of the operator is not known, so that a plan could be wrong. The message says what to do. */
export class UnknownImageError extends Error {
  override readonly name = 'UnknownImageError';
}

/**
 * Returns the image that the operator gives a resource without one: the given one, else that of the operator which watches
 * the namespace, else the one that the status of the resource reports. Throws an UnknownImageError.
 */
export function defaultImageFor(
  { metadata, spec, status }: TemperatureConverter,
  { given, operators }: ImageSources,
): string {
  if (given !== undefined) return given;
  const { namespace, name, generation } = metadata;
  const images = new Set(watchersOf(namespace, operators).map(({ converterImage }) => converterImage));
  const [image, other] = [...images];
  if (image !== undefined && other === undefined) return image;
  if (other !== undefined) {
    throw new UnknownImageError(
      `several operators watch namespace ${namespace}, with different default images (${[...images].join(', ')}): ` +
        'choose one with --converter-image IMAGE',
    );
  }
  const isReported = status?.observedGeneration === generation && spec.image === undefined;
  if (isReported && status.image !== undefined) return status.image;
  throw new UnknownImageError(
    `the default image of the operator is unknown for ${namespace}/${name}, which sets no spec.image: ` +
      `${operators === undefined ? 'you cannot list Deployments in all namespaces' : `no Deployment of an operator that watches namespace ${namespace} was found`}. ` +
      'Set it with --converter-image IMAGE',
  );
}

function watchersOf(namespace: string, operators: readonly DeployedOperator[] = []): readonly DeployedOperator[] {
  return operators.filter(({ watchNamespaces }) => watchNamespaces.length === 0 || watchNamespaces.includes(namespace));
}
