import type { KubernetesObject } from '../object/object.ts';
import type { Resource } from '../object/resource.ts';
import { type IndexBy, ObjectStore } from './object-store.ts';

/** Which objects of a resource a cache holds, and what of them. */
export interface CacheOptions<T extends KubernetesObject> {
  /** Cuts a received object down to what is read of it; by default nothing is cut. */
  readonly trim?: (object: T) => T;
  /** Only objects with these labels, such as `app=web,tier!=test`. */
  readonly labelSelector?: string;
  /** The value under which `listByIndex` finds an object; undefined leaves it out. */
  readonly indexBy?: IndexBy<T>;
}

/** The last known state of the objects of a resource, which a manager's reflectors keep up to date. */
export class Cache<T extends KubernetesObject> extends ObjectStore<T> {
  readonly resource: Resource;
  readonly labelSelector: string | undefined;
  /** Cuts a received object down to what this cache keeps. */
  readonly trim: (object: T) => T;

  constructor(resource: Resource, { trim = (object) => object, labelSelector, indexBy }: CacheOptions<T> = {}) {
    super(indexBy);
    this.resource = resource;
    this.labelSelector = labelSelector;
    this.trim = trim;
  }
}
