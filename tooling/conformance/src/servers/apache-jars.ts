// The class paths of the Apache servers: 3.8 as Debian packages it, the newest 3.9 from Maven Central.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { isInstalled, run } from './run.ts';

export interface ApacheRelease {
  /** 3.8 or 3.9. */
  readonly line: '3.8' | '3.9';
  readonly version: string;
  readonly classPath: string;
}

const DEBIAN_JARS = ['/usr/share/java/zookeeper.jar', '/usr/share/java/slf4j-nop.jar'];

/** A text says why it cannot be had here. */
export async function apacheRelease(line: '3.8' | '3.9'): Promise<ApacheRelease | string> {
  if (!(await isInstalled('java', '-version'))) return 'java is not installed';
  return line === '3.8' ? debianRelease() : mavenRelease();
}

/** 3.9 where Maven is there, else Debian's 3.8. */
export async function newestRelease(): Promise<ApacheRelease | string> {
  const newest = await apacheRelease('3.9');
  if (typeof newest !== 'string') return newest;
  const debian = await apacheRelease('3.8');
  return typeof debian === 'string' ? `${newest}; ${debian}` : debian;
}

async function debianRelease(): Promise<ApacheRelease | string> {
  if (!DEBIAN_JARS.every((jar) => existsSync(jar))) return 'the Debian package zookeeper is not installed';
  const { output } = await run('dpkg-query', ['-W', '-f=${Version}', 'zookeeper']);
  return { line: '3.8', version: output.split('-')[0] ?? '3.8', classPath: DEBIAN_JARS.join(':') };
}

async function mavenRelease(): Promise<ApacheRelease | string> {
  const directory = join(cacheDirectory('apache-3.9'), 'jars');
  const cached = releaseIn(directory);
  if (cached !== undefined) return cached;
  if (!(await isInstalled('mvn', '--version'))) return 'mvn is not installed';
  let problem = '';
  // A mirror may list a release before it can serve all of it, so the next older one is tried.
  for (let upperBound = '3.10.0-alpha'; ; ) {
    problem = await copyDependencies(directory, upperBound);
    const newest = /org\.apache\.zookeeper:\w+:\w+:(3\.9\.\d+)/.exec(problem)?.[1];
    if (problem === '' || newest === undefined || newest === upperBound) break;
    upperBound = newest;
  }
  return releaseIn(directory) ?? `mvn could not fetch it: ${problem.split('\n')[0] ?? ''}`;
}

function releaseIn(directory: string): ApacheRelease | undefined {
  if (!existsSync(directory)) return undefined;
  const jars = readdirSync(directory).filter((name) => name.endsWith('.jar'));
  const version = jars.map((jar) => /^zookeeper-(3\.9\.\d+)\.jar$/.exec(jar)?.[1]).find((found) => found !== undefined);
  return version === undefined ? undefined : { line: '3.9', version, classPath: join(directory, '*') };
}

/** Empty when it worked, else what Maven said. */
async function copyDependencies(directory: string, upperBound: string): Promise<string> {
  const project = cacheDirectory('apache-3.9');
  writeFileSync(join(project, 'pom.xml'), pom(upperBound));
  const { code, output } = await run(
    'mvn',
    ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${directory}`, '-DincludeScope=runtime'],
    { directory: project, limitMs: 300_000 },
  );
  return code === 0 ? '' : output;
}

const pom = (upperBound: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>zebu</groupId>
  <artifactId>conformance</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.zookeeper</groupId>
      <artifactId>zookeeper</artifactId>
      <version>[3.9.0,${upperBound})</version>
    </dependency>
    <dependency>
      <!-- Provided by ZooKeeper's own distribution: its pom does not ask for it, its server does. -->
      <groupId>io.dropwizard.metrics</groupId>
      <artifactId>metrics-core</artifactId>
      <version>4.1.12.1</version>
    </dependency>
    <dependency>
      <groupId>org.xerial.snappy</groupId>
      <artifactId>snappy-java</artifactId>
      <version>1.1.10.5</version>
    </dependency>
  </dependencies>
</project>
`;
