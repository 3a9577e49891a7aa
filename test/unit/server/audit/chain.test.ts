import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealAuditEvent, verifyAuditChain } from '../../../../src/server/audit/index.ts';
import type { AuditEntry, AuditEvent } from '../../../../src/server/storage/index.ts';

const event: AuditEvent = {
  at: new Date('2026-03-01T12:00:00.000Z'),
  actor: 'alice',
  via: 'console',
  action: 'policy.add',
  after: { b: [1, { d: null, c: 'ü"\\' }], a: true },
};
const noHash = '0'.repeat(64);

function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let sequence = 1; sequence <= length; sequence++) {
    const previous = entries.at(-1)?.hash ?? noHash;
    const one = { ...event, target: `p${sequence}` };
    entries.push({ ...one, sequence, previous, hash: sealAuditEvent(one, sequence, previous) });
  }
  return entries;
}

const verify = (entries: readonly AuditEntry[]) =>
  verifyAuditChain({
    read: (after, limit) =>
      Promise.resolve(entries.filter(({ sequence }) => sequence > after).slice(0, limit)),
  });

describe('the audit log’s chain', () => {
  it('hashes the hash before and the entry as RFC 8785 writes it, so that others can check it', () => {
    const text =
      '{"action":"policy.add","actor":"alice","after":{"a":true,"b":[1,{"c":"ü\\"\\\\","d":null}]},' +
      '"at":"2026-03-01T12:00:00.000Z","sequence":1,"via":"console"}';
    const expected = createHash('sha256').update(`${noHash}\n${text}`).digest('hex');
    expect(sealAuditEvent(event, 1, noHash)).toBe(expected);
  });

  it('hashes the same content to the same, in whatever order its members are', () => {
    const other = { ...event, after: { a: true, b: [1, { c: 'ü"\\', d: null }] } };
    expect(sealAuditEvent(other, 1, noHash)).toBe(sealAuditEvent(event, 1, noHash));
  });

  it.each([0, 1, 499, 500, 501, 1200])('of %i entries verifies', async (length) => {
    expect(await verify(chainOf(length))).toEqual({ entries: length, problem: undefined });
  });

  const changes: readonly Partial<AuditEntry>[] = [
    { at: new Date('2026-03-01T12:00:00.001Z') },
    { actor: 'mallory' },
    { via: 'api' },
    { address: '192.0.2.1' },
    { action: 'policy.remove' },
    { target: 'p4' },
    { before: {} },
    { after: { a: false } },
    { after: undefined },
    { hash: '1'.repeat(64) },
  ];
  it.each(changes)('tells a change of %o', async (change) => {
    const entries = chainOf(5).map((one) => (one.sequence === 3 ? { ...one, ...change } : one));
    const { entries: good, problem } = await verify(entries);
    expect([good, problem?.sequence, problem?.kind]).toEqual([2, 3, 'content']);
  });

  it('tells entries that were taken out, put in, or sealed anew', async () => {
    const gap = chainOf(5).filter(({ sequence }) => sequence !== 3);
    expect((await verify(gap)).problem).toMatchObject({ sequence: 4, kind: 'gap' });
    const start = chainOf(5).slice(1);
    expect((await verify(start)).problem).toMatchObject({ sequence: 2, kind: 'gap' });
    const [third] = chainOf(3).slice(2);
    const forged = { ...event, actor: 'mallory' };
    const sealed = {
      ...{ ...forged, sequence: 3, previous: third?.previous ?? '' },
      hash: sealAuditEvent(forged, 3, third?.previous ?? ''),
    };
    const anew = chainOf(5).map((one) => (one.sequence === 3 ? sealed : one));
    expect((await verify(anew)).problem).toMatchObject({ sequence: 4, kind: 'link' });
  });
});
