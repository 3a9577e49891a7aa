import { expect, it } from 'vitest';
import { createAuditLog, verifyAuditChain } from '../../../../src/server/audit/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

it('The audit log’s chain holds whatever its entries are about', async () => {
  const storage = await openScratchStorage();
  const log = createAuditLog(storage.audit, new FakeClock());
  const odd = 'half a pair \ud800, a NUL \u0000, an accent é';
  await log.append({
    ...{ actor: odd, via: 'api', address: odd, action: 'crl.fetch', target: odd },
    ...{ before: { odd }, after: [odd, new Date(0), undefined] },
  });
  const last = await log.append({ actor: 'alice', via: 'cli', action: 'crl.remove' });
  expect(await verifyAuditChain(storage.audit)).toEqual({ entries: 2, problem: undefined });
  const [first] = await storage.audit.read(0, 1);
  expect(first).toMatchObject({ target: 'half a pair \ufffd, a NUL \ufffd, an accent é' });
  expect(last.previous).toBe(first?.hash);
  await storage.close();
});
