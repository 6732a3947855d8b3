import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';
import type { DesiredMetadata } from './child.ts';
import { tagOf } from './image-reference.ts';

/** The label that names the tool that manages an object. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** The value of that label on every object that the operator creates. */
export const MANAGED_BY = 'temperature-converter-operator';

/** The field manager of the operator. */
export const FIELD_MANAGER = 'temperature-converter-operator';

/** The annotation that allows the operator to adopt an object that it did not create; its value is the resource's name. */
export const ADOPT_ANNOTATION = 'temperature-converter.io/adopt';

/** The annotation with the UID and the generation of the resource for which a child was last written. */
export const OWNER_GENERATION_ANNOTATION = 'temperature-converter.io/owner-generation';

/** The label with the name of the resource that a pod belongs to. */
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';

const COMPONENT_LABEL = 'app.kubernetes.io/component';
const CONVERTER_COMPONENT = 'converter';

/** Selects the pods of every converter. */
export const CONVERTER_POD_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY},${COMPONENT_LABEL}=${CONVERTER_COMPONENT}`;

/** A valid label value: at most 63 characters, with a letter or digit at both ends. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;

type Labels = Readonly<Record<string, string>>;
type Annotations = Readonly<Record<string, string>>;

/**
 * The labels by which the Service, the Deployment and the PodDisruptionBudget select the pods of a resource, and no other
 * pods of its Helm release. The selector of a Deployment is immutable.
 */
export function selectorLabels(resource: TemperatureConverter): Labels {
  return {
    'app.kubernetes.io/name': 'temperature-converter',
    [INSTANCE_LABEL]: resource.metadata.name,
    [COMPONENT_LABEL]: CONVERTER_COMPONENT,
  };
}

/** The labels by which the operator recognizes a child of a resource that has lost its owner reference. */
export function ownershipLabels(resourceName: string): Labels {
  return {
    'app.kubernetes.io/name': 'temperature-converter',
    [INSTANCE_LABEL]: resourceName,
    [COMPONENT_LABEL]: CONVERTER_COMPONENT,
    [MANAGED_BY_LABEL]: MANAGED_BY,
  };
}

/** The labels of the children: the common ones of the spec, and those that the operator sets. */
export function childLabels(resource: TemperatureConverter, image: string): Labels {
  return { ...resource.spec.commonLabels, ...operatorLabels(resource, image) };
}

/** The labels that the operator sets on children and pods. The version is the tag of the image if it is a valid label value. */
export function operatorLabels(resource: TemperatureConverter, image: string): Labels {
  const tag = tagOf(image);
  return {
    ...ownershipLabels(resource.metadata.name),
    'app.kubernetes.io/part-of': 'temperature-converter',
    ...(tag !== undefined && LABEL_VALUE.test(tag) ? { 'app.kubernetes.io/version': tag } : {}),
  };
}

/** The metadata of a child; `annotations` take precedence over the common ones of the spec. */
export function childMetadata(
  resource: TemperatureConverter,
  image: string,
  annotations?: Annotations,
): DesiredMetadata {
  return {
    ...buildOwnedMetadata(resource, childLabels(resource, image)),
    ...withAnnotations(resource, annotations),
  };
}

/** The common annotations of the spec with `annotations` on top; nothing if there are none. */
export function withAnnotations(
  { spec }: TemperatureConverter,
  annotations?: Annotations,
): { readonly annotations?: Record<string, string> } {
  if (spec.commonAnnotations === undefined && annotations === undefined) return {};
  return { annotations: { ...spec.commonAnnotations, ...annotations } };
}
