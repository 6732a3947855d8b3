import type { Condition, Owner } from 'controller-runtime';

/** The API resource. */
export const MEMCACHEDS = { group: 'cache.example.com', version: 'v1alpha1', plural: 'memcacheds' };

/** A cluster of Memcached servers, after the API server's defaulting. */
export interface Memcached extends Owner {
  readonly apiVersion: 'cache.example.com/v1alpha1';
  readonly kind: 'Memcached';
  readonly spec: { readonly size: number; readonly containerPort: number; readonly image: string };
  readonly status?: { readonly conditions: readonly Condition[] };
}
