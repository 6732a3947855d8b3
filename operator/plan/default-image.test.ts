import { describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import { defaultImageFor, UnknownImageError } from './default-image.ts';
import type { DeployedOperator } from './running-operator.ts';

function operator(converterImage: string, ...watchNamespaces: readonly string[]): DeployedOperator {
  return { namespace: 'system', name: 'operator', converterImage, watchNamespaces, version: '1' };
}

const REPORTED = exampleConverter({ status: { ...exampleStatus('Applied'), image: 'reported:1' } });

describe('the default image of a plan', () => {
  it.each([
    ['the given one', 'given:1', { given: 'given:1', operators: [operator('deployed:1')] }],
    ['that of the operator', 'deployed:1', { given: undefined, operators: [operator('deployed:1')] }],
    [
      'that of the operator which watches the namespace',
      'blue:1',
      { given: undefined, operators: [operator('green:1', 'green'), operator('blue:1', 'red', 'blue')] },
    ],
    [
      'that of several operators, if they agree',
      'a:1',
      { given: undefined, operators: [operator('a:1'), operator('a:1')] },
    ],
    ['that of the status, if the user may not see operators', 'reported:1', { given: undefined, operators: undefined }],
    [
      'that of the status, if no operator watches the namespace',
      'reported:1',
      { given: undefined, operators: [operator('a:1', 'red')] },
    ],
  ])('is %s', (_title, image, sources) => {
    expect(defaultImageFor(REPORTED, sources)).toBe(image);
  });

  it.each([
    [
      'operators with different images watch the namespace',
      REPORTED,
      [operator('a:1'), operator('b:1')],
      /several operators watch namespace blue/,
    ],
    ['the user may not see operators', exampleConverter(), undefined, /you cannot list Deployments in all namespaces/],
    ['there is no operator', exampleConverter(), [], /no Deployment of an operator/],
    [
      'the status is of an earlier generation',
      exampleConverter({ metadata: { generation: 4 }, status: { ...exampleStatus('Applied'), image: 'reported:1' } }),
      [],
      /--converter-image IMAGE/,
    ],
  ])('is unknown if %s', (_title, resource, operators, message) => {
    const find = (): string => defaultImageFor(resource, { given: undefined, operators });
    expect(find).toThrow(UnknownImageError);
    expect(find).toThrow(message);
  });
});
