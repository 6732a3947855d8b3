import type { KubernetesObject } from '../object/object.ts';
import type { Resource } from '../object/resource.ts';
import { type IndexBy, ObjectStore } from './object-store.ts';

/** Which objects of a resource a cache holds, and which of their fields. */
export interface CacheOptions<T extends KubernetesObject> {
  /** Removes the fields of an object that nothing reads. By default, objects are kept in full. */
  readonly trim?: (object: T) => T;
  /** Selects objects by label, such as `app=web,tier!=test`. */
  readonly labelSelector?: string;
  /** Returns the value by which `listByIndex` finds an object; undefined leaves the object out of the index. */
  readonly indexBy?: IndexBy<T>;
  /** Reconciles do not wait for this cache while the API server forbids its list (403); it is then empty. */
  readonly isOptional?: boolean;
}

/** The last known state of the objects of a resource. A manager's reflectors keep it up to date. */
export class Cache<T extends KubernetesObject> extends ObjectStore<T> {
  readonly resource: Resource;
  readonly labelSelector: string | undefined;
  /** Removes the fields of an object that this cache does not keep. */
  readonly trim: (object: T) => T;
  /** Whether reconciles do not wait for this cache while its list is forbidden. */
  readonly isOptional: boolean;

  constructor(
    resource: Resource,
    { trim = (object) => object, labelSelector, indexBy, isOptional = false }: CacheOptions<T> = {},
  ) {
    super(indexBy);
    this.isOptional = isOptional;
    this.resource = resource;
    this.labelSelector = labelSelector;
    this.trim = trim;
  }
}
