import { describe, expect, it } from 'vitest';
import { createMemoryLedger, readProof } from '../../../src/verifier/index.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';

const now = new Date('2026-01-01T00:00:00Z');
const challenge = (transaction: string) => ({
  transaction,
  nonce: `nonce of ${transaction}`,
  challengeRequest: `challenge of ${transaction}`,
  expiresAt: new Date(now.getTime() + 120_000),
});

describe('a ledger in memory', () => {
  it('hands a challenge out once', async () => {
    const ledger = createMemoryLedger(10);
    ledger.add(challenge('a'));
    expect(await ledger.take('a', 'nonce of a', now)).toBe('challenge of a');
    expect(await codeOfRejection(ledger.take('a', 'nonce of a', now))).toBe(
      'challenge_not_pending',
    );
  });

  it('is not used up by a wrong nonce', async () => {
    const ledger = createMemoryLedger(10);
    ledger.add(challenge('a'));
    expect(await codeOfRejection(ledger.take('a', 'guess', now))).toBe('challenge_not_pending');
    expect(await ledger.take('a', 'nonce of a', now)).toBe('challenge of a');
  });

  it('hands out nothing that is over', async () => {
    const ledger = createMemoryLedger(10);
    const { expiresAt } = ledger.add(challenge('a'));
    expect(await codeOfRejection(ledger.take('a', 'nonce of a', expiresAt))).toBe(
      'challenge_not_pending',
    );
  });

  it('forgets the oldest beyond its capacity', async () => {
    const ledger = createMemoryLedger(2);
    for (const name of ['a', 'b', 'c']) ledger.add(challenge(name));
    expect(await codeOfRejection(ledger.take('a', 'nonce of a', now))).toBe(
      'challenge_not_pending',
    );
    expect(await ledger.take('b', 'nonce of b', now)).toBe('challenge of b');
  });
});

describe('reading a proof', () => {
  async function* body(...chunks: readonly Uint8Array[]) {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }

  it('joins what comes in parts', async () => {
    expect(await readProof(body(Buffer.from('a.b'), Buffer.from('.c')))).toBe('a.b.c');
  });

  it('stops where there is more than any proof has', async () => {
    let sent = 0;
    async function* endless() {
      for (;;) {
        sent += 10_000;
        yield await Promise.resolve(Buffer.alloc(10_000, 'x'));
      }
    }
    expect(await codeOfRejection(readProof(endless()))).toBe('message_too_long');
    expect(sent).toBeLessThan(100_000);
  });

  it('refuses what is no text', async () => {
    expect(await codeOfRejection(readProof(body(Buffer.of(0xff))))).toBe('message_malformed');
  });
});
