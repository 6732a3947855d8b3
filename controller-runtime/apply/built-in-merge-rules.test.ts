import { describe, expect, it } from '@jest/globals';
import { mergeRulesOfKind } from './built-in-merge-rules.ts';
import { type MergeRules, rulesOfField, rulesOfItems } from './merge-rules.ts';

/** Returns the rules at a path in an object; `[]` stands for the items of a list. */
function rulesAt(apiVersion: string, kind: string, path: string): MergeRules {
  const steps = path.split('.').flatMap((step) => (step.endsWith('[]') ? [step.slice(0, -2), '[]'] : [step]));
  const top = mergeRulesOfKind({ apiVersion, kind });
  return steps.reduce((rules, step) => (step === '[]' ? rulesOfItems(rules) : rulesOfField(rules, step)), top);
}

const CONTAINER = 'spec.template.spec.containers[]';

describe('the merge rules of built-in kinds', () => {
  it.each<[string, string, string, Partial<MergeRules>]>([
    ['apps/v1', 'Deployment', 'spec.template.spec.containers', { keys: ['name'] }],
    ['apps/v1', 'Deployment', `${CONTAINER}.ports`, { keys: ['containerPort', 'protocol'] }],
    ['apps/v1', 'Deployment', `${CONTAINER}.ports[].protocol`, { default: 'TCP' }],
    ['v1', 'Service', 'spec.ports', { keys: ['port', 'protocol'] }],
    ['apps/v1', 'Deployment', `${CONTAINER}.args`, { keys: undefined, isSet: false }],
    ['apps/v1', 'Deployment', 'spec.selector', { isAtomic: true }],
    ['policy/v1', 'PodDisruptionBudget', 'spec.selector', { isAtomic: true, keepsEmpty: 'maps' }],
    ['batch/v1', 'Job', 'spec.selector', { isAtomic: true }],
    ['v1', 'Service', 'spec.selector', { isAtomic: true, keepsEmpty: 'none' }],
    ['v1', 'PersistentVolume', 'spec.claimRef', { isAtomic: false }],
    ['v1', 'PodTemplate', 'metadata.finalizers', { isSet: true }],
    ['v1', 'ConfigMap', 'data', { isAtomic: false, keepsEmpty: 'none' }],
    ['v1', 'ConfigMap', 'data.any', { keepsEmpty: 'all' }],
    ['apps/v1', 'Deployment', `${CONTAINER}.resources`, { keepsEmpty: 'none' }],
    ['apps/v1', 'Deployment', `${CONTAINER}.securityContext`, { keepsEmpty: 'maps' }],
    ['apps/v1', 'Deployment', `${CONTAINER}.resources.limits.cpu`, { isQuantity: true }],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'spec.metrics[].resource.target.averageValue', { isQuantity: true }],
    ['apps/v1', 'ControllerRevision', 'data', { isAtomic: true }],
    ['apps/v1', 'StatefulSet', 'kind', { isIdentity: true }],
    [
      'apps/v1',
      'StatefulSet',
      'spec.volumeClaimTemplates[].kind',
      { isIdentity: false, default: 'PersistentVolumeClaim' },
    ],
  ])('of %s %s at %s', (apiVersion, kind, path, rules) => {
    expect(rulesAt(apiVersion, kind, path)).toMatchObject(rules);
  });

  it('are built once for each kind', () => {
    const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
    expect(mergeRulesOfKind(kind)).toBe(mergeRulesOfKind({ ...kind }));
    expect(mergeRulesOfKind(kind).fields()).toBe(mergeRulesOfKind(kind).fields());
  });

  it.each([
    ['example.com/v1', 'Deployment'],
    ['apps/v1beta1', 'Deployment'],
    ['apps/v1', 'Service'],
    ['toString', 'constructor'],
    ['v1', 'toString'],
  ])('of an unknown kind, such as %s %s, cover its metadata only', (apiVersion, kind) => {
    expect(rulesAt(apiVersion, kind, 'metadata.ownerReferences')).toMatchObject({ keys: ['uid'] });
    expect(rulesAt(apiVersion, kind, 'spec.template.spec.containers')).toMatchObject({
      isAtomic: false,
      keys: undefined,
      isSet: false,
      keepsEmpty: 'none',
    });
  });
});
