import { describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  describeFlags,
  parseConfiguration,
  parseConnectionConfiguration,
} from './configuration.ts';

const IMAGE = 'registry.example.com/converter:1';
const LEAST = { CONVERTER_IMAGE: IMAGE, POD_NAME: 'operator-0' };

function parse(args: readonly string[] = [], environment: Record<string, string> = {}) {
  return parseConfiguration(args, { ...LEAST, ...environment });
}

describe('parseConfiguration', () => {
  it('needs nothing but the image', () => {
    expect(parse()).toEqual({
      converterImage: IMAGE,
      watchNamespaces: [],
      workers: 10,
      leaderElection: undefined,
      logLevel: 'info',
      metricsPort: 8080,
      healthPort: 8081,
      debugPort: undefined,
      instance: 'operator-0',
      kubeconfig: undefined,
      context: undefined,
    });
  });

  it.each([
    ['--converter-image', 'CONVERTER_IMAGE', 'other:2', { converterImage: 'other:2' }],
    ['--watch-namespaces', 'WATCH_NAMESPACES', 'a, b,a', { watchNamespaces: ['a', 'b'] }],
    ['--workers', 'WORKERS', '3', { workers: 3 }],
    ['--log-level', 'LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['--metrics-port', 'METRICS_PORT', '0', { metricsPort: 0 }],
    ['--health-port', 'HEALTH_PORT', '65535', { healthPort: 65_535 }],
    ['--debug-port', 'DEBUG_PORT', '6060', { debugPort: 6060 }],
    ['--context', 'CONTEXT', 'kind', { context: 'kind' }],
  ])('takes %s as well as %s', (flag, variable, value, expected) => {
    expect(parse([flag, value])).toMatchObject(expected);
    expect(parse([`${flag}=${value}`])).toMatchObject(expected);
    expect(parse([], { [variable]: value })).toMatchObject(expected);
  });

  it('prefers a flag to its variable, and takes an empty variable for none', () => {
    expect(parse(['--workers=2'], { WORKERS: '3' }).workers).toBe(2);
    expect(parse([], { WORKERS: '' }).workers).toBe(10);
  });

  it('leaves KUBECONFIG to the library, since it may name several files', () => {
    expect(parse([], { KUBECONFIG: 'a:b' }).kubeconfig).toBeUndefined();
    expect(parse(['--kubeconfig', 'a']).kubeconfig).toBe('a');
  });

  it.each([
    [['--leader-elect'], {}],
    [['--leader-elect=true'], {}],
    [[], { LEADER_ELECT: 'true' }],
  ])('elects a leader when told to by %j %j, in the namespace of the pod', (args, environment) => {
    const { leaderElection } = parse(args, { ...environment, POD_NAMESPACE: 'system' });
    expect(leaderElection).toEqual({ namespace: 'system', leaseName: 'temperature-converter-operator' });
  });

  it('takes the place of the lease from its own flags first', () => {
    const flags = ['--leader-elect', '--leader-election-namespace=here', '--leader-election-lease=this'];
    const { leaderElection } = parse(flags, { POD_NAMESPACE: 'there' });
    expect(leaderElection).toEqual({ namespace: 'here', leaseName: 'this' });
  });

  it.each([
    [['--converter-image='], '--converter-image (CONVERTER_IMAGE) is missing'],
    [['--converter-image', 'a b'], 'takes an image reference of at most 512 characters, not "a b"'],
    [['--converter-image', 'a'.repeat(513)], 'takes an image reference of at most 512 characters'],
    [['--watch-namespaces=Good,bad'], '--watch-namespaces (WATCH_NAMESPACES): "Good" is not the name of a namespace'],
    [['--workers=0'], '--workers (WORKERS) takes a whole number from 1 to 100, not "0"'],
    [['--workers=1.5'], '--workers (WORKERS) takes a whole number from 1 to 100, not "1.5"'],
    [['--metrics-port=65536'], '--metrics-port (METRICS_PORT) takes a whole number from 0 to 65535, not "65536"'],
    [['--log-level=loud'], '--log-level (LOG_LEVEL) takes one of debug, info, warn, error, not "loud"'],
    [
      ['--leader-elect', '--leader-election-namespace=here', '--leader-election-lease='],
      '--leader-election-lease (LEADER_ELECTION_LEASE) takes a name as Kubernetes\' objects have, not ""',
    ],
    [
      ['--leader-elect', '--leader-election-namespace=Here'],
      '--leader-election-namespace (LEADER_ELECTION_NAMESPACE) takes a name as Kubernetes\' objects have, not "Here"',
    ],
    [['--leader-elect=maybe'], '--leader-elect (LEADER_ELECT) takes true or false, not "maybe"'],
    [['--no-such-flag'], "Unknown option '--no-such-flag'"],
    [['surplus'], "Unexpected argument 'surplus'"],
  ])('refuses %j, and says what to do', (args, words) => {
    expect(() => parse(args)).toThrow(ConfigurationError);
    expect(() => parse(args)).toThrow(words);
  });

  it('asks for the namespace of the lease where there is no pod', () => {
    expect(() => parse(['--leader-elect'])).toThrow(
      '--leader-election-namespace (LEADER_ELECTION_NAMESPACE) is missing',
    );
  });
});

describe('parseConnectionConfiguration', () => {
  it('needs no image', () => {
    expect(parseConnectionConfiguration(['--context=kind'], {})).toEqual({ kubeconfig: undefined, context: 'kind' });
  });
});

describe('describeFlags', () => {
  it('tells every flag and its default', () => {
    expect(describeFlags()).toMatch(/--workers\s+.*\(default: 10\)/);
    expect(describeFlags().split('\n')).toHaveLength(12);
  });
});
