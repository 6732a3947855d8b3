import { describe, expect, it } from '@jest/globals';
import { parseOptions, USAGE, UsageError } from './options.ts';

describe('the flags of make load', () => {
  it('default to the converter of make demo, in the namespace of the context', () => {
    expect(parseOptions([])).toEqual({
      name: 'another-port',
      namespace: undefined,
      context: undefined,
      connections: 24,
      seconds: 180,
      untilScaledDown: false,
      image: undefined,
      labels: {},
      output: undefined,
    });
  });

  it('select any converter in any cluster', () => {
    const flags = ['--name', 'weather', '-n', 'team', '--context=kind-kind', '--connections', '8', '--seconds', '20'];
    const more = [
      '--until-scaled-down',
      '--image',
      'node:26',
      '--labels',
      'team=weather,tier=test',
      '--output',
      'out/run',
    ];
    expect(parseOptions([...flags, ...more])).toEqual({
      name: 'weather',
      namespace: 'team',
      context: 'kind-kind',
      connections: 8,
      seconds: 20,
      untilScaledDown: true,
      image: 'node:26',
      labels: { team: 'weather', tier: 'test' },
      output: 'out/run',
    });
  });

  it.each([
    [['--help'], undefined],
    [['-h'], undefined],
  ])('%j asks for help', (args, expected) => {
    expect(parseOptions(args)).toBe(expected);
  });

  it.each([
    [['--name', 'Weather'], '--name "Weather"'],
    [['--name', '../secrets'], '--name "../secrets"'],
    [['--name', 'a'.repeat(64)], 'at most 63'],
    [['--name', '-w'], '--name'],
    [['--namespace', ''], '--namespace ""'],
    [['--namespace', 'a/b'], '--namespace "a/b"'],
    [['--context', ''], '--context is empty'],
    [['--image', ' '], '--image is empty'],
    [['--connections', '0'], '--connections "0" is not an integer from 1 to 1000'],
    [['--connections', '1e3'], '--connections "1e3"'],
    [['--connections', '1001'], 'from 1 to 1000'],
    [['--seconds', '4'], '--seconds "4" is not an integer from 5 to 3600'],
    [['--seconds', 'ten'], '--seconds "ten"'],
    [['--labels', 'team'], '--labels: "team" is not KEY=VALUE'],
    [['--labels', 'a=b=c'], '--labels: "a=b=c"'],
    [['--replicas', '3'], '--replicas'],
    [['weather'], 'weather'],
  ])('%j is refused, with what to change', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('are all in the help', () => {
    for (const flag of [
      'name',
      'namespace',
      'context',
      'connections',
      'seconds',
      'until-scaled-down',
      'output',
      'image',
      'labels',
    ]) {
      expect(USAGE).toContain(`  --${flag} `.trimEnd());
    }
  });
});
