import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { tagOf } from './image-reference.ts';

/** What the label `app.kubernetes.io/managed-by` says on everything that the operator makes. */
export const MANAGED_BY = 'temperature-converter-operator';

/** The label that tells which resource a pod belongs to. */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** Selects the pods of every converter. */
export const CONVERTER_POD_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY},app.kubernetes.io/component=converter`;

/** A label's value may hold this much, and begins and ends with a letter or digit. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;

type Labels = Readonly<Record<string, string>>;

/** The labels by which the Service and the Deployment find the pods; a Deployment's selector can never change. */
export function selectorLabels(resource: TemperatureConverter): Labels {
  return { 'app.kubernetes.io/name': 'temperature-converter', [INSTANCE_LABEL]: resource.metadata.name };
}

/** The labels of the children and the pods; the version is the image's tag, where it has one that fits a label. */
export function childLabels(resource: TemperatureConverter, image: string): Labels {
  const tag = tagOf(image);
  return {
    ...selectorLabels(resource),
    'app.kubernetes.io/component': 'converter',
    'app.kubernetes.io/part-of': 'temperature-converter',
    'app.kubernetes.io/managed-by': MANAGED_BY,
    ...(tag !== undefined && LABEL_VALUE.test(tag) ? { 'app.kubernetes.io/version': tag } : {}),
  };
}
