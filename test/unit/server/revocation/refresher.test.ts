import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import { parseCertificate, type RevocationQuery } from '../../../../src/pki/index.ts';
import {
  createAuthorities,
  RevocationError,
  type Revocation,
  type Storage,
} from '../../../../src/server/index.ts';
import { createCrlShelf } from '../../../../src/server/revocation/crl-shelf.ts';
import { refreshAll } from '../../../../src/server/revocation/refresher.ts';
import { CrlServer } from '../../../testkit/crl-server.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import {
  buildCa,
  buildCertificate,
  buildCrl,
  crlDistributionPoints,
  distributionPoint,
  hoursFromTestTime,
  testKey,
  testTime,
} from '../../../testkit/pki-builder.ts';
import { scratchRevocation } from '../scratch-revocation.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

describe('in the background', () => {
  let clock: FakeClock;
  let storage: Storage;
  let web: CrlServer;
  let revocation: Revocation;

  beforeEach(async () => {
    clock = new FakeClock(testTime);
    storage = await openScratchStorage();
    web = await CrlServer.start();
    await createAuthorities(storage.authorities, clock).add(buildCa());
    revocation = scratchRevocation(storage, clock, { allowedAddresses: [web.host] });
  });
  afterEach(async () => {
    await revocation.close();
    await web.close();
    await storage.close();
  });

  const query = (path: string): RevocationQuery => {
    const ca = parseCertificate(buildCa());
    const points = crlDistributionPoints(distributionPoint(web.url(path)));
    return {
      certificate: parseCertificate(buildCertificate({ extensions: [points] })),
      issuerName: ca.subject,
      issuerKey: ca.publicKey,
      issuerCertificate: ca,
    };
  };
  const crlsFor = async (path: string) => (await revocation.inputs()).source.crlsFor(query(path));
  const round = (): Promise<void> =>
    refreshAll({
      store: storage.revocation,
      shelf: createCrlShelf(storage.revocation, clock),
      clock,
      logger: silentLogger,
      refresh: (address) => revocation.refresh(address),
    });

  it('CRLs are fetched again when they are due, not before, and before a sign-in needs them', async () => {
    web.publish('/a', buildCrl({ number: 1 }));
    expect(await crlsFor('/a')).toHaveLength(1);
    await round();
    clock.advance(13 * minute);
    await round();
    expect(web.log).toEqual(['GET /a 200']);
    web.publish('/a', buildCrl({ number: 2, thisUpdate: hoursFromTestTime(0) }));
    clock.advance(2 * minute);
    await round();
    expect(web.log).toEqual(['GET /a 200', 'GET /a 200']);
    const [available] = await crlsFor('/a');
    expect(available?.crl.crlNumber).toEqual(Buffer.of(2));
    expect(web.log).toHaveLength(2);
  });

  it('one address that fails does not keep the others from being fetched', async () => {
    web.publish('/a', buildCrl({ number: 1 }));
    web.publish('/b', buildCrl({ number: 1 }));
    await crlsFor('/a');
    await crlsFor('/b');
    web.withdraw('/a');
    clock.advance(20 * minute);
    await round();
    expect(web.log.slice(2).sort()).toEqual(['GET /a 404', 'GET /b 304']);
    // The failed one waits; the CRL that is there still counts.
    await round();
    expect(web.log).toHaveLength(4);
    expect(await crlsFor('/a')).toHaveLength(1);
  });

  it('CRLs that nobody used for 30 days are forgotten, uploaded ones are not', async () => {
    web.publish('/a', buildCrl({ number: 1, nextUpdate: hoursFromTestTime(24 * 90) }));
    await crlsFor('/a');
    await revocation.upload(buildCrl({ number: 1 }));
    clock.advance(20 * day);
    await crlsFor('/a');
    clock.advance(20 * day);
    await round();
    expect(await storage.revocation.listCrls()).toHaveLength(2);
    clock.advance(11 * day);
    await round();
    const left = await storage.revocation.listCrls();
    expect(left.map(({ source }) => source.slice(0, 9))).toEqual(['uploaded:']);
  });

  it('a CRL by nobody known here is not kept', async () => {
    web.publish('/a', buildCrl({ issuerKey: testKey('impostor') }));
    expect(await crlsFor('/a')).toEqual([]);
    expect(await storage.revocation.listCrls()).toEqual([]);
    await expect(revocation.fetch(web.url('/a'))).rejects.toMatchObject({
      code: 'crl_signature_invalid',
    });
  });

  it('an upload signed by somebody else than the authority of its name is refused', async () => {
    const forged = buildCrl({ issuerKey: testKey('impostor') });
    await expect(revocation.upload(forged)).rejects.toThrow(
      new RevocationError('crl_signature_invalid').message,
    );
    expect(await storage.revocation.listCrls()).toEqual([]);
  });
});
