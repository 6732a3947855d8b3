import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { tagOf } from './image-reference.ts';

/** The label that names the tool which manages an object. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** The value of that label on everything that the operator creates. */
export const MANAGED_BY = 'temperature-converter-operator';

/** The field manager of everything that the operator writes. */
export const FIELD_MANAGER = 'temperature-converter-operator';

/** The annotation that lets the operator adopt an object that it has not created: its value is the resource's name. */
export const ADOPT_ANNOTATION = 'temperature-converter.io/adopt';

/** The annotation that records for which resource and generation a child was last written. */
export const OWNER_GENERATION_ANNOTATION = 'temperature-converter.io/owner-generation';

/** The label that tells which resource a pod belongs to. */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** Selects the pods of every converter. */
export const CONVERTER_POD_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY},app.kubernetes.io/component=converter`;

/** A label's value may hold this much, and begins and ends with a letter or digit. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;

type Labels = Readonly<Record<string, string>>;

/** The labels by which the Service and the Deployment find the pods; a Deployment's selector can never change. */
export function selectorLabels(resource: TemperatureConverter): Labels {
  return { 'app.kubernetes.io/name': 'temperature-converter', [INSTANCE_LABEL]: resource.metadata.name };
}

/** The labels by which the operator recognizes a child of the resource of that name, should it lose its owner reference. */
export function ownershipLabels(resourceName: string): Labels {
  return {
    'app.kubernetes.io/name': 'temperature-converter',
    [INSTANCE_LABEL]: resourceName,
    'app.kubernetes.io/component': 'converter',
    [MANAGED_BY_LABEL]: MANAGED_BY,
  };
}

/** The labels of the children and the pods; the version is the image's tag, where it has one that fits a label. */
export function childLabels(resource: TemperatureConverter, image: string): Labels {
  const tag = tagOf(image);
  return {
    ...ownershipLabels(resource.metadata.name),
    'app.kubernetes.io/part-of': 'temperature-converter',
    ...(tag !== undefined && LABEL_VALUE.test(tag) ? { 'app.kubernetes.io/version': tag } : {}),
  };
}
