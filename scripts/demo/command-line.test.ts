import { describe, expect, it } from '@jest/globals';
import { parseCommandLine, UsageError } from './command-line.ts';

describe('the command line of the demo', () => {
  it('uses a local cluster without flags', () => {
    expect(parseCommandLine([])).toMatchObject({ isOwnCluster: false, isDelete: false, isHelp: false });
  });

  it.each([
    [['--context', 'kind-dev'], 'kind-dev'],
    [['--context=kind-dev'], 'kind-dev'],
    [['--existing-cluster'], undefined],
  ])('uses a cluster of the kubeconfig with %j', (args, context) => {
    expect(parseCommandLine(args)).toMatchObject({ isOwnCluster: true, context });
  });

  it.each([
    'registry.example.com',
    'registry.example.com/team',
    'registry.example.com:5000/team/sub-team',
    'localhost',
    'localhost:5001',
    'k3d-registry:5000',
    'docker.io/user',
    '198.18.1.1:5000/a__b',
  ])('accepts the registry %s', (registry) => {
    const { registry: parsed } = parseCommandLine(['--existing-cluster', '--registry', registry]);
    expect(parsed).toBe(registry);
  });

  it('ignores a slash at the end of the registry', () => {
    expect(parseCommandLine(['--existing-cluster', '--registry=r.example.com/team/']).registry).toBe(
      'r.example.com/team',
    );
  });

  it.each([
    [['--registry', 'r.example.com'], 'add --context NAME or --existing-cluster'],
    [['--build-network', 'host'], 'add --context NAME or --existing-cluster'],
    [['--engine', 'docker'], 'add --context NAME or --existing-cluster'],
    [['--existing-cluster', '--registry', 'https://r.example.com'], 'leave out the scheme'],
    [['--existing-cluster', '--registry', 'r.example.com/Team'], 'lowercase'],
    [['--existing-cluster', '--registry', ''], 'is not a registry'],
    [['--existing-cluster', '--registry', 'team'], 'use docker.io/team for Docker Hub'],
    [['--existing-cluster', '--registry', 'r.example.com', '--platform', 'amd64'], 'use linux/ARCHITECTURE'],
    [['--existing-cluster', '--platform', 'linux/amd64'], '--platform needs --registry'],
    [['--platform', 'linux/amd64'], 'add --context NAME or --existing-cluster'],
    [['--existing-cluster', '--engine', 'rkt'], 'use docker or podman'],
    [['--existing-cluster', '--build-arg', 'RUNTIME_IMAGE'], 'use --build-arg NAME=VALUE'],
    [['--existing-cluster', '--set', 'a'], 'use --set NAME=VALUE'],
    [['--context', ''], 'needs the name of a context'],
    [['--context'], '--context'],
    [['--operator-image', 'x'], '--operator-image'],
    [['now'], 'now'],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
