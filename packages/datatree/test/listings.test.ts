// getEphemerals, getAllChildrenNumber and the ephemeral znodes by session, as ZooKeeper 3.9 answers them.

import { decodeGetAllChildrenNumberResponse, decodeGetEphemeralsResponse, JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, type SessionId } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { DataTree } from '../src/index.ts';
import { restoreBody, takeAll } from './support/snapshots.ts';
import { NOBODY, TxnSource } from './support/txns.ts';

const SESSION = 5n as SessionId;

class Scene {
  tree = new DataTree();
  readonly source = new TxnSource();

  create(...paths: string[]): void {
    for (const path of paths) this.tree.apply(this.source.create(path), NOBODY);
  }

  createEphemeral(session: bigint, ...paths: string[]): void {
    for (const path of paths) this.tree.apply(this.source.create(path, { session, ephemeral: true }), NOBODY);
  }

  delete(...paths: string[]): void {
    for (const path of paths) this.tree.apply(this.source.delete(path), NOBODY);
  }

  restart(): void {
    this.tree = restoreBody(takeAll(this.tree.openSnapshot()), this.source.zxid);
  }

  ephemerals(prefix: string): string[] {
    const out = new JuteWriter();
    expect(this.tree.getEphemerals(prefix, SESSION, out)).toBe(ErrorCode.OK);
    return [...decodeGetEphemeralsResponse(new JuteReader(out.take())).ephemerals].toSorted();
  }

  descendants(path: string): number {
    const out = new JuteWriter();
    expect(this.tree.getAllChildrenNumber(path, out)).toBe(ErrorCode.OK);
    return decodeGetAllChildrenNumberResponse(new JuteReader(out.take())).totalNumber;
  }

  owners(): [bigint, string[]][] {
    return Array.from(this.tree.ephemeralsBySession(), ({ sessionId, paths }) => [sessionId, [...paths].toSorted()]);
  }
}

describe('getEphemerals', () => {
  const scene = new Scene();
  scene.create('/a', '/ab');
  scene.createEphemeral(SESSION, '/a/1', '/ab/2', '/e');
  scene.createEphemeral(6n, '/a/other');

  it.each(['', '/', ' / ', '\t\n', '\0/'])('lists all of the session for the prefix %j', (prefix) => {
    expect(scene.ephemerals(prefix)).toEqual(['/a/1', '/ab/2', '/e']);
  });

  it.each([
    ['/a', ['/a/1', '/ab/2']],
    ['/a/', ['/a/1']],
    ['/a/1', ['/a/1']],
    [' /a', []],
    ['/none', []],
    ['\u00a0/', []],
  ])('takes %j for the beginning of a path', (prefix, expected) => {
    expect(scene.ephemerals(prefix)).toEqual(expected);
  });

  it('gives an empty list to a session that has none', () => {
    const out = new JuteWriter();
    expect(scene.tree.getEphemerals('', 99n as SessionId, out)).toBe(ErrorCode.OK);
    expect(decodeGetEphemeralsResponse(new JuteReader(out.take())).ephemerals).toEqual([]);
  });
});

describe('getAllChildrenNumber', () => {
  it('counts all that is below, system znodes too for the root', () => {
    const scene = new Scene();
    expect([scene.descendants('/'), scene.descendants('/zookeeper')]).toEqual([3, 2]);
    scene.create('/a', '/a/b', '/a/b/c', '/a/b/c/d', '/a/b/c/e', '/a/f', '/ab');
    const counts = (): number[] =>
      ['/', '/a', '/a/b', '/a/b/c', '/a/b/c/d', '/ab'].map((path) => scene.descendants(path));
    expect(counts()).toEqual([10, 5, 3, 2, 0, 0]);
    scene.restart();
    expect(counts()).toEqual([10, 5, 3, 2, 0, 0]);
    scene.delete('/a/b/c/d', '/a/b/c/e', '/a/b/c');
    expect(['/', '/a', '/a/b'].map((path) => scene.descendants(path))).toEqual([7, 2, 0]);
  });

  it('of a missing znode is NONODE', () => {
    const out = new JuteWriter();
    expect(new DataTree().getAllChildrenNumber('/missing', out)).toBe(ErrorCode.NONODE);
    expect(out.length).toBe(0);
  });
});

describe('the ephemeral znodes by session', () => {
  it('are listed for every session that owns one, or owned one and has not closed', () => {
    const scene = new Scene();
    scene.createEphemeral(SESSION, '/1', '/2');
    scene.createEphemeral(-6n, '/3');
    expect(scene.owners()).toEqual([
      [SESSION, ['/1', '/2']],
      [-6n, ['/3']],
    ]);
    scene.delete('/3');
    expect([scene.tree.ephemeralOwnerCount, scene.owners()[1]]).toEqual([2, [-6n, []]]);
    scene.tree.apply(scene.source.closeSession(-6n, []), NOBODY);
    scene.tree.apply(scene.source.closeSession(-7n, []), NOBODY);
    expect([scene.tree.ephemeralOwnerCount, scene.owners()]).toEqual([1, [[SESSION, ['/1', '/2']]]]);
    scene.restart();
    expect(scene.owners()).toEqual([[SESSION, ['/1', '/2']]]);
  });
});
