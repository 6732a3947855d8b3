import type { Condition, Owner } from 'controller-runtime';

/** Where the API server has the resource. */
export const MEMCACHEDS = { group: 'cache.example.com', version: 'v1alpha1', plural: 'memcacheds' };

/** A cluster of Memcached servers, as the API server sends it: the schema's defaults are filled in. */
export interface Memcached extends Owner {
  readonly apiVersion: 'cache.example.com/v1alpha1';
  readonly kind: 'Memcached';
  readonly spec: { readonly size: number; readonly containerPort: number; readonly image: string };
  readonly status?: { readonly conditions: readonly Condition[] };
}
