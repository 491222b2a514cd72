import { defineConfig } from 'vitest/config'

/** The official suite, against namespaces, servers and bundles, and as a client of its own servers. */
const protocol = 'test/{conformance,upstream}/**/*conformance.test.ts'
/** The official clients, real servers and faults. */
const clients = 'test/{clients,upstream}/**/*.test.ts'
/** Kills, full disks, jumping clocks, churn and fuzzing. */
const faults = 'test/faults/**/*.test.ts'
/** The admin UI in a real browser. */
const browser = 'test/browser/**/*.test.ts'
const sources = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts']
/** Beside the code too, but with real workers, servers, installers or databases, and so not a matter of seconds. */
const processes = [
  'packages/server/src/{access,admin,backup,bundles,namespaces,own-namespace,process,servers,store}/**/*.test.ts',
  'packages/server/src/upstream/{calls,connect,questions,remote,sdk-servers}.test.ts',
  'packages/worker/src/{load-folder,main,serve}.test.ts',
  'packages/cli/src/{commands,doctor,run}.test.ts',
]

/**
 * Forked processes, because tests start servers and children; two at most, the least a CI machine has. The files of one
 * process share its modules, which hold no state: to import all of them anew for each file doubles what the unit tests take.
 */
const shared = { pool: 'forks' as const, isolate: false, globalSetup: ['test/bootstrap.ts'], hookTimeout: 60_000, teardownTimeout: 20_000 }

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'unit', include: sources, exclude: processes, testTimeout: 20_000 } },
      { test: { ...shared, name: 'processes', include: processes, testTimeout: 30_000 } },
      // Whole-system tests measure and load the machine: one file at a time.
      {
        test: {
          ...shared,
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [protocol, clients, browser, faults],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      { test: { ...shared, name: 'faults', include: [faults], testTimeout: 120_000, fileParallelism: false } },
      { test: { ...shared, name: 'browser', include: [browser], testTimeout: 240_000, fileParallelism: false } },
      { test: { ...shared, name: 'clients', include: [clients], exclude: [protocol], testTimeout: 300_000 } },
      // The suite has time limits of its own.
      { test: { ...shared, name: 'protocol', include: [protocol], testTimeout: 300_000, fileParallelism: false } },
    ],
  },
})
