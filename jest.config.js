/** Unit tests stand beside their file; the loopback scenarios stand in e2e/loopback and run one after another. */
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
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/*/src/**/*.test.ts', '<rootDir>/e2e/{house,load,harness}/*.test.ts'],
    },
    { ...shared, displayName: 'loopback', testMatch: ['<rootDir>/e2e/loopback/*.test.ts'] },
  ],
};
