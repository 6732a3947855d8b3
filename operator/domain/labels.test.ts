import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { childLabels, CONVERTER_POD_SELECTOR, selectorLabels } from './labels.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('selectorLabels', () => {
  it('are the name and the instance alone, since a selector can never change', () => {
    expect(selectorLabels(exampleConverter())).toEqual({
      'app.kubernetes.io/name': 'temperature-converter',
      'app.kubernetes.io/instance': 'web',
    });
  });
});

describe('childLabels', () => {
  it('say what it is, and who keeps it', () => {
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
    // No tag, or none that a label can hold.
    ['converter', undefined],
    ['registry:5000/converter', undefined],
    [`converter@${DIGEST}`, undefined],
    [`registry:5000/converter@${DIGEST}`, undefined],
    [`converter:${'x'.repeat(64)}`, undefined],
    ['converter:_x', undefined],
    ['converter:x-', undefined],
  ])('of image %s have the version %s', (image, version) => {
    expect(childLabels(exampleConverter(), image)['app.kubernetes.io/version']).toBe(version);
  });

  it('are those by which the pods of every converter are found', () => {
    const labels = childLabels(exampleConverter(), 'converter');
    for (const term of CONVERTER_POD_SELECTOR.split(',')) {
      const [name = '', value] = term.split('=');
      expect(labels[name]).toBe(value);
    }
  });
});
