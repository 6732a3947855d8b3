import { describe, expect, it } from '@jest/globals';
import { DemoError } from './demo-error.ts';
import { type ProgramChoice, requirePrograms } from './required-programs.ts';

const CHOICES: readonly ProgramChoice[] = [['kubectl'], ['helm'], ['docker', 'podman'], ['kind']];

describe('requirePrograms', () => {
  it('accepts one program of each choice', () => {
    const installed = ['kubectl', 'helm', 'podman', 'kind'];
    expect(() => {
      requirePrograms(CHOICES, (name) => installed.find((program) => program === name));
    }).not.toThrow();
  });

  it.each([
    ['linux', 'helm: see https://helm.sh', 'docker or podman: see https://docs.docker.com'],
    ['darwin', 'helm: brew install helm', 'docker or podman: brew install --cask docker-desktop'],
    ['win32', 'helm: winget install Helm.Helm', 'docker or podman: winget install Docker.DockerDesktop'],
  ] as const)('names all missing programs at once, and how to get them on %s', (platform, ...lines) => {
    const run = (): void => {
      requirePrograms(CHOICES, (name) => (name === 'kubectl' ? '/bin/kubectl' : undefined), platform);
    };
    expect(run).toThrow(DemoError);
    for (const line of [...lines, 'kind: ']) expect(run).toThrow(line);
    expect(run).not.toThrow('kubectl: ');
  });
});
