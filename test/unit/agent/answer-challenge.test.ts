/** The order of the checks: what is refused is refused before any store is looked into. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { CompactSign } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  answerChallenge,
  type Answerer,
  type AnswerTrace,
} from '../../../src/agent/answer-challenge.ts';
import { AnsweredChallenges } from '../../../src/agent/challenge/answered-challenges.ts';
import { ServerKeys } from '../../../src/agent/challenge/server-keys.ts';
import { IdentitySource } from '../../../src/agent/identity-source.ts';
import type { Submission } from '../../../src/agent/submission/server-client.ts';
import { AgentError } from '../../../src/agent/errors.ts';
import { silentLogger, systemRandom, type JsonObject } from '../../../src/core/index.ts';
import { KeystoreError, type KeystoreErrorCode } from '../../../src/keystore/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { challengeClaims, parseDecline, parseDeviceProof } from '../../../src/protocol/index.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { MemoryStore, storedIdentity } from '../../testkit/stored-certificate.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const issuer = 'https://id.example.com';
const page = 'https://login.example.com';
const serverKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ca = TestCa.root();
const caCertificate = parseCertificate(ca.certificate.der);
const day = 86_400_000;

class Fixture {
  readonly clock = new FakeClock();
  readonly store = new MemoryStore();
  readonly submitted: { readonly mediaType: string; readonly body: string }[] = [];
  submission: Submission = {
    ok: true,
    answer: { transaction: 't', managed: true, code: 'device_managed', message: 'Managed.' },
  };
  readonly answerer: Answerer;

  constructor() {
    const jwk = serverKey.publicKey.export({ format: 'jwk' });
    const servers = [
      {
        issuer,
        keys: { kind: 'pinned', keys: [{ ...jwk, kid: 'k' } as JsonWebKey as JsonObject] },
        origins: [page, 'https://second.example.com'],
        caFile: undefined,
      } as const,
    ];
    this.store.certificates = [storedIdentity(this.leaf())];
    this.answerer = {
      servers,
      serverKeys: new ServerKeys({
        fetch: () => Promise.reject(new Error('nothing is fetched')),
        clock: this.clock,
        logger: silentLogger,
      }),
      answered: new AnsweredChallenges(),
      serverClient: {
        submit: (_server, _uri, mediaType, body) => {
          this.submitted.push({ mediaType, body });
          return Promise.resolve(this.submission);
        },
      },
      identities: new IdentitySource({
        stores: [{ uri: this.store.uri, pinFile: undefined }],
        open: () => this.store,
        clock: this.clock,
        logger: silentLogger,
      }),
      device: { platform: 'linux', osVersion: 'Test', hostname: 'host' },
      agentInstance: 'urn:uuid:00000000-0000-4000-8000-000000000001',
      agentVersion: '1',
      clock: this.clock,
      random: systemRandom,
      logger: silentLogger,
    };
  }

  leaf(): ReturnType<TestCa['issue']> {
    const now = this.clock.now().getTime();
    return ca.issue({ notBefore: new Date(now - day), notAfter: new Date(now + day) });
  }

  async challenge(
    claims: JsonObject = {},
    {
      header = {},
      key = serverKey.privateKey,
    }: { header?: object; key?: typeof serverKey.privateKey } = {},
  ): Promise<string> {
    const issuedAt = Math.floor(this.clock.now().getTime() / 1000);
    const payload = {
      ...challengeClaims({
        issuer,
        transaction: 't-1',
        nonce: Buffer.alloc(32, 7).toString('base64url'),
        issuedAt,
        expiresAt: issuedAt + 120,
        origins: [page],
        responseUri: `${issuer}/v1/proofs`,
        authorityKeyIdentifiers: [caCertificate.subjectKeyIdentifier ?? new Uint8Array()],
        issuerNames: [caCertificate.subject.der],
        algorithms: ['ES256'],
      }),
      ...claims,
    };
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ES256', typ: 'device-challenge+jwt', kid: 'k', ...header })
      .sign(key);
  }

  answer(challengeRequest: string, origin = page, trace: AnswerTrace = {}) {
    return answerChallenge({ challengeRequest, origin }, this.answerer, trace);
  }
}

let fixture: Fixture;
beforeEach(() => {
  fixture = new Fixture();
});

describe('a challenge that fails a check', () => {
  it.each<[string, string, (f: Fixture) => Promise<readonly [string, string?]>]>([
    ['form', 'jws_malformed', () => Promise.resolve(['junk'])],
    [
      'type',
      'jws_type_unexpected',
      async (f) => [await f.challenge({}, { header: { typ: 'JWT' } })],
    ],
    ['audience', 'claim_value_invalid', async (f) => [await f.challenge({ aud: 'urn:other' })]],
    [
      'response_uri on the issuer’s origin',
      'claim_value_invalid',
      async (f) => [await f.challenge({ response_uri: 'https://evil.test/v1/proofs' })],
    ],
    [
      'issuer in the settings',
      'issuer_untrusted',
      async (f) => [
        await f.challenge({ iss: 'https://evil.test', response_uri: 'https://evil.test/p' }),
      ],
    ],
    [
      'key of the issuer',
      'server_key_unknown',
      async (f) => [await f.challenge({}, { header: { kid: 'other' } })],
    ],
    [
      'signature',
      'challenge_signature_invalid',
      async (f) => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return [await f.challenge({}, { key: privateKey })];
      },
    ],
    [
      'expiry',
      'token_expired',
      async (f) => {
        const challenge = await f.challenge();
        f.clock.advance(181_000);
        return [challenge];
      },
    ],
    [
      'issue time',
      'token_not_yet_valid',
      async (f) => {
        const iat = Math.floor(f.clock.now().getTime() / 1000) + 3600;
        return [await f.challenge({ iat, exp: iat + 60 })];
      },
    ],
    [
      'origin by the challenge',
      'challenge_origin_refused',
      async (f) => [await f.challenge(), 'https://second.example.com'],
    ],
    [
      'origin by the settings',
      'challenge_origin_refused',
      async (f) => [
        await f.challenge({ origins: ['https://third.example.com'] }),
        'https://third.example.com',
      ],
    ],
  ])('is refused before any store is looked into: %s', async (_, code, make) => {
    const [challenge, origin] = await make(fixture);
    expect(await codeOfRejection(fixture.answer(challenge, origin))).toBe(code);
    expect(fixture.store.listings).toBe(0);
    expect(fixture.submitted).toEqual([]);
  });

  it('is refused before any store is looked into where it was answered before', async () => {
    const challenge = await fixture.challenge();
    await fixture.answer(challenge);
    expect(fixture.store.listings).toBe(1);
    expect(await codeOfRejection(fixture.answer(challenge))).toBe('challenge_already_answered');
    expect(fixture.store.listings).toBe(1);
    expect(fixture.submitted).toHaveLength(1);
  });
});

describe('a challenge that passes every check', () => {
  it('is answered with a proof bound to it', async () => {
    const trace: AnswerTrace = {};
    const answer = await fixture.answer(await fixture.challenge(), page, trace);
    expect(answer.managed).toBe(true);
    expect(trace.answer?.kind).toBe('proof');
    const { proof } = parseDeviceProof(fixture.submitted[0]?.body ?? '');
    expect(proof).toMatchObject({
      transaction: 't-1',
      origin: page,
      audience: `${issuer}/v1/proofs`,
    });
    expect(proof.expiresAt - proof.issuedAt).toBe(60);
  });

  it('may be answered again where nothing of the answer was processed', async () => {
    const error = new AgentError('server_unreachable');
    fixture.submission = { ok: false, error, processed: false };
    const challenge = await fixture.challenge();
    expect(await codeOfRejection(fixture.answer(challenge))).toBe('server_unreachable');
    expect(await codeOfRejection(fixture.answer(challenge))).toBe('server_unreachable');
  });

  it('may not be answered again where the server may have processed the answer', async () => {
    fixture.submission = { ok: false, error: new AgentError('server_timeout'), processed: true };
    const challenge = await fixture.challenge();
    expect(await codeOfRejection(fixture.answer(challenge))).toBe('server_timeout');
    expect(await codeOfRejection(fixture.answer(challenge))).toBe('challenge_already_answered');
  });

  it('keeps only as many issuers as a proof may carry', async () => {
    const leaf = fixture.leaf();
    const chain = Array.from({ length: 20 }, () => ca.certificate.der);
    fixture.store.certificates = [{ ...storedIdentity(leaf), chain }];
    await fixture.answer(await fixture.challenge());
    const { header } = parseDeviceProof(fixture.submitted[0]?.body ?? '');
    expect(header.certificates).toHaveLength(8);
  });

  it('leaves out issuers that would make the proof too large', async () => {
    const chain = [ca.certificate.der, Buffer.alloc(17 * 1024)];
    fixture.store.certificates = [{ ...storedIdentity(fixture.leaf()), chain }];
    await fixture.answer(await fixture.challenge());
    const { header } = parseDeviceProof(fixture.submitted[0]?.body ?? '');
    expect(header.certificates).toHaveLength(2);
  });
});

describe('the stores', () => {
  it('are looked at once for a burst of challenges', async () => {
    for (const jti of ['a', 'b', 'c']) await fixture.answer(await fixture.challenge({ jti }));
    expect(fixture.submitted).toHaveLength(3);
    expect(fixture.store.listings).toBe(1);
  });

  it('are looked at afresh before a device is called without a certificate', async () => {
    const [identity] = fixture.store.certificates;
    fixture.store.certificates = [];
    await fixture.answer(await fixture.challenge({ jti: 'a' }));
    expect(fixture.store.listings).toBe(1);
    fixture.store.certificates = identity === undefined ? [] : [identity];
    await fixture.answer(await fixture.challenge({ jti: 'b' }));
    expect(fixture.submitted.map(({ mediaType }) => mediaType)).toEqual([
      'application/json',
      'application/jwt',
    ]);
  });
});

describe('a renewal that a sweep sees half', () => {
  /** The next sweeps see what is given; the last of it stays. */
  function sweepsSee(...seen: readonly (typeof fixture.store.certificates)[]): void {
    const { store } = fixture;
    const list = MemoryStore.prototype.list.bind(store);
    let sweep = 0;
    store.list = () => {
      store.certificates = seen[Math.min(sweep++, seen.length - 1)] ?? [];
      return list();
    };
  }

  it('is looked at again where there was a certificate a while ago', async () => {
    const renewed = fixture.leaf();
    sweepsSee(fixture.store.certificates, [], [storedIdentity(renewed)]);
    await fixture.answer(await fixture.challenge({ jti: 'a' }));
    fixture.clock.advance(60_000);
    await fixture.answer(await fixture.challenge({ jti: 'b' }));
    const { header } = parseDeviceProof(fixture.submitted[1]?.body ?? '');
    expect(Buffer.from(header.certificates[0])).toEqual(renewed.der);
    expect(fixture.store.listings).toBe(3);
  });

  it('is looked at until the stores hold still, eight times at most', async () => {
    const other = storedIdentity(TestCa.root().issue());
    const changing = [[other], [], [other], [], [other]];
    sweepsSee(...changing, fixture.store.certificates);
    await fixture.answer(await fixture.challenge({ jti: 'a' }));
    fixture.clock.advance(60_000);
    await fixture.answer(await fixture.challenge({ jti: 'b' }));
    expect(fixture.submitted.map(({ mediaType }) => mediaType)).toEqual([
      'application/json',
      'application/jwt',
    ]);
    fixture.store.listings = 0;
    fixture.clock.advance(60_000);
    sweepsSee(...changing, ...changing.slice(1), ...changing);
    await fixture.answer(await fixture.challenge({ jti: 'c' }));
    expect(fixture.store.listings).toBe(9);
  });

  it('is looked at again where the old key has just failed', async () => {
    const renewed = fixture.leaf();
    const gone = storedIdentity(fixture.leaf(), {
      signer: {
        algorithms: ['ES256'],
        sign: () => Promise.reject(new KeystoreError('key_not_found')),
      },
    });
    sweepsSee([gone], [], [storedIdentity(renewed)]);
    await fixture.answer(await fixture.challenge());
    const { header } = parseDeviceProof(fixture.submitted[0]?.body ?? '');
    expect(Buffer.from(header.certificates[0])).toEqual(renewed.der);
  });

  it('does not cost a device more looks that has had no certificate', async () => {
    sweepsSee([]);
    await fixture.answer(await fixture.challenge({ jti: 'a' }));
    expect(fixture.store.listings).toBe(1);
    fixture.clock.advance(60_000);
    await fixture.answer(await fixture.challenge({ jti: 'b' }));
    expect(fixture.store.listings).toBe(2);
  });
});

describe('a key that fails to sign', () => {
  function failing(code: KeystoreErrorCode, calls: { count: number }) {
    return {
      algorithms: ['ES256'] as const,
      sign: () => {
        calls.count++;
        return Promise.reject(new KeystoreError(code));
      },
    };
  }

  it('gives way to the next best one after another look at the stores', async () => {
    const calls = { count: 0 };
    const second = fixture.leaf();
    fixture.store.certificates = [
      storedIdentity(fixture.leaf(), {
        protection: 'hardware',
        signer: failing('key_not_found', calls),
        location: 'gone',
      }),
      storedIdentity(second, { location: 'there' }),
    ];
    await fixture.answer(await fixture.challenge());
    const { header } = parseDeviceProof(fixture.submitted[0]?.body ?? '');
    expect(Buffer.from(header.certificates[0])).toEqual(second.der);
    expect({ calls: calls.count, listings: fixture.store.listings }).toEqual({
      calls: 1,
      listings: 2,
    });
  });

  it.each(['pin_rejected', 'pin_locked'] as const)(
    'is not tried again, nor any other, where it is the PIN: %s',
    async (code) => {
      const calls = { count: 0 };
      fixture.store.certificates = [1, 2].map((n) =>
        storedIdentity(fixture.leaf(), { signer: failing(code, calls), location: `key ${n}` }),
      );
      await fixture.answer(await fixture.challenge());
      expect(parseDecline(fixture.submitted[0]?.body ?? '').code).toBe('device_pin_rejected');
      expect({ calls: calls.count, listings: fixture.store.listings }).toEqual({
        calls: 1,
        listings: 1,
      });
    },
  );

  it.each([
    ['key_not_found', 'device_key_missing'],
    ['signature_failed', 'device_signing_failed'],
    ['store_crashed', 'device_signing_failed'],
    ['user_interaction_required', 'device_key_interaction'],
  ] as const)('is told to the server where no other can: %s', async (code, declined) => {
    fixture.store.certificates = [
      storedIdentity(fixture.leaf(), { signer: failing(code, { count: 0 }) }),
    ];
    await fixture.answer(await fixture.challenge());
    expect(parseDecline(fixture.submitted[0]?.body ?? '').code).toBe(declined);
  });

  it('ends after three keys, however many there are', async () => {
    const calls = { count: 0 };
    fixture.store.certificates = Array.from({ length: 10 }, (_, n) =>
      storedIdentity(fixture.leaf(), {
        signer: failing('signature_failed', calls),
        location: `key ${n}`,
      }),
    );
    await fixture.answer(await fixture.challenge());
    expect(calls.count).toBe(3);
    expect(parseDecline(fixture.submitted[0]?.body ?? '').code).toBe('device_signing_failed');
  });
});
