import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import {
  childLabels,
  childMetadata,
  CONVERTER_POD_SELECTOR,
  MANAGED_BY_LABEL,
  ownershipLabels,
  selectorLabels,
} from './labels.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

function selects(labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selectorLabels(exampleConverter())).every(([name, value]) => labels[name] === value);
}

describe('selectorLabels', () => {
  it('are only the name, the instance and the component, because a selector is immutable', () => {
    expect(selectorLabels(exampleConverter())).toEqual({
      'app.kubernetes.io/name': 'temperature-converter',
      'app.kubernetes.io/instance': 'web',
      'app.kubernetes.io/component': 'converter',
    });
  });

  it("match the resource's own pods, and neither those of another resource nor those of other components", () => {
    const own = childLabels(exampleConverter(), 'converter:1');
    expect(selects(own)).toBe(true);
    expect(selects(childLabels(exampleConverter({ metadata: { name: 'api' } }), 'converter:1'))).toBe(false);
    for (const component of ['operator', 'crds', 'test']) {
      expect(selects({ ...own, 'app.kubernetes.io/component': component })).toBe(false);
    }
  });
});

describe('ownershipLabels', () => {
  it('are on every child and pod of the resource, whatever its image', () => {
    for (const image of ['converter', 'converter:1', `converter@${DIGEST}`]) {
      expect(childLabels(exampleConverter(), image)).toMatchObject(ownershipLabels('web'));
    }
  });

  it('are not all on a child of another resource', () => {
    const other = exampleConverter({ metadata: { name: 'api' } });
    expect(childLabels(other, 'converter:1')).not.toMatchObject(ownershipLabels('web'));
  });

  it('name the operator as the manager, so that no object of another tool has all of them', () => {
    expect(ownershipLabels('web')).toMatchObject({ [MANAGED_BY_LABEL]: 'temperature-converter-operator' });
  });
});

describe('childLabels', () => {
  it('name the application, the instance and the manager', () => {
    expect(childLabels(exampleConverter(), 'converter:1.2.3')).toEqual({
      'app.kubernetes.io/name': 'temperature-converter',
      'app.kubernetes.io/instance': 'web',
      'app.kubernetes.io/component': 'converter',
      'app.kubernetes.io/part-of': 'temperature-converter',
      'app.kubernetes.io/managed-by': 'temperature-converter-operator',
      'app.kubernetes.io/version': '1.2.3',
    });
  });

  it.each([
    ['converter:1', '1'],
    ['converter:12', '12'],
    ['registry.example.com/team/converter:v1.2_3-rc.1', 'v1.2_3-rc.1'],
    ['registry:5000/converter:2', '2'],
    [`registry:5000/converter:2@${DIGEST}`, '2'],
    [`converter:${'x'.repeat(63)}`, 'x'.repeat(63)],
    // No tag, or one that is not a valid label value.
    ['converter', undefined],
    ['registry:5000/converter', undefined],
    [`converter@${DIGEST}`, undefined],
    [`registry:5000/converter@${DIGEST}`, undefined],
    [`converter:${'x'.repeat(64)}`, undefined],
    ['converter:_x', undefined],
    ['converter:x-', undefined],
  ])('for image %s have the version %s', (image, version) => {
    expect(childLabels(exampleConverter(), image)['app.kubernetes.io/version']).toBe(version);
  });

  it('match the selector for the pods of every converter', () => {
    const labels = childLabels(exampleConverter(), 'converter');
    for (const term of CONVERTER_POD_SELECTOR.split(',')) {
      const [name = '', value] = term.split('=');
      expect(labels[name]).toBe(value);
    }
  });
});

describe('childMetadata', () => {
  const common = { shared: 'common', own: 'common' };

  it('has the common labels and annotations, over which those of the child take precedence', () => {
    const resource = exampleConverter({ spec: { commonLabels: common, commonAnnotations: common } });
    const { labels, annotations } = childMetadata(resource, 'converter:1', { own: 'child' });
    expect(labels).toEqual({ ...common, ...childLabels(exampleConverter(), 'converter:1') });
    expect(annotations).toEqual({ shared: 'common', own: 'child' });
  });

  it('has no annotations if the spec has none', () => {
    expect(childMetadata(exampleConverter(), 'converter:1')).not.toHaveProperty('annotations');
  });

  it("does not let common labels replace the operator's, which selectors consist of", () => {
    const commonLabels = { 'app.kubernetes.io/instance': 'other', team: 'weather' };
    const resource = exampleConverter({ spec: { commonLabels } });
    expect(selects(childMetadata(resource, 'converter:1').labels)).toBe(true);
    expect(selectorLabels(resource)).toEqual(selectorLabels(exampleConverter()));
  });
});
