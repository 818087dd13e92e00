// The environment of the official ZooKeeper image as a zoo.cfg and a myid, so that its compose files and manifests work with this image.

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ContainerPaths {
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly myIdFile: string;
}

export const containerPaths = (environment: Environment): ContainerPaths => {
  const dataDirectory = valueOf(environment, 'ZOO_DATA_DIR', '/data');
  return {
    configFile: `${valueOf(environment, 'ZOO_CONF_DIR', '/conf')}/zoo.cfg`,
    dataDirectory,
    myIdFile: `${dataDirectory}/myid`,
  };
};

export const containerMyId = (environment: Environment): string => `${valueOf(environment, 'ZOO_MY_ID', '1')}\n`;

/** Variable, key, and the value where the variable is absent; without one the key is left out. Defaults are the image's, but for the purge. */
const VARIABLES: readonly (readonly [variable: string, key: string, otherwise?: string])[] = [
  ['ZOO_DATA_DIR', 'dataDir', '/data'],
  ['ZOO_DATA_LOG_DIR', 'dataLogDir', '/datalog'],
  ['ZOO_TICK_TIME', 'tickTime', '2000'],
  ['ZOO_INIT_LIMIT', 'initLimit', '5'],
  ['ZOO_SYNC_LIMIT', 'syncLimit', '2'],
  ['ZOO_AUTOPURGE_SNAPRETAINCOUNT', 'autopurge.snapRetainCount', '3'],
  ['ZOO_AUTOPURGE_PURGEINTERVAL', 'autopurge.purgeInterval', '1'],
  ['ZOO_MAX_CLIENT_CNXNS', 'maxClientCnxns', '60'],
  ['ZOO_STANDALONE_ENABLED', 'standaloneEnabled', 'true'],
  ['ZOO_ADMINSERVER_ENABLED', 'admin.enableServer'],
  ['ZOO_4LW_COMMANDS_WHITELIST', '4lw.commands.whitelist'],
];

const LONE_SERVER = 'server.1=localhost:2888:3888;2181';

export function containerZooCfg(environment: Environment): string {
  const settings = VARIABLES.flatMap(([variable, key, otherwise]) => {
    const value = valueOf(environment, variable, otherwise);
    return value === undefined ? [] : [`${key}=${value}`];
  });
  const lines = [
    ...settings,
    ...wordsOf(valueOf(environment, 'ZOO_SERVERS', LONE_SERVER)),
    ...javaProperties(valueOf(environment, 'SERVER_JVMFLAGS', '')),
    ...javaProperties(valueOf(environment, 'JVMFLAGS', '')),
    ...wordsOf(valueOf(environment, 'ZOO_CFG_EXTRA', '')),
  ];
  return `${lines.join('\n')}\n`;
}

/** What operators hand to ZooKeeper's JVM because it reads it nowhere else: -Dzookeeper.KEY=VALUE, and what has no prefix. */
const javaProperties = (flags: string): string[] =>
  wordsOf(flags).flatMap((flag) => {
    const match =
      /^-D(?:zookeeper\.([^=]+)|(jute\.maxbuffer|readonlymode\.enabled|java\.security\.auth\.login\.config))=(.*)$/.exec(
        flag,
      );
    return match === null ? [] : [`${match[1] ?? match[2]}=${match[3]?.replaceAll('\\', '\\\\')}`];
  });

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** An empty variable is an absent one, as in the image's shell script. */
function valueOf(environment: Environment, variable: string, otherwise: string): string;
function valueOf(environment: Environment, variable: string, otherwise: string | undefined): string | undefined;
function valueOf(environment: Environment, variable: string, otherwise: string | undefined): string | undefined {
  const value = environment[variable];
  return value === undefined || value === '' ? otherwise : value;
}
