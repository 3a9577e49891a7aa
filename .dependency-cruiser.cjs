// The layer rules of docs/architecture.md, executable. Each carries its reason.
const layers = {
  core: [],
  files: [],
  protocol: ['core'],
  pki: ['core'],
  native: ['core'],
  keystore: ['core', 'pki', 'native'],
  agent: ['core', 'files', 'protocol', 'pki', 'keystore', 'native'],
  verifier: ['core', 'protocol', 'pki'],
  server: ['core', 'files', 'protocol', 'pki', 'verifier'],
  client: ['core', 'protocol'],
};

// Served by the server, run by browsers.
const pages = '^src/server/(demo|oidc|sign-in-page)/page/';

const mayImport = Object.entries(layers).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  severity: 'error',
  comment: `src/${layer} may import ${allowed.length === 0 ? 'no other layer' : allowed.join(', ')}: layers point downwards, so that each can be read, tested and embedded alone.`,
  from: { path: `^src/${layer}/`, pathNot: pages },
  to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...mayImport,
    {
      name: 'page-is-a-page',
      severity: 'error',
      comment:
        'The demonstration’s page and the OpenID sign-in page are pages like any other: they know the client and the protocol’s types, nothing of the server or of Node.',
      from: { path: pages },
      to: { pathNot: [pages, '^src/(client|protocol)/index\\.ts$'] },
    },
    {
      name: 'console-script-is-a-page',
      severity: 'error',
      comment: 'The console’s script runs in browsers: it knows nothing of the server or of Node.',
      from: { path: '^src/server/console/assets/' },
      to: { pathNot: '^src/server/console/assets/' },
    },
    {
      name: 'through-the-index',
      severity: 'error',
      comment:
        "Another layer is imported through its index (or one of its stores' indexes), so that what is public is said in one place.",
      from: { path: '^src/([^/]+)/', pathNot: '^src/cli/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '/index\\.ts$'] },
    },
    {
      name: 'cli-is-the-top',
      severity: 'error',
      comment: 'src/cli composes; nobody imports it.',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-node-in-isomorphic-layers',
      severity: 'error',
      comment:
        'core, protocol, pki and client run in browsers too: no node: module. pki takes its signature checker as a parameter.',
      from: { path: '^src/(core|protocol|pki|client)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pki-is-dependency-free',
      severity: 'error',
      comment:
        'The word "managed" rests on core, pki and protocol parsing: no third-party code there.',
      from: { path: '^src/(core|pki|client)/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'server-libraries-only-in-server',
      severity: 'error',
      comment:
        'HTTP frameworks, SQL and OIDC libraries stay under src/server: the agent ships without them.',
      from: { path: '^src/', pathNot: '^src/server/' },
      to: { path: 'node_modules/(fastify|@fastify|better-sqlite3|kysely|pg|oidc-provider)(/|$)' },
    },
    {
      name: 'pkcs11js-only-in-its-store',
      severity: 'error',
      comment: 'pkcs11js can crash or stall its process: only the PKCS#11 store, in its own child.',
      from: { path: '^src/', pathNot: '^src/keystore/pkcs11/' },
      to: { path: 'node_modules/pkcs11js(/|$)' },
    },
    {
      name: 'winston-only-at-the-root',
      severity: 'error',
      comment: "Everyone else logs through core's Logger interface.",
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/winston(/|$)' },
    },
    {
      name: 'child-processes-in-named-files',
      severity: 'error',
      comment: 'A process is started only where a reader expects it.',
      from: {
        path: '^src/',
        pathNot: '^src/(keystore/hosted/child-process|cli/agent/run-tool)\\.ts$',
      },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'agent-never-reaches-server',
      severity: 'error',
      comment: "The agent's dependency closure never reaches the server's, not even dynamically.",
      from: { path: '^src/(agent|keystore)/' },
      to: { path: '^src/(server|verifier)/', reachable: true },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle means that two files are one.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      comment: 'Shipped code does not know its tests.',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-unlisted-dependency',
      severity: 'error',
      comment: 'What is imported is listed in package.json.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
