import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthorities } from '../../../src/server/index.ts';
import { declineReasons, parseChallenge } from '../../../src/protocol/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { declineOf, TestDevice } from '../../testkit/test-device.ts';
import { readAnswer, readProblem, ServerRig, type TestBrowser } from './server-rig.ts';

describe('a sign-in', () => {
  let rig: ServerRig;
  let browser: TestBrowser;
  let device: TestDevice;

  beforeEach(async () => {
    rig = await ServerRig.start();
    browser = rig.browser();
    device = new TestDevice(rig.issuing.issue({ commonName: 'laptop-7' }), rig.issuing);
  });
  afterEach(() => rig.close());

  const prove = (challenge: string): string => device.prove(challenge, rig.clock.now());

  it('of a managed device ends with that verdict, its path and its checks', async () => {
    const { transaction, challengeRequest } = await browser.start();
    const answer = await readAnswer(await rig.postProof(prove(challengeRequest)));
    expect(answer).toMatchObject({ transaction, managed: true, code: 'device_managed' });
    const status = await browser.status(transaction);
    expect(status).toMatchObject({
      status: 'managed',
      result: {
        managed: true,
        transaction,
        decidedAt: rig.clock.now().toISOString(),
        device: { hostname: 'laptop-7' },
      },
    });
    if (status.status !== 'managed') return;
    expect(status.result.path?.map(({ subject }) => subject)).toEqual([
      'CN=laptop-7,O=Test',
      'CN=Test Issuing CA,O=Test',
      'CN=Test Root CA,O=Test',
    ]);
    expect(status.result.checks.map(({ outcome }) => outcome)).not.toContain('failed');
    expect(await rig.storage.signIns.find(transaction)).toEqual({
      origin: rig.issuer,
      device: status.result.deviceId,
      result: status.result,
    });
  });

  it('of a device of another CA is refused, with the reason for the page', async () => {
    const stranger = TestCa.root({ commonName: 'Another Root' });
    const other = new TestDevice(stranger.issue(), stranger);
    const { transaction, challengeRequest } = await browser.start();
    const proof = other.prove(challengeRequest, rig.clock.now());
    const answer = await readAnswer(await rig.postProof(proof));
    expect(answer.managed).toBe(false);
    const status = await browser.status(transaction);
    expect(status.status).toBe('refused');
    if (status.status !== 'refused') return;
    expect(status.result).toMatchObject({ code: answer.code, message: answer.message });
    expect(status.result.checks.at(-1)).toMatchObject({ check: 'path', outcome: 'failed' });
  });

  it('of a device that declines is refused with its reason', async () => {
    const { transaction, challengeRequest } = await browser.start();
    const decline = declineOf(challengeRequest, 'device_key_missing');
    const answer = await readAnswer(await rig.postDecline(decline));
    const message = declineReasons.device_key_missing;
    expect(answer).toEqual({ transaction, managed: false, code: 'device_key_missing', message });
    expect(await browser.status(transaction)).toMatchObject({
      status: 'refused',
      result: { managed: false, code: 'device_key_missing', message },
    });
  });

  it('has a challenge that says what the protocol asks, signed with a published key', async () => {
    const { transaction, challengeRequest, expiresAt, loopback } = await browser.start();
    const keySet = (await (await rig.fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(
      challengeRequest,
      createLocalJWKSet(keySet),
      { audience: 'urn:countersign:agent', issuer: rig.issuer, typ: 'device-challenge+jwt' },
    );
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload.jti).toBe(transaction);
    expect(payload['origins']).toEqual([rig.issuer]);
    expect(payload['response_uri']).toBe(`${rig.issuer}/v1/proofs`);
    expect(payload.exp).toBe((payload.iat ?? 0) + 120);
    expect(payload.exp).toBe(Date.parse(expiresAt) / 1000);
    expect(loopback.ports).toEqual([21861, 21862, 21863, 21864, 21865]);
    const { challenge } = parseChallenge(challengeRequest);
    expect(challenge.issuerNames).toHaveLength(1);
    expect(challenge.authorityKeyIdentifiers).toHaveLength(1);
    for (const key of keySet.keys) expect(key).not.toHaveProperty('d');
  });

  describe('keeps to its browser:', () => {
    it('another browser’s status is as unknown as one that never was', async () => {
      const { transaction } = await browser.start();
      const stranger = rig.browser();
      const asked = [
        rig.fetch(`/v1/transactions/${transaction}`),
        stranger.fetch('/v1/transactions/AAAAAAAAAAAAAAAAAAAAAA'),
      ];
      await stranger.start();
      asked.push(stranger.fetch(`/v1/transactions/${transaction}`));
      const bodies = await Promise.all(
        asked.map(async (response) => [(await response).status, await (await response).text()]),
      );
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
      expect(bodies[0]?.[0]).toBe(404);
    });

    it('another browser cannot cancel it', async () => {
      const { transaction, challengeRequest } = await browser.start();
      const stranger = rig.browser();
      await stranger.start();
      expect(await readProblem(await stranger.cancel(transaction))).toEqual([
        404,
        'transaction_unknown',
      ]);
      expect((await readAnswer(await rig.postProof(prove(challengeRequest)))).managed).toBe(true);
    });

    it('two cookies of the same name are none', async () => {
      const { transaction } = await browser.start();
      const [name, token] = [...browser.cookies][0] ?? [];
      const cookie = `${name}=${token}; ${name}=${token}`;
      const response = await rig.fetch(`/v1/transactions/${transaction}`, { headers: { cookie } });
      expect(response.status).toBe(404);
    });

    it('the storage does not hold what the cookie holds', async () => {
      const { transaction } = await browser.start();
      const [token] = [...browser.cookies.values()];
      const stored = await rig.storage.transactions.find(transaction);
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(JSON.stringify(stored)).not.toContain(token);
    });
  });

  describe('goes on with its pending challenge', () => {
    it('while that has a quarter of its life left', async () => {
      const first = await browser.start();
      rig.clock.advance(80_000);
      expect(await browser.start()).toEqual(first);
      rig.clock.advance(20_000);
      const second = await browser.start();
      expect(second.transaction).not.toBe(first.transaction);
      expect((await browser.status(first.transaction)).status).toBe('pending');
    });

    it('and gives it to each status request too', async () => {
      const { transaction, challengeRequest, expiresAt } = await browser.start();
      const pending = { transaction, status: 'pending', challengeRequest, expiresAt };
      expect(await browser.status(transaction)).toEqual(pending);
    });

    it('but not where the authorities have changed since', async () => {
      const first = await browser.start();
      const authorities = createAuthorities(rig.storage.authorities, rig.clock);
      await authorities.add(TestCa.root({ commonName: 'Second Root' }).certificate.der);
      rig.clock.advance(1001);
      const second = await browser.start();
      expect(second.transaction).not.toBe(first.transaction);
      expect(parseChallenge(second.challengeRequest).challenge.issuerNames).toHaveLength(2);
    });

    it('and not after it was answered', async () => {
      const first = await browser.start();
      await rig.postProof(prove(first.challengeRequest));
      expect((await browser.start()).transaction).not.toBe(first.transaction);
    });
  });

  describe('is answered once:', () => {
    it('of a hundred proofs at the same time one is taken', async () => {
      const { challengeRequest } = await browser.start();
      const proofs = Array.from({ length: 100 }, () => prove(challengeRequest));
      const responses = await Promise.all(proofs.map((proof) => rig.postProof(proof)));
      const taken = responses.filter(({ status }) => status === 200);
      expect(taken).toHaveLength(1);
      for (const response of responses) {
        if (response.status === 200) continue;
        expect(await readProblem(response)).toEqual([409, 'transaction_answered']);
      }
      expect((await rig.storage.signIns.list({ limit: 10 })).items).toHaveLength(1);
    });

    it('a proof that comes again is refused, and changes nothing', async () => {
      const { transaction, challengeRequest } = await browser.start();
      const proof = prove(challengeRequest);
      await rig.postProof(proof);
      const before = await browser.status(transaction);
      expect(await readProblem(await rig.postProof(proof))).toEqual([409, 'transaction_answered']);
      expect(await browser.status(transaction)).toEqual(before);
    });

    it('a bad proof uses it up: there is no second guess', async () => {
      const { challengeRequest } = await browser.start();
      const [head, , signature] = prove(challengeRequest).split('.');
      const [, payload] = prove(challengeRequest).split('.');
      const answer = await readAnswer(await rig.postProof(`${head}.${payload}.${signature}`));
      expect(answer).toMatchObject({ managed: false, code: 'proof_signature_invalid' });
      expect(await readProblem(await rig.postProof(prove(challengeRequest)))).toEqual([
        409,
        'transaction_answered',
      ]);
    });

    it('a decline after a proof, and a proof after a decline, come too late', async () => {
      const first = await browser.start();
      await rig.postProof(prove(first.challengeRequest));
      const decline = declineOf(first.challengeRequest, 'device_no_certificate');
      expect((await rig.postDecline(decline)).status).toBe(409);
      expect((await browser.status(first.transaction)).status).toBe('managed');

      const second = await browser.start();
      await rig.postDecline(declineOf(second.challengeRequest, 'device_no_certificate'));
      expect((await rig.postProof(prove(second.challengeRequest))).status).toBe(409);
      expect((await browser.status(second.transaction)).status).toBe('refused');
    });
  });

  describe('refuses without touching any transaction', () => {
    it('a proof or a decline with the nonce of another transaction', async () => {
      const other = rig.browser();
      const mine = await browser.start();
      const theirs = await other.start();
      const { nonce } = parseChallenge(mine.challengeRequest).challenge;
      const proof = device.prove(theirs.challengeRequest, rig.clock.now(), { claims: { nonce } });
      const refusal = [403, 'transaction_nonce_mismatch'];
      expect(await readProblem(await rig.postProof(proof))).toEqual(refusal);
      const decline = { ...declineOf(theirs.challengeRequest, 'device_no_certificate'), nonce };
      expect(await readProblem(await rig.postDecline(decline))).toEqual(refusal);
      for (const [owner, { transaction }] of [
        [browser, mine],
        [other, theirs],
      ] as const) {
        expect((await owner.status(transaction)).status).toBe('pending');
      }
    });

    it('a proof for a transaction that never was', async () => {
      const { challengeRequest } = await browser.start();
      const claims = { transaction: 'AAAAAAAAAAAAAAAAAAAAAA' };
      const proof = device.prove(challengeRequest, rig.clock.now(), { claims });
      expect(await readProblem(await rig.postProof(proof))).toEqual([404, 'transaction_unknown']);
    });

    it('a proof that cannot be read', async () => {
      const { transaction, challengeRequest } = await browser.start();
      const proof = prove(challengeRequest).replace(/\./g, '');
      expect(await readProblem(await rig.postProof(proof))).toEqual([400, 'jws_malformed']);
      expect((await browser.status(transaction)).status).toBe('pending');
    });
  });

  it('with a proof made for another of the browser’s challenges is refused', async () => {
    const first = await browser.start();
    const second = await rig.browser().start();
    const { nonce } = parseChallenge(second.challengeRequest).challenge;
    // Signed over the first challenge, posted with the second's transaction and nonce.
    const claims = { transaction: second.transaction, nonce };
    const proof = device.prove(first.challengeRequest, rig.clock.now(), { claims });
    expect(await readAnswer(await rig.postProof(proof))).toMatchObject({
      managed: false,
      code: 'proof_challenge_mismatch',
    });
  });

  it('that was cancelled takes no proof', async () => {
    const { transaction, challengeRequest } = await browser.start();
    expect((await browser.cancel(transaction)).status).toBe(204);
    expect((await browser.cancel(transaction)).status).toBe(204);
    expect(await readProblem(await rig.postProof(prove(challengeRequest)))).toEqual([
      410,
      'transaction_cancelled',
    ]);
    expect(await browser.status(transaction)).toEqual({ transaction, status: 'cancelled' });
    expect((await browser.start()).transaction).not.toBe(transaction);
  });

  it('that has a verdict cannot be cancelled', async () => {
    const { transaction, challengeRequest } = await browser.start();
    await rig.postProof(prove(challengeRequest));
    expect(await readProblem(await browser.cancel(transaction))).toEqual([
      409,
      'transaction_answered',
    ]);
  });

  it('that has expired takes no proof and no decline', async () => {
    const { transaction, challengeRequest, expiresAt } = await browser.start();
    rig.clock.advance(Date.parse(expiresAt) - rig.clock.now().getTime());
    const refusal = [410, 'transaction_expired'];
    expect(await readProblem(await rig.postProof(prove(challengeRequest)))).toEqual(refusal);
    const decline = declineOf(challengeRequest, 'device_no_certificate');
    expect(await readProblem(await rig.postDecline(decline))).toEqual(refusal);
    expect(await browser.status(transaction)).toEqual({ transaction, status: 'expired' });
  });

  it('whose authority was removed meanwhile is refused', async () => {
    const { challengeRequest } = await browser.start();
    const [authority] = await rig.storage.authorities.list();
    await rig.storage.authorities.remove(authority?.id ?? '');
    rig.clock.advance(1001);
    const answer = await readAnswer(await rig.postProof(prove(challengeRequest)));
    expect(answer.managed).toBe(false);
  });

  it('is in time with a proof of the last moment, whose verdict comes after', async () => {
    const { transaction, challengeRequest, expiresAt } = await browser.start();
    const { nonce } = parseChallenge(challengeRequest).challenge;
    await rig.storage.transactions.take(transaction, nonce, rig.clock.now());
    rig.clock.advance(Date.parse(expiresAt) - rig.clock.now().getTime() + 1000);
    expect((await browser.status(transaction)).status).toBe('pending');
    rig.clock.advance(30_000);
    expect((await browser.status(transaction)).status).toBe('expired');
  });
});

describe('a server without certificate authority', () => {
  it('starts no sign-in, and says what an administrator must do', async () => {
    const rig = await ServerRig.start({}, { trust: false });
    const response = await rig.browser().post('/v1/challenges', {});
    expect(await readProblem(response)).toEqual([409, 'trust_not_configured']);
    await rig.close();
  });
});

describe('a server with a bound on pending transactions', () => {
  it('lets the oldest expire', async () => {
    const rig = await ServerRig.start({ limits: { pendingTransactions: 2 } });
    const browsers = [rig.browser(), rig.browser(), rig.browser()];
    const starts = [];
    for (const browser of browsers) {
      starts.push(await browser.start());
      rig.clock.advance(1000);
    }
    const states = await Promise.all(
      starts.map(async ({ transaction }, i) => (await browsers[i]?.status(transaction))?.status),
    );
    expect(states).toEqual(['expired', 'pending', 'pending']);
    await rig.close();
  });
});
