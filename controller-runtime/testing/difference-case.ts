import { expect } from '@jest/globals';
import { type Difference, differences } from '../apply/apply-difference.ts';
import type { ObjectKind } from '../apply/built-in-merge-rules.ts';
import type { OwnedFields } from '../apply/owned-fields.ts';

/** Two objects, and how they differ. */
export interface DifferenceCase {
  readonly desired: object;
  readonly live: object;
  readonly owned?: OwnedFields;
  /** None by default. */
  readonly different?: readonly Omit<Difference, 'steps'>[];
  /** The kind of the objects; an unknown kind by default. */
  readonly kind?: ObjectKind;
}

/** A kind without rules for its lists and maps. */
export const UNKNOWN = { apiVersion: 'example.com/v1', kind: 'Thing' };
export const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
export const STATEFUL_SET = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
export const SERVICE = { apiVersion: 'v1', kind: 'Service' };
export const NETWORK_POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };

/** A difference at a path. */
export const at = (path: string, wanted: unknown, found?: unknown): Omit<Difference, 'steps'> => ({
  path,
  wanted,
  found,
});

/** A difference without its FieldsV1 path. */
export const withoutSteps = ({ path, wanted, found }: Difference): Omit<Difference, 'steps'> => at(path, wanted, found);

/** Expects the differences of a case. */
export function check({ desired, live, owned, different = [], kind = UNKNOWN }: DifferenceCase): void {
  expect(differences({ ...kind, ...desired }, live, owned).map(withoutSteps)).toEqual(different);
}

export const podSpec = (spec: object): object => ({ spec: { template: { spec } } });

/** The owned fields of the same object. */
export const ownedPodSpec = (spec: OwnedFields): OwnedFields => ({ 'f:spec': { 'f:template': { 'f:spec': spec } } });

export const container = (fields: object): object => podSpec({ containers: [{ name: 'app', ...fields }] });

export const ownedContainer = (fields: OwnedFields): OwnedFields =>
  ownedPodSpec({ 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, ...fields } } });

/** The path of the container of `container`. */
export const APP = 'spec.template.spec.containers[name=app]';

export const finalizers = (...list: readonly string[]): object => ({ metadata: { finalizers: list } });
