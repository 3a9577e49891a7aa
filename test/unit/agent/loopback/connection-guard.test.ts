import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConnectionGuard } from '../../../../src/agent/loopback/connection-guard.ts';

describe('the guard of connections', () => {
  it('takes one that it has not seen begin for another user’s', async () => {
    const ownership = { ownerOf: () => Promise.resolve('same_user' as const) };
    const guard = new ConnectionGuard(ownership, { maxConnections: 1, maxForeign: 1, sweepMs: 10 });
    expect(await guard.ownerOf(new Socket())).toBe('other_user');
  });
});
