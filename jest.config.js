const project = (name, testMatch, more = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/controller-runtime/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.js' },
  ...more,
});

const e2eSetup = { setupFilesAfterEnv: ['<rootDir>/e2e/testing/jest-setup.ts'] };

const unit = ['operator', 'controller-runtime', 'service', 'local-cluster', 'scripts', 'crds', 'helm'];

/**
 * One project per kind of test: `unit` requires only Node.js, `integration` root and a real API server (started for the run), `chart`
 * Helm, `e2e` a cluster, `any-cluster` also Docker and a registry, `podman` podman and a registry, `nodes` nodes that may be
 * stopped, `neighbors` the programs that run beside the operator in other clusters.
 */
export default {
  projects: [
    project(
      'unit',
      unit.map((directory) => `<rootDir>/${directory}/**/*.test.ts`),
      { testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.(integration|chart)\\.test\\.ts$'] },
    ),
    project('integration', ['<rootDir>/**/*.integration.test.ts']),
    project('chart', ['<rootDir>/{helm,scripts}/**/*.chart.test.ts']),
    project('e2e', ['<rootDir>/e2e/*.test.ts'], e2eSetup),
    project('nodes', ['<rootDir>/e2e/nodes/*.test.ts'], e2eSetup),
    project('any-cluster', ['<rootDir>/e2e/any-cluster/!(podman).test.ts'], e2eSetup),
    project('podman', ['<rootDir>/e2e/any-cluster/podman.test.ts'], e2eSetup),
    project('neighbors', ['<rootDir>/e2e/neighbors/*.test.ts'], e2eSetup),
  ],
  reporters: ['default'],
  // The default of five seconds is too short for a busy machine.
  testTimeout: 30_000,
};
