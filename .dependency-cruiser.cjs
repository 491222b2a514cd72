// Which module may import which. The layers are drawn in ARCHITECTURE.md; each comment says what to do instead.
// Tests may import anything; they are left out here.

const server = 'packages/server/src'
const leaves = ['kernel', 'errors', 'config', 'telemetry']
const supply = ['upstream', 'process', 'store', 'data-dir', 'access']
const frontends = ['mcp', 'openapi', 'admin', 'http']
const dataPlane = ['mcp', 'openapi', 'upstream', 'catalog', 'http']

const ui = 'packages/admin-ui'
const folders = (names) => `^${server}/(${names.join('|')})/`
/** In the modules at `from`, an import of `to` is an error. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid(
      'no-cycle',
      'Modules that import each other cannot be understood alone: move what both need into a third one.',
      { pathNot: `^${ui}/` },
      { circular: true },
    ),
    forbid('resolvable', 'The import resolves to nothing: correct the path, or add the package to package.json.', {}, { couldNotResolve: true }),
    forbid(
      'declared',
      'An installed package that package.json does not name may vanish with any update: add it there with an exact version.',
      { path: '^packages/', pathNot: `^${ui}/` },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    ),
    forbid(
      'kernel-imports-no-sibling',
      'kernel/ is what everything stands on: pass in what it needs.',
      { path: `^${server}/kernel/` },
      { path: `^${server}/`, pathNot: `^${server}/kernel/` },
    ),
    forbid(
      'leaves-import-leaves',
      'kernel, errors, config and telemetry know nothing above them: declare an interface here and pass the implementation in from app.ts.',
      { path: folders(leaves) },
      { path: `^${server}/`, pathNot: folders(leaves) },
    ),
    forbid(
      'supply-below-catalog',
      'upstream, process, store, data-dir and access serve what is above them: take a callback or an interface instead.',
      { path: folders(supply) },
      { path: `^${server}/`, pathNot: folders([...leaves, ...supply]) },
    ),
    forbid(
      'frontends-on-top',
      'Only app.ts knows the frontends: declare the interface you need in your own folder and have app.ts pass it in.',
      { path: `^${server}/`, pathNot: `${folders(frontends)}|^${server}/(app|main)\\.ts$` },
      { path: folders(frontends) },
    ),
    forbid(
      'frontends-apart',
      'mcp, openapi and admin do not know each other: what they share belongs into catalog/ (meaning) or http/ (transport).',
      { path: `^${server}/(mcp|openapi|admin)/` },
      { path: `^${server}/(mcp|openapi|admin)/`, pathNot: `^${server}/$1/` },
    ),
    forbid(
      'data-plane-without-store',
      'A call never waits for the database or the control plane: read the snapshot, and have the control plane publish what you need into it.',
      { path: folders(dataPlane) },
      { path: folders(['store', 'admin']) },
    ),
    forbid(
      'app-is-the-composition-root',
      'app.ts knows everything and nothing but what runs a gateway knows app.ts: pass in what you need.',
      { path: '^packages/', pathNot: `^${server}/main\\.ts$|^packages/cli/src/run/private-gateway\\.ts$` },
      { path: `^${server}/(app|main)\\.ts$` },
    ),
    forbid(
      'sdk-stands-alone',
      'Tool authors import the sdk: it has no code of ours below it. Move what it needs into it.',
      { path: '^packages/sdk/' },
      { path: '^packages/', pathNot: '^packages/sdk/' },
    ),
    forbid(
      'worker-knows-the-sdk-only',
      'The worker is another process: it speaks to the gateway by protocol.ts alone.',
      { path: '^packages/worker/' },
      { path: '^packages/', pathNot: '^packages/(worker|sdk)/' },
    ),
    forbid(
      'nothing-knows-the-cli',
      'The command line stands on everything: what others need of it belongs into what it imports.',
      { path: '^packages/', pathNot: '^packages/cli/' },
      { path: '^packages/cli/' },
    ),
    forbid(
      'gateway-never-loads-tools',
      'Code of tool authors runs in workers only: of the worker package import @tooldock/worker/protocol, /manifest or /tsconfig.',
      { path: '^packages/server/' },
      { path: '^packages/(worker|sdk)/', pathNot: '^packages/worker/src/(protocol|manifest|tsconfig)\\.ts$' },
    ),
    forbid(
      'packages-meet-at-their-exports',
      'What a package offers another is in its exports: import it by name, such as @tooldock/worker/protocol.',
      { path: '^packages/(server|cli)/' },
      { path: '^packages/', pathNot: '^packages/$1/', dependencyTypesNot: ['aliased-workspace'] },
    ),
    forbid(
      'children-by-process',
      'Every child has a group, a deadline, an explicit environment and an end: start it through process/.',
      // start-time-of.ts asks `ps` where there is no /proc; the bin starts the right Node.js under a wrong one; doctor asks programs for their version.
      { path: '^packages/', pathNot: `^${server}/(process/|kernel/start-time-of\\.ts$)|^packages/cli/(bin/|src/doctor/check-runtimes\\.ts$)` },
      { path: '^(node:)?(child_process|cluster)$', dependencyTypes: ['core'] },
    ),
    forbid(
      'databases-by-store',
      'Databases are opened by store/ only, SQLite in its worker thread: ask for a repository in store/.',
      { path: '^packages/', pathNot: `^${server}/store/` },
      { path: '^((node:)?sqlite$|node_modules/(pg|kysely)/)' },
    ),
    forbid(
      'fastify-at-the-edge',
      'HTTP is the business of the frontends: what is below them takes and returns plain values.',
      { path: `^${server}/`, pathNot: `${folders(frontends)}|^${server}/app\\.ts$` },
      { path: '^node_modules/(fastify|@fastify)/' },
    ),
    forbid(
      'ui-no-cycle',
      'Components that import each other cannot be understood alone: move what both need into a third file.',
      // A form of a nested schema is made of forms.
      { path: `^${ui}/`, pathNot: `^${ui}/src/ui/schema-form/` },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    ),
    forbid(
      'ui-declared',
      'What the admin UI is bundled from is in packages/admin-ui/package.json: add it there with an exact version.',
      { path: `^${ui}/` },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'ui-parts-are-generic',
      'ui/ knows neither the product nor where it is shown: pass in what it needs, or move it to components/.',
      { path: `^${ui}/src/ui/` },
      { path: `^${ui}/src/(api|components|pages)/|^${ui}/src/routes|node_modules/@tanstack/react-(router|query)/` },
    ),
    forbid(
      'ui-components-below-pages',
      'api/ and components/ serve the pages: what a page has and others need belongs into components/.',
      { path: `^${ui}/src/(api|components)/` },
      { path: `^${ui}/src/pages/` },
    ),
    forbid(
      'ui-pages-apart',
      'Pages do not know each other: what two need belongs into components/.',
      { path: `^${ui}/src/pages/([^/]+)/` },
      { path: `^${ui}/src/pages/`, pathNot: `^${ui}/src/pages/$1/` },
    ),
    forbid(
      'ui-stands-alone',
      'The gateway serves the built admin UI as files, and the UI knows the gateway by its API alone.',
      { path: '^packages/', pathNot: `^${ui}/` },
      { path: `^${ui}/` },
    ),
    forbid(
      'ui-knows-the-api-alone',
      'The admin UI is a client of the admin API: what it needs is in the generated client.',
      { path: `^${ui}/` },
      { path: '^packages/', pathNot: `^${ui}/` },
    ),
    forbid(
      'no-tests-in-code',
      'Code that ships does not import tests or test tools.',
      { path: '^packages/', pathNot: '\\.test\\.ts$' },
      { path: '\\.test\\.ts$|^test/|^node_modules/(vitest|@modelcontextprotocol)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(\\.test\\.ts$|/fixtures/|^packages/[^/]+/test/|^packages/admin-ui/(dist|src/api/generated|vite\\.config))' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    parser: 'tsc',
    // The root is what is published, so it names the packages of all workspaces.
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs'],
    },
  },
}
