import type { Condition, CustomResource } from 'controller-runtime';

/** The API resource. */
export const MEMCACHEDS = { group: 'cache.example.com', version: 'v1alpha1', plural: 'memcacheds' };

/** A cluster of Memcached servers. */
export type Memcached = CustomResource<
  { readonly size: number; readonly containerPort: number; readonly image: string },
  { readonly conditions: readonly Condition[] }
>;
