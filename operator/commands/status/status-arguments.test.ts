import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../configuration.ts';
import { parseStatusArguments, STATUS_FLAGS, STATUS_USAGE } from './status-arguments.ts';

describe('parseStatusArguments', () => {
  it('lists the namespace of the context by default', () => {
    expect(parseStatusArguments([])).toEqual({
      name: undefined,
      namespace: undefined,
      allNamespaces: false,
      kubeconfig: undefined,
      context: undefined,
      format: 'text',
      watch: false,
    });
  });

  it.each([
    [['web', '-n', 'blue'], { name: 'web', namespace: 'blue' }],
    [['-n=blue', 'web'], { name: 'web', namespace: 'blue' }],
    [['-nblue'], { namespace: 'blue' }],
    [['--namespace=blue'], { namespace: 'blue' }],
    [['-n', ''], { namespace: undefined }],
    [['-A'], { allNamespaces: true }],
    [['-o=yaml'], { format: 'yaml' }],
    [['-ojson', '-w'], { format: 'json', watch: true }],
    [['--context', 'test', '--kubeconfig', 'file'], { context: 'test', kubeconfig: 'file' }],
  ])('takes %j', (args, expected) => {
    expect(parseStatusArguments(args)).toMatchObject(expected);
  });

  it.each([['-h'], ['--help']])('takes %s', (flag) => {
    expect(parseStatusArguments(['web', flag])).toBe('help');
  });

  it.each([
    [['a', 'b'], 'status takes one NAME, not 2: a b'],
    [['blue/web'], 'NAME takes a name without a slash, not "blue/web": try web --namespace blue'],
    [[''], 'NAME is empty'],
    [['web', '-A'], 'NAME cannot be combined with --all-namespaces: use --namespace'],
    [['-o', 'wide'], '--output takes json or yaml, not "wide"'],
    [['--nope'], "Unknown option '--nope'"],
    [['-n'], "Option '-n, --namespace <value>' argument missing"],
  ])('rejects %j', (args, message) => {
    expect(() => parseStatusArguments(args)).toThrow(ConfigurationError);
    expect(() => parseStatusArguments(args)).toThrow(message);
  });
});

describe('the help of status', () => {
  it.each(Object.keys(STATUS_FLAGS))('describes --%s', (flag) => {
    expect(STATUS_USAGE).toContain(`--${flag}`);
  });

  it('fits in 80 columns', () => {
    expect(STATUS_USAGE.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
