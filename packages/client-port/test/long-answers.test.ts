import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { LongAnswers } from '../src/long-answers.ts';
import { PortFixture, turns } from './port-fixture.ts';

class Taker {
  readonly written: string[] = [];
  wantsMore = true;
  finished = false;

  write(text: string): boolean {
    this.written.push(text);
    return this.wantsMore;
  }

  done(): void {
    this.finished = true;
  }
}

describe('an answer in pieces', () => {
  it('gives way when its time in this turn is over', async () => {
    const clock = new FakeClock();
    const answers = new LongAnswers<Taker>(clock);
    const slow = new Taker();
    const quick = new Taker();
    answers.begin(slow, slowly(clock, 300));
    answers.begin(quick, ['quick']);
    await turns(3);
    expect([slow.finished, quick.finished]).toEqual([false, true]);
    expect(slow.written.length).toBeGreaterThan(0);
    await turns(30);
    expect(slow.written.join('')).toBe('x'.repeat(300));
    expect(slow.finished).toBe(true);
  });

  it('waits for a client that has not taken the last slice', async () => {
    const answers = new LongAnswers<Taker>(new FakeClock());
    const taker = new Taker();
    taker.wantsMore = false;
    answers.begin(taker, ['a'.repeat(70_000), 'b'.repeat(70_000)]);
    await turns();
    expect(taker.written).toEqual(['a'.repeat(70_000)]);
    answers.onDrained(taker);
    answers.onDrained(taker);
    await turns();
    expect(taker.written).toHaveLength(2);
    answers.onDrained(taker);
    await turns();
    expect(taker.finished).toBe(true);
  });

  it('is made no further once its client is gone', async () => {
    const answers = new LongAnswers<Taker>(new FakeClock());
    const taker = new Taker();
    let ended = false;
    const endless = function* (): Iterable<string> {
      try {
        for (;;) yield 'x'.repeat(1000);
      } finally {
        ended = true;
      }
    };
    answers.begin(taker, endless());
    await turns(2);
    answers.forget(taker);
    await turns(2);
    expect(ended).toBe(true);
    expect(taker.finished).toBe(false);
  });
});

/** Every piece takes a tenth of a millisecond. */
function* slowly(clock: FakeClock, count: number): Iterable<string> {
  for (let i = 0; i < count; i++) {
    clock.advance(0.1);
    yield 'x';
  }
}

describe('on the wire', () => {
  const fixtures: PortFixture[] = [];
  const start = async (...words: string[]): Promise<PortFixture> => {
    const fixture = await PortFixture.start({ fourLetterWords: new Set(words) });
    fixtures.push(fixture);
    return fixture;
  };
  afterEach(async () => {
    for (const fixture of fixtures.splice(0)) await fixture.stop();
  });

  it('a long answer arrives whole, whatever else is asked meanwhile', async () => {
    const fixture = await start('wchc', 'ruok');
    const pieces = Array.from({ length: 20_000 }, (_, i) => `\t/a/path/of/some/length/${i}\n`);
    fixture.answer = (word) => (word === 'wchc' ? pieces : 'imok');
    const [dumper, other] = [await fixture.connect(), await fixture.connect()];
    dumper.write('wchc');
    dumper.halfClose(); // as `echo wchc | nc` does
    other.write('ruok');
    await other.untilClosed();
    expect(other.text()).toBe('imok');
    await dumper.untilClosed();
    expect(dumper.text()).toBe(pieces.join(''));
  });

  it('a client that takes nothing of a long answer is cut off; one that takes it slowly is not', async () => {
    const fixture = await start('wchc');
    let made = 0;
    fixture.answer = function* () {
      for (; made < 2000; made++) yield 'x'.repeat(64 * 1024);
    };
    const client = await fixture.connect();
    client.socket.pause();
    client.write('wchc');
    await fixture.settled(() => made);
    expect(made).toBeLessThan(2000);
    fixture.clock.advance(4999);
    await turns();
    client.socket.resume();
    const before = made;
    await client.until(() => made > before);
    client.socket.pause();
    fixture.clock.advance(2);
    await turns();
    expect(client.closed()).toBe(false); // something was taken, so its time began anew
    fixture.clock.advance(5001);
    client.socket.resume();
    await client.untilClosed();
    expect(made).toBeLessThan(2000);
  });

  it('stmk takes eight bytes more, however they come', async () => {
    const fixture = await start('stmk');
    const client = await fixture.connect();
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0x32);
    client.write('stmk');
    await turns();
    client.write(mask.subarray(0, 3));
    await turns();
    expect(client.closed()).toBe(false);
    client.write(mask.subarray(3));
    await client.untilClosed();
    expect(client.text()).toBe('answer to stmk');
    expect(fixture.requests[0]?.argument).toEqual(mask);
  });

  it('a stmk that is refused is refused at once', async () => {
    const fixture = await start('ruok');
    const client = await fixture.connect();
    client.write('stmk');
    await client.untilClosed();
    expect(client.text()).toBe('stmk is not executed because it is not in the whitelist.\n');
  });

  it('words are counted, refused ones, too, until they are reset', async () => {
    const fixture = await start('ruok');
    const counts: number[][] = [];
    fixture.answer = () => {
      const { port } = fixture.requests.at(-1) ?? {};
      counts.push([port?.wordCount ?? -1, port?.answeredWordCount ?? -1]);
      if (counts.length === 2) port?.resetStatistics();
      return '';
    };
    for (const word of ['ruok', 'srvr', 'ruok', 'ruok']) {
      const client = await fixture.connect();
      client.write(word);
      await client.untilClosed();
    }
    // The answer to the word that resets comes after the reset.
    expect(counts).toEqual([
      [1, 0],
      [3, 2],
      [1, 1],
    ]);
  });

  it('who asks, and who has not said anything yet, are known to the word', async () => {
    const fixture = await start('cons');
    const silent = await fixture.connect();
    const asker = await fixture.connect();
    const addresses = [silent, asker].map(({ socket }) => `127.0.0.1:${socket.localPort}`);
    asker.write('cons');
    await asker.untilClosed();
    expect(fixture.requests[0]?.remoteAddress).toBe(addresses[1]);
    expect(fixture.strangers).toEqual([addresses]);
  });
});
