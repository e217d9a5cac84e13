/** Unit tests stand beside their file; what is slow stands in e2e, and runs one file after another. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  moduleFileExtensions: ['ts', 'js', 'json'],
};

export default {
  // Most tests wait for processes and sockets; one worker a core would leave the cores idle.
  maxWorkers: 3,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/*/src/**/*.test.ts', '<rootDir>/e2e/{house,load,harness,demo}/*.test.ts'],
    },
    { ...shared, displayName: 'loopback', testMatch: ['<rootDir>/e2e/loopback/*.test.ts'] },
    {
      ...shared,
      displayName: 'kube',
      testMatch: ['<rootDir>/e2e/{kube,crds,operator,controlplane}/*.test.ts'],
    },
    { ...shared, displayName: 'fleet-drills', testMatch: ['<rootDir>/e2e/drills/fleet/*.test.ts'] },
    { ...shared, displayName: 'cluster-drills', testMatch: ['<rootDir>/e2e/drills/cluster/*.test.ts'] },
  ],
};
