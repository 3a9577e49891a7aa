import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import {
  createAuthorities,
  type LeaseStore,
  type Revocation,
  type Storage,
} from '../../../../src/server/index.ts';
import { createFetchTurns } from '../../../../src/server/revocation/fetch-turns.ts';
import { CrlServer } from '../../../testkit/crl-server.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import {
  buildCa,
  buildCertificate,
  buildCrl,
  crlDistributionPoints,
  distributionPoint,
  testTime,
} from '../../../testkit/pki-builder.ts';
import { findPath } from '../../../testkit/pki-path.ts';
import { scratchRevocation } from '../scratch-revocation.ts';
import { openScratchStorage } from '../scratch-storage.ts';

describe('fetches of several processes on one storage', () => {
  const processes: Revocation[] = [];
  let clock: FakeClock;
  let storage: Storage;
  let web: CrlServer;

  beforeEach(async () => {
    clock = new FakeClock(testTime);
    storage = await openScratchStorage();
    web = await CrlServer.start();
    await createAuthorities(storage.authorities, clock).add(buildCa());
  });
  afterEach(async () => {
    for (const revocation of processes.splice(0)) await revocation.close();
    await web.close();
    await storage.close();
  });

  it('are one, whose CRL all of them use', async () => {
    const extensions = [crlDistributionPoints(distributionPoint(web.url('/a.crl')))];
    const target = buildCertificate({ extensions });
    const claims = new Set<string>();
    let answer = (): void => undefined;
    web.handle('/a.crl', (_request, response) => {
      answer = () => response.end(buildCrl());
      if (claims.size === 4) answer();
    });
    const leases: LeaseStore = {
      ...storage.leases,
      claim(name, holder, ...times) {
        claims.add(holder);
        if (claims.size === 4) answer();
        return storage.leases.claim(name, holder, ...times);
      },
    };
    for (let i = 0; i < 4; i++) {
      const options = { allowedAddresses: [web.host] };
      processes.push(scratchRevocation({ ...storage, leases }, clock, options));
    }
    const verdicts = await Promise.all(
      processes.map(async (revocation) =>
        findPath({ target, time: clock.now(), revocation: await revocation.inputs() }),
      ),
    );
    expect(verdicts.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(web.log).toEqual(['GET /a.crl 200']);
  });

  it('go on when the process that fetched has died: its turn ends by itself', async () => {
    const context = { leases: storage.leases, clock, random: systemRandom, timeout: 500 };
    const dead = createFetchTurns(context);
    void dead.take('http://a.example/a.crl', () => new Promise(() => undefined));
    const order: string[] = [];
    const next = createFetchTurns(context).take('http://a.example/a.crl', () => {
      order.push('next');
      return Promise.resolve();
    });
    order.push('waiting');
    clock.advance(500);
    await next;
    expect(order).toEqual(['waiting', 'next']);
  });

  it('hold up only those that want the same', async () => {
    const context = { leases: storage.leases, clock, random: systemRandom, timeout: 60_000 };
    void createFetchTurns(context).take('a', () => new Promise(() => undefined));
    let done = false;
    await createFetchTurns(context).take('b', () => {
      done = true;
      return Promise.resolve();
    });
    expect(done).toBe(true);
  });
});
