import { findProgram } from '../../local-cluster/host/find-program.ts';
import { DemoError } from './demo-error.ts';

/** How to install a program on each system, and where its documentation is. */
interface Installation {
  readonly macos: string;
  readonly windows: string;
  readonly page: string;
}

const INSTALLATIONS = {
  kubectl: {
    macos: 'brew install kubectl',
    windows: 'winget install Kubernetes.kubectl',
    page: 'https://kubernetes.io/docs/tasks/tools/',
  },
  helm: {
    macos: 'brew install helm',
    windows: 'winget install Helm.Helm',
    page: 'https://helm.sh/docs/intro/install/',
  },
  docker: {
    macos: 'brew install --cask docker-desktop',
    windows: 'winget install Docker.DockerDesktop',
    page: 'https://docs.docker.com/get-started/get-docker/',
  },
  podman: {
    macos: 'brew install podman',
    windows: 'winget install RedHat.Podman',
    page: 'https://podman.io/docs/installation',
  },
  kind: {
    macos: 'brew install kind',
    windows: 'winget install Kubernetes.kind',
    page: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  },
  minikube: {
    macos: 'brew install minikube',
    windows: 'winget install Kubernetes.minikube',
    page: 'https://minikube.sigs.k8s.io/docs/start/',
  },
  k3d: { macos: 'brew install k3d', windows: 'winget install k3d.k3d', page: 'https://k3d.io/stable/#installation' },
} as const satisfies Readonly<Record<string, Installation>>;

/** A program that the demo can need. */
export type ProgramName = keyof typeof INSTALLATIONS;

/** Programs of which one is enough, the recommended one first. */
export type ProgramChoice = readonly [ProgramName, ...ProgramName[]];

/** Throws a DemoError that names every choice of which no program is installed, with how to install it. */
export function requirePrograms(
  choices: readonly ProgramChoice[],
  find: (name: string) => string | undefined = findProgram,
  platform: NodeJS.Platform = process.platform,
): void {
  const missing = choices.filter((choice) => !choice.some((name) => find(name) !== undefined));
  if (missing.length === 0) return;
  const lines = missing.map((choice) => {
    const [first] = choice;
    return `  ${choice.join(' or ')}: ${howToInstall(first, platform)}`;
  });
  throw new DemoError(`These programs are missing (or not on the PATH):\n${lines.join('\n')}`);
}

/** How to install a program on this platform. */
export function howToInstall(name: ProgramName, platform: NodeJS.Platform = process.platform): string {
  const { macos, windows, page } = INSTALLATIONS[name];
  if (platform === 'darwin') return `${macos}, or see ${page}`;
  if (platform === 'win32') return `${windows}, or see ${page}`;
  return `see ${page}`;
}
