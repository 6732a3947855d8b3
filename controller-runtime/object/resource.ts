/** Identifies an API resource by the parts of its URL (Go: GroupVersionResource). */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Returns the path of a collection, in one namespace or in all namespaces if `namespace` is undefined. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  return namespace === undefined
    ? `${root}/${resource.plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`;
}

/** Returns the path of one object or of one of its subresources. */
export function objectPath(
  resource: Resource,
  namespace: string | undefined,
  name: string,
  subresource?: 'status',
): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
