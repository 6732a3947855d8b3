/** A reference to an owner (metav1.OwnerReference). The owner with `controller: true` manages the object. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The part of an object's metadata that the framework reads, as the API server sends it. Times are RFC 3339 strings. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Starts at 1 and increases with each change of `spec`. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** Any Kubernetes API object. */
export interface KubernetesObject {
  readonly metadata: ObjectMetadata;
}

/** A custom resource as the API server sends it, once its schema's defaults are set. */
export interface CustomResource<Spec extends object, Status extends object = object> extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata & { readonly generation: number };
  readonly spec: Spec;
  readonly status?: Status;
}

/** An object to write. The API server fills in the fields that are not set. */
export interface ObjectToApply {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMetadata, 'name' | 'labels' | 'annotations' | 'ownerReferences' | 'finalizers'> & {
    readonly namespace?: string | undefined;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly spec?: object;
  // Fields of common kinds without a spec. An object with other fields also has this type.
  readonly data?: object;
  readonly binaryData?: object;
  readonly stringData?: object;
  readonly type?: string;
  readonly immutable?: boolean;
  readonly rules?: readonly object[];
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
  readonly automountServiceAccountToken?: boolean;
  readonly imagePullSecrets?: readonly object[];
}

/** One page of a list. */
export interface ObjectList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** Identifies an object within its resource: `namespace/name`, as client-go's MetaNamespaceKeyFunc prints it. */
export type ObjectKey = string;

/** Returns the key of the object with this namespace and name. */
export function objectKey(namespace: string | undefined, name: string): ObjectKey {
  return `${namespace ?? ''}/${name}`;
}

/** Splits a key into its namespace and name. */
export function splitObjectKey(key: ObjectKey): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Returns the key of an object. */
export function keyOf({ metadata }: KubernetesObject | ObjectToApply): ObjectKey {
  return objectKey(metadata.namespace, metadata.name);
}

/** Returns the owner that controls an object, or undefined if there is none. */
export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** Returns whether an owner controls an object. */
export function isControlledBy(
  object: { readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] } },
  owner: { readonly metadata: { readonly uid: string } },
): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/**
 * The metadata of an object that an owner controls, so that it is deleted with its owner: in the owner's namespace, and by
 * default of the owner's name.
 */
export function buildOwnedMetadata<Metadata extends Pick<ObjectMetadata, 'name' | 'namespace' | 'uid'>>(
  owner: { readonly apiVersion: string; readonly kind: string; readonly metadata: Metadata },
  labels: Readonly<Record<string, string>>,
  name: string = owner.metadata.name,
): {
  readonly name: string;
  readonly namespace: Metadata['namespace'];
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
} {
  const { apiVersion, kind, metadata } = owner;
  const reference = {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return { name, namespace: metadata.namespace, labels, ownerReferences: [reference] };
}
