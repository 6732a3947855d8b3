import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../commands/configuration.ts';
import { parsePlanOptions } from './plan-options.ts';

describe('the arguments of plan', () => {
  it.each<[readonly string[], object]>([
    [['blue/web', 'api'], { type: 'named', names: ['blue/web', 'api'] }],
    [['-f', 'a.yaml', '--filename=-', '-R'], { type: 'files', files: ['a.yaml', '-'], recursive: true }],
    [['--all'], { type: 'all' }],
    [['--converter-image', 'converter:2'], { type: 'all' }],
    [['web', '--converter-image', 'converter:2'], { type: 'named', names: ['web'] }],
  ])('%j select resources', (args, what) => {
    expect(parsePlanOptions(args).what).toEqual(what);
  });

  it('have the connection and the namespace as in kubectl', () => {
    expect(
      parsePlanOptions(['web', '-n', 'blue', '--context=dev', '--kubeconfig', 'file', '-o', 'yaml']),
    ).toMatchObject({
      namespace: 'blue',
      context: 'dev',
      kubeconfig: 'file',
      format: 'yaml',
    });
  });

  it.each<[readonly string[], RegExp]>([
    [[], /requires NAMESPACE\/NAME, -f FILE, --all or --converter-image/],
    [['web', '--all'], /only one of names of resources, -f and --all, not names of resources and --all/],
    [['-f', 'a.yaml', '--all'], /not -f and --all/],
    [['web', '-o', 'xml'], /--output takes one of text, json, yaml, not "xml"/],
    [['web', '--converter-image', 'a b'], /--converter-image takes an image reference/],
    [['web', '--no-such-flag'], /no-such-flag/],
    [['web', '--server-side'], /require -f/],
    [['-f', 'a.yaml', '--force-conflicts'], /--force-conflicts requires --server-side/],
  ])('%j are refused', (args, message) => {
    const parse = (): unknown => parsePlanOptions(args);
    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow(message);
  });

  it('ask for help without resources', () => {
    expect(parsePlanOptions(['-h']).help).toBe(true);
  });
});
