// Who may depend on whom. `dependsOn` is exact: package.json and the tsconfig references must say the same.

/** What packages of each layer may depend on. */
export const layers = {
  vocabulary: [],
  codec: ['vocabulary'],
  ports: ['vocabulary'],
  compliance: ['vocabulary', 'ports'],
  core: ['vocabulary', 'codec', 'ports', 'core'],
  shell: ['vocabulary', 'codec', 'ports', 'core'],
  adapter: ['vocabulary', 'codec', 'ports'],
  app: ['vocabulary', 'codec', 'ports', 'core', 'shell', 'adapter'],
} as const satisfies Record<string, readonly string[]>;

export type Layer = keyof typeof layers;

export interface PackageRule {
  readonly layer: Layer;
  /** No `node:*`, no package from outside: the sources run in a simulator, replayed from a seed. */
  readonly pure?: true;
  readonly dependsOn: readonly string[];
}

export const packages: Readonly<Record<string, PackageRule>> = {
  protocol: { layer: 'vocabulary', pure: true, dependsOn: [] },
  jute: { layer: 'codec', pure: true, dependsOn: ['protocol'] },
  interfaces: { layer: 'ports', pure: true, dependsOn: ['protocol'] },
  'compliance-tests': { layer: 'compliance', dependsOn: ['protocol', 'interfaces'] },

  quorum: { layer: 'core', pure: true, dependsOn: ['protocol', 'interfaces'] },
  fle: { layer: 'core', pure: true, dependsOn: ['protocol', 'interfaces', 'quorum'] },
  'preferred-election': { layer: 'core', pure: true, dependsOn: ['protocol', 'interfaces'] },
  leader: { layer: 'core', pure: true, dependsOn: ['protocol', 'interfaces', 'quorum'] },
  learner: { layer: 'core', pure: true, dependsOn: ['protocol', 'interfaces'] },
  datatree: { layer: 'core', pure: true, dependsOn: ['protocol', 'jute', 'interfaces'] },
  sessions: { layer: 'core', pure: true, dependsOn: ['protocol'] },
  requests: { layer: 'core', pure: true, dependsOn: ['protocol', 'jute', 'interfaces', 'datatree', 'sessions'] },
  peer: {
    layer: 'core',
    pure: true,
    dependsOn: ['protocol', 'jute', 'interfaces', 'quorum', 'leader', 'learner', 'datatree', 'sessions', 'requests'],
  },
  shell: { layer: 'shell', pure: true, dependsOn: ['protocol', 'interfaces', 'peer'] },

  'cnx-manager': { layer: 'adapter', dependsOn: ['protocol', 'interfaces'] },
  'cnx-memory': { layer: 'adapter', pure: true, dependsOn: ['protocol', 'interfaces'] },
  txnlog: { layer: 'adapter', dependsOn: ['protocol', 'jute', 'interfaces'] },
  'client-port': { layer: 'adapter', dependsOn: ['protocol', 'interfaces'] },
  authentication: { layer: 'adapter', dependsOn: ['interfaces'] },
  tls: { layer: 'adapter', dependsOn: ['interfaces'] },
  client: { layer: 'adapter', dependsOn: ['protocol', 'jute', 'interfaces'] },
  config: { layer: 'adapter', dependsOn: ['protocol', 'interfaces'] },

  server: {
    layer: 'app',
    dependsOn: [
      'protocol',
      'interfaces',
      'jute',
      'quorum',
      'datatree',
      'requests',
      'fle',
      'peer',
      'shell',
      'cnx-manager',
      'txnlog',
      'authentication',
      'client-port',
      'config',
      'client',
      'tls',
    ],
  },
};
