/** Revocation end to end: OpenSSL as CA, its CRLs over real HTTP, its OCSP responder. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VerificationResult } from '../../../src/protocol/index.ts';
import {
  createAuthorities,
  defaultRevocationOptions,
  type AuthorityRevocation,
  type RevocationOptions,
} from '../../../src/server/index.ts';
import { CrlServer } from '../../testkit/crl-server.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { OpensslCa, opensslComponent, type OpensslCertificate } from '../../testkit/openssl-ca.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { adminToken, readAnswer, ServerRig } from './server-rig.ts';

const minute = 60_000;
const hour = 60 * minute;

describeWith('revocation', [opensslComponent], () => {
  let web: CrlServer;
  let ca: OpensslCa;
  let rig: ServerRig;

  beforeAll(() => {
    ca = new OpensslCa('Revocation Test CA');
  });
  afterAll(() => ca.remove());
  beforeEach(async () => {
    web = await CrlServer.start();
  });
  afterEach(async () => {
    await rig.close();
    await web.close();
  });

  async function startServer(
    settings: Partial<AuthorityRevocation>,
    options: Partial<RevocationOptions> = {},
  ): Promise<void> {
    rig = await ServerRig.start(
      { revocation: { allowedAddresses: [web.host], maxWait: 2000, ...options } },
      { trust: false },
    );
    const authorities = createAuthorities(rig.storage.authorities, rig.clock);
    const [added] = await authorities.add(ca.certificate.der);
    await authorities.setRevocation(added?.id ?? '', settings);
  }

  /** Hours from the server's present. */
  const at = (hours: number): Date => new Date(rig.clock.now().getTime() + hours * hour);
  const publishCrl = (from: number, to: number, path = '/ca.crl'): void => {
    web.publish(path, ca.makeCrl(at(from), at(to)));
  };

  async function signIn(leaf: OpensslCertificate): Promise<VerificationResult> {
    const browser = rig.browser();
    const { transaction, challengeRequest } = await browser.start();
    const proof = new TestDevice(leaf).prove(challengeRequest, rig.clock.now());
    // An agent reads the answer, however long the list of what gave no status.
    const answer = await readAnswer(await rig.postProof(proof));
    const status = await browser.status(transaction);
    if (status.status !== 'managed' && status.status !== 'refused') throw new Error(status.status);
    expect(answer.code).toBe(status.result.code);
    return status.result;
  }

  describe('by CRL', () => {
    const crlFirst = { mode: 'hard-fail', methods: ['crl'] } as const;

    it('refuses a device from the first CRL on that lists it, within the stated bound', async () => {
      await startServer(crlFirst);
      const laptop = ca.issue('laptop-1', { crl: [web.url('/ca.crl')] });
      publishCrl(-1, 24);
      const before = await signIn(laptop);
      expect(before).toMatchObject({ managed: true });
      expect(before.path?.[0]?.revocation).toMatchObject({
        status: 'good',
        method: 'crl',
        origin: web.url('/ca.crl'),
        stale: false,
      });
      // A CRL tells its time in whole seconds.
      expect([3600, 3601]).toContain(before.path?.[0]?.revocation?.ageSeconds);

      ca.revoke(laptop);
      publishCrl(0, 24);
      // The bound is the refresh interval: up to it, the CRL that is there counts.
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      rig.clock.advance(defaultRevocationOptions.refreshInterval);
      // The present CRL is current: it still counts while its successor is fetched beside.
      await signIn(laptop);
      await expect.poll(async () => (await signIn(laptop)).code).toBe('certificate_revoked');
      const refused = await signIn(laptop);
      expect(refused).toMatchObject({ managed: false });
      expect(refused.message).toContain('keyCompromise');
      expect(refused.message).toContain(web.url('/ca.crl'));
    });

    it('asks conditionally, and takes 304 for an answer', async () => {
      await startServer(crlFirst);
      const laptop = ca.issue('laptop-2', { crl: [web.url('/ca.crl')] });
      publishCrl(-1, 24);
      await signIn(laptop);
      rig.clock.advance(20 * minute);
      await signIn(laptop);
      await expect.poll(() => web.log).toEqual(['GET /ca.crl 200', 'GET /ca.crl 304']);
      await signIn(laptop);
      expect(web.log).toHaveLength(2);
    });

    it('tells the agent in short, and the verdict in full, of many addresses without a status', async () => {
      await startServer(crlFirst);
      const crl = Array.from({ length: 8 }, (_, index) => web.url(`/${'x'.repeat(300)}${index}`));
      const { message } = await signIn(ca.issue('laptop-14', { crl }));
      expect(message.length).toBeGreaterThan(2400);
      for (const address of crl) expect(message).toContain(address);
    });

    it('fetches once for many who wait', async () => {
      await startServer(crlFirst);
      const leaves = [1, 2, 3].map((n) => ca.issue(`many-${n}`, { crl: [web.url('/ca.crl')] }));
      publishCrl(-1, 24);
      const verdicts = await Promise.all([...leaves, ...leaves].map(signIn));
      expect(verdicts.every(({ managed }) => managed)).toBe(true);
      expect(web.log).toEqual(['GET /ca.crl 200']);
    });

    it('takes the second address of a place where the first fails, and skips ldap', async () => {
      await startServer(crlFirst);
      const crl = ['ldap://ldap.corp.example/cn=CA', web.url('/gone'), web.url('/ca.crl')];
      const laptop = ca.issue('laptop-3', { crl });
      const missing = await signIn(laptop);
      expect(missing.code).toBe('revocation_status_unknown');
      expect(missing.message).toContain(
        'ldap://ldap.corp.example/cn=CA: The address is not one of',
      );
      expect(missing.message).toContain('HTTP status 404');
      publishCrl(-1, 24);
      rig.clock.advance(10_000);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
    });

    it.each([
      ['hard-fail', { mode: 'hard-fail' }, false],
      ['a grace that covers it', { mode: 'grace', graceHours: 2 }, true],
      ['a grace that is over', { mode: 'grace', graceHours: 0 }, false],
      ['off', { mode: 'off' }, true],
    ] as const)('that is stale: %s', async (_, settings, managed) => {
      await startServer({ methods: ['crl'], ...settings });
      const laptop = ca.issue('laptop-4', { crl: [web.url('/ca.crl')] });
      publishCrl(-24, -1);
      const result = await signIn(laptop);
      expect(result.managed).toBe(managed);
      if (!managed) expect(result.message).toContain('It is out of date');
      if (settings.mode === 'grace' && managed) {
        expect(result.path?.[0]?.revocation).toMatchObject({ status: 'good', stale: true });
      }
      if (settings.mode === 'off') expect(web.log).toEqual([]);
    });

    it.each([
      ['hard-fail', { mode: 'hard-fail', graceHours: 24 }, false],
      ['grace', { mode: 'grace', graceHours: 24 }, true],
    ] as const)('whose server is gone once it is out of date: %s', async (_, settings, managed) => {
      await startServer({ methods: ['crl'], ...settings });
      const laptop = ca.issue('laptop-5', { crl: [web.url('/ca.crl')] });
      publishCrl(-1, 1);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      web.withdraw('/ca.crl');
      rig.clock.advance(2 * hour);
      const result = await signIn(laptop);
      expect(result.managed).toBe(managed);
      rig.clock.advance(24 * hour);
      expect(await signIn(laptop)).toMatchObject({ code: 'revocation_status_unknown' });
    });

    it('signed by an impostor does not count, and does not push the good one out', async () => {
      await startServer(crlFirst);
      const laptop = ca.issue('laptop-6', { crl: [web.url('/ca.crl')] });
      const impostor = new OpensslCa('Revocation Test CA');
      web.publish('/ca.crl', impostor.makeCrl(at(-1), at(24)));
      const refused = await signIn(laptop);
      expect(refused.code).toBe('revocation_status_unknown');
      expect(refused.message).toContain('crl_signature_invalid');

      publishCrl(-1, 24);
      rig.clock.advance(10_000);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      impostor.revoke(impostor.issue('x'));
      web.publish('/ca.crl', impostor.makeCrl(at(0), at(24)));
      rig.clock.advance(20 * minute);
      await signIn(laptop);
      await expect.poll(() => web.log.length).toBe(3);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      await impostor.remove();
    });

    it('whose number goes back is not taken, and told', async () => {
      await startServer(crlFirst);
      const laptop = ca.issue('laptop-7', { crl: [web.url('/ca.crl')] });
      const older = ca.makeCrl(at(-2), at(24));
      ca.revoke(laptop);
      publishCrl(-1, 24);
      expect(await signIn(laptop)).toMatchObject({ code: 'certificate_revoked' });
      web.publish('/ca.crl', older);
      rig.clock.advance(20 * minute);
      await signIn(laptop);
      await expect.poll(() => web.log.length).toBe(2);
      expect(await signIn(laptop)).toMatchObject({ code: 'certificate_revoked' });
      const listed = await admin('GET', '/admin/api/crls');
      const { problems } = (await listed.json()) as { problems: { message: string }[] };
      expect(problems[0]?.message).toContain('crl_older');
    });

    it('that is too large is refused before it is read', async () => {
      const limits = { ...defaultRevocationOptions.limits, maxCrlBytes: 100_000 };
      await startServer(crlFirst, { limits });
      const laptop = ca.issue('laptop-8', { crl: [web.url('/huge'), web.url('/endless')] });
      web.handle('/huge', (_, response) => {
        response.writeHead(200, { 'content-length': '100001' });
        response.flushHeaders();
      });
      let sent = 0;
      web.handle('/endless', (_, response) => {
        const more = (): void => {
          sent += 10_000;
          if (!response.destroyed) response.write(Buffer.alloc(10_000), more);
        };
        more();
      });
      const { code, message } = await signIn(laptop);
      expect(code).toBe('revocation_status_unknown');
      expect(message.match(/larger than 100000 bytes/g)).toHaveLength(2);
      expect(sent).toBeLessThan(5_000_000);
    });

    it('from an address that does not answer holds a verdict no longer than its bound', async () => {
      await startServer(crlFirst, { maxWait: 200 });
      const laptop = ca.issue('laptop-9', { crl: [web.url('/slow')] });
      let answer: (() => void) | undefined;
      const crl = ca.makeCrl(at(-1), at(24));
      web.handle('/slow', (_, response) => {
        answer = () => response.end(crl);
      });
      const { code, message } = await signIn(laptop);
      // The fetch itself goes on for longer than a test may last.
      expect(code).toBe('revocation_status_unknown');
      expect(message).toContain('still being fetched');
      // What was asked for is not lost: the next sign-in has it.
      answer?.();
      await expect.poll(async () => (await signIn(laptop)).managed).toBe(true);
    });

    it('holds a verdict no longer than its bound, however many addresses do not answer', async () => {
      await startServer({ mode: 'hard-fail', methods: ['ocsp', 'crl'] }, { maxWait: 300 });
      const addresses = Array.from({ length: 4 }, (_, i) => web.url(`/slow${i}`));
      const nextAsked = new Promise<void>((resolve) => {
        web.handle('/slow1', () => {
          resolve();
        });
      });
      for (const i of [0, 2, 3, 4]) web.handle(`/slow${i}`, () => undefined);
      const many = ca.issue('laptop-13', { ocsp: addresses, crl: addresses });
      const one = ca.issue('laptop-14', { crl: [web.url('/slow4')] });
      const verdicts: string[] = [];
      const note = async (leaf: OpensslCertificate, asks: string): Promise<void> => {
        const { code } = await signIn(leaf);
        verdicts.push(`${asks}: ${code}`);
      };
      const asksMany = note(many, 'many');
      // The first has used the bound up: whoever waits from here on has the whole of it ahead.
      await nextAsked;
      await Promise.all([asksMany, note(one, 'one')]);
      expect(verdicts).toEqual([
        'many: revocation_status_unknown',
        'one: revocation_status_unknown',
      ]);
    });

    it('is not fetched from a private address, directly or by a redirect', async () => {
      const inside = createServer((_, response) => {
        reached = true;
        response.end();
      }).listen(0, '127.0.0.1');
      let reached = false;
      await once(inside, 'listening');
      const { port } = inside.address() as AddressInfo;
      await startServer(crlFirst);
      const addresses = [`http://127.0.0.1:${port}/ca.crl`, web.url('/redirect')];
      const laptop = ca.issue('laptop-10', { crl: addresses });
      web.handle('/redirect', (_, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${port}/metadata` }).end();
      });
      const { code, message } = await signIn(laptop);
      expect(code).toBe('revocation_status_unknown');
      expect(message.match(/address_not_allowed/g)).toHaveLength(2);
      expect(reached).toBe(false);
      inside.close();
    });

    it('counts when it is uploaded, for certificates that name no address', async () => {
      await startServer({ mode: 'grace' });
      const laptop = ca.issue('laptop-11');
      const unpublished = await signIn(laptop);
      expect(unpublished).toMatchObject({ managed: true });
      expect(unpublished.path?.[0]?.revocation).toEqual({ status: 'not_checked' });

      const older = ca.makeCrl(at(-2), at(24));
      ca.revoke(laptop);
      const uploaded = await admin(
        'POST',
        '/admin/api/crls',
        new Uint8Array(ca.makeCrl(at(-1), at(24))),
      );
      expect(uploaded.status).toBe(201);
      expect(await signIn(laptop)).toMatchObject({ code: 'certificate_revoked' });
      expect((await admin('POST', '/admin/api/crls', new Uint8Array(older))).status).toBe(409);
      expect(await signIn(laptop)).toMatchObject({ code: 'certificate_revoked' });
    });

    it('counts when it is written into the directory', async () => {
      const crlDirectory = `${scratchDirectory()}/crls`;
      mkdirSync(crlDirectory);
      await startServer(crlFirst, { crlDirectory });
      const laptop = ca.issue('laptop-12');
      expect(await signIn(laptop)).toMatchObject({ code: 'revocation_status_unknown' });
      writeFileSync(`${crlDirectory}/.new`, ca.makeCrl(at(-1), at(24)));
      renameSync(`${crlDirectory}/.new`, `${crlDirectory}/ca.crl`);
      rig.clock.advance(3000);
      const result = await signIn(laptop);
      expect(result.path?.[0]?.revocation).toMatchObject({ origin: 'directory:ca.crl' });
      expect(existsSync(`${crlDirectory}/.new`)).toBe(false);
    });
  });

  describe('by OCSP', () => {
    const ocspOnly = { mode: 'hard-fail', methods: ['ocsp'] } as const;
    let port = 0;
    let host = '';
    let responder = '';
    beforeEach(async () => {
      [port = 0] = await freePorts(1);
      host = `127.0.0.1:${port}`;
      responder = `http://${host}/`;
    });
    afterEach(() => ca.stopResponder());

    it('refuses a revoked device once the last answer is used up', async () => {
      await startServer(ocspOnly, { allowedAddresses: [host] });
      const laptop = ca.issue('laptop-20', { ocsp: responder });
      await ca.startResponder(port);
      const before = await signIn(laptop);
      expect(before.path?.[0]?.revocation).toMatchObject({
        status: 'good',
        method: 'ocsp',
        origin: responder,
      });
      ca.revoke(laptop);
      await ca.stopResponder();
      await ca.startResponder(port);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      rig.clock.advance(defaultRevocationOptions.ocspInterval + 1);
      expect(await signIn(laptop)).toMatchObject({ code: 'certificate_revoked' });
    });

    it.each([
      ['hard-fail', { mode: 'hard-fail' }, false],
      ['grace', { mode: 'grace', graceHours: 4 }, true],
      ['off', { mode: 'off' }, true],
    ] as const)('whose responder is down: %s', async (_, settings, managed) => {
      await startServer({ methods: ['ocsp'], ...settings }, { allowedAddresses: [host] });
      const laptop = ca.issue('laptop-21', { ocsp: responder });
      await ca.startResponder(port);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      await ca.stopResponder();
      rig.clock.advance(2 * hour);
      const result = await signIn(laptop);
      expect(result.managed).toBe(managed);
      if (!managed) expect(result.message).toContain('ECONNREFUSED');
      rig.clock.advance(4 * hour);
      expect((await signIn(laptop)).managed).toBe(settings.mode === 'off');
    });

    it('falls back to the CRL where the responder does not answer', async () => {
      await startServer({ mode: 'hard-fail', methods: ['ocsp', 'crl'] });
      const laptop = ca.issue('laptop-22', { ocsp: web.url('/down'), crl: [web.url('/ca.crl')] });
      publishCrl(-1, 24);
      const result = await signIn(laptop);
      expect(result.path?.[0]?.revocation).toMatchObject({ status: 'good', method: 'crl' });
    });

    it('does not take an answer that is replayed from yesterday', async () => {
      await startServer(ocspOnly, { allowedAddresses: [host, web.host] });
      const laptop = ca.issue('laptop-23', { ocsp: web.url('/ocsp') });
      await ca.startResponder(port);
      let recorded: Buffer | undefined;
      web.handle('/ocsp', (request, response) => {
        void (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
          const headers = { 'content-type': 'application/ocsp-request' };
          const body = Buffer.concat(chunks);
          const answer =
            recorded ??
            Buffer.from(
              await (await fetch(responder, { method: 'POST', headers, body })).arrayBuffer(),
            );
          recorded = answer;
          response.end(answer);
        })();
      });
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      ca.revoke(laptop);
      // Within its validity, its nonce gives it away; the answer that was right when it was asked for
      // is put back, and counts until it is out of date itself.
      rig.clock.advance(10 * minute);
      expect(await signIn(laptop)).toMatchObject({ managed: true });
      rig.clock.advance(24 * hour);
      const result = await signIn(laptop);
      expect(result.code).toBe('revocation_status_unknown');
      expect(result.message).toMatch(/nonce is not the one|out of date/);
    });
  });

  function admin(method: string, path: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> {
    const headers = { authorization: `Bearer ${adminToken}` };
    return rig.fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  }
});
