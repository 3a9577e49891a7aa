/** The agent end to end, in process: file store, loopback HTTP, a TLS server with a CA of its own. */
import { createHash, verify } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCertificateStore } from '../../../src/keystore/index.ts';
import { parseDecline, parseDeviceProof } from '../../../src/protocol/index.ts';
import { AgentRig, putIdentity } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { deliver, problemCode } from '../../testkit/loopback-client.ts';
import { makeScratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const tlsCertificate = localhostCertificate(tlsCa);
const root = TestCa.root({ commonName: 'Device Root' });
const issuing = root.issueCa({ commonName: 'Device Issuing' });
const day = 86_400_000;

let directory: string;
let keys: string;
let server: AuthenticationServer;
let rig: AgentRig | undefined;

beforeEach(async () => {
  directory = makeScratchDirectory();
  keys = path.join(directory, 'keys');
  server = await AuthenticationServer.start(tlsCertificate, [issuing]);
});

afterEach(async () => {
  await rig?.close();
  rig = undefined;
  await server.close();
});

async function start(): Promise<AgentRig> {
  rig = await AgentRig.start({
    server,
    directory,
    tlsCa: tlsCa.certificate.pem,
    stores: [{ uri: keys, pinFile: undefined }],
  });
  return rig;
}

describe('a sign-in with a certificate of an accepted authority', () => {
  it('gives the server a proof that its certificate verifies, bound to the challenge', async () => {
    const leaf = issuing.issue({ keyType: 'rsa2048' });
    putIdentity(keys, 'device', leaf, issuing);
    const agent = await start();
    const challenge = await server.challengeRequest();

    const answer = await deliver(agent.port, server.pageOrigin, challenge);

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ status: 'delivered' });
    expect(server.posted).toHaveLength(1);
    const [posted] = server.posted;
    expect(posted?.mediaType).toBe('application/jwt');
    const { header, proof, jws } = parseDeviceProof(posted?.body ?? '');
    expect(header.algorithm).toBe('PS256');
    expect(header.certificates.map((der) => Buffer.from(der))).toEqual([
      leaf.der,
      issuing.certificate.der,
      root.certificate.der,
    ]);
    expect(header.leafThumbprint).toBe(createHash('sha256').update(leaf.der).digest('base64url'));
    expect(proof).toMatchObject({
      audience: server.responseUri,
      challengeHash: createHash('sha256').update(challenge).digest('base64url'),
      origin: server.pageOrigin,
      key: { store: 'file', protection: 'software', exportable: true },
    });
    const key = { key: leaf.publicKey, padding: 6, saltLength: 32 };
    expect(verify('sha256', jws.signingInput, key, jws.signature)).toBe(true);
  });

  it('records it in the audit log: who asked, which certificate, what the server said, no token', async () => {
    const leaf = issuing.issue();
    putIdentity(keys, 'device', leaf, issuing);
    const agent = await start();
    await deliver(agent.port, server.pageOrigin, await server.challengeRequest());

    const [record, ...others] = await agent.auditRecords();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      event: 'challenge',
      outcome: 'managed',
      origin: server.pageOrigin,
      issuer: server.issuer,
      code: 'device_managed',
      certificate: { subject: 'CN=device.test,O=Test' },
    });
    expect(record?.certificate?.sha256).toBe(createHash('sha256').update(leaf.der).digest('hex'));
    expect(JSON.stringify(record)).not.toContain('eyJ');
  });

  it('answers further challenges on the same connection, with keys fetched once', async () => {
    putIdentity(keys, 'device', issuing.issue(), issuing);
    const agent = await start();
    const connection = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 5; i++) {
      const challenge = await server.challengeRequest();
      const { status } = await deliver(agent.port, server.pageOrigin, challenge, connection);
      expect(status).toBe(200);
    }
    connection.destroy();
    expect(server.posted).toHaveLength(5);
    expect(server.keySetRequests).toBe(1);
  });

  it('is delivered to the page as done also where the server refuses the device', async () => {
    putIdentity(keys, 'device', issuing.issue(), issuing);
    server.answer = () => server.verdict(false);
    const agent = await start();
    const answer = await deliver(agent.port, server.pageOrigin, await server.challengeRequest());
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('path_not_found');
    expect(await agent.auditRecords()).toMatchObject([
      { outcome: 'refused', code: 'path_not_found' },
    ]);
  });
});

describe('a sign-in without a certificate that can answer', () => {
  it.each([
    ['no certificate at all', 'device_no_certificate', () => undefined],
    [
      'a certificate of another authority',
      'device_issuer_untrusted',
      () => putIdentity(keys, 'device', TestCa.root({ commonName: 'Other' }).issue()),
    ],
    [
      'an expired certificate',
      'device_certificate_expired',
      () => {
        const notAfter = new Date(Date.now() - day / 2);
        putIdentity(keys, 'device', issuing.issue({ notAfter }), issuing);
      },
    ],
    [
      'a certificate that is not valid yet',
      'device_certificate_not_yet_valid',
      () => {
        const notBefore = new Date(Date.now() + day);
        putIdentity(keys, 'device', issuing.issue({ notBefore }), issuing);
      },
    ],
    [
      'a certificate for servers',
      'device_certificate_purpose',
      () => {
        const extendedKeyUsage = ['1.3.6.1.5.5.7.3.1'];
        putIdentity(keys, 'device', issuing.issue({ extendedKeyUsage }), issuing);
      },
    ],
    [
      'a certificate without its key',
      'device_key_missing',
      () => {
        putIdentity(keys, 'device', issuing.issue(), issuing);
        rmSync(path.join(keys, 'device.key'));
      },
    ],
    [
      'a key file that others can read',
      'device_key_not_permitted',
      () => {
        putIdentity(keys, 'device', issuing.issue(), issuing);
        chmodSync(path.join(keys, 'device.key'), 0o644);
      },
    ],
  ])('tells the server why: %s', async (_, code, prepare) => {
    mkdirSync(keys, { mode: 0o700 });
    prepare();
    const agent = await start();
    const answer = await deliver(agent.port, server.pageOrigin, await server.challengeRequest());
    expect(answer.status).toBe(200);
    expect(server.posted).toHaveLength(1);
    expect(server.posted[0]?.mediaType).toBe('application/json');
    expect(parseDecline(server.posted[0]?.body ?? '').code).toBe(code);
    expect(await agent.auditRecords()).toMatchObject([{ outcome: 'declined', code }]);
  });

  it('tells the server that the store cannot be read where the directory is not there', async () => {
    const agent = await start();
    await deliver(agent.port, server.pageOrigin, await server.challengeRequest());
    expect(parseDecline(server.posted[0]?.body ?? '').code).toBe('device_store_unavailable');
  });
});

describe('a challenge that is not to be answered', () => {
  it.each([
    [
      'is tampered with',
      403,
      'challenge_signature_invalid',
      async () => {
        const [header, payload = '', signature] = (await server.challengeRequest()).split('.');
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
        const changed = JSON.stringify({ ...claims, jti: 'another' });
        return `${header ?? ''}.${Buffer.from(changed).toString('base64url')}.${signature ?? ''}`;
      },
    ],
    [
      'comes from an issuer that the settings do not name',
      403,
      'issuer_untrusted',
      () =>
        server.challengeRequest({
          claims: { iss: 'https://evil.test', response_uri: 'https://evil.test/v1/proofs' },
        }),
    ],
    [
      'does not name the page’s origin',
      403,
      'challenge_origin_refused',
      () => server.challengeRequest({ claims: { origins: ['https://other.example.test'] } }),
    ],
    [
      'has expired',
      400,
      'token_expired',
      () => server.challengeRequest({ now: Date.now() - 200_000 }),
    ],
    [
      'is for somebody else than an agent',
      400,
      'claim_value_invalid',
      () => server.challengeRequest({ claims: { aud: 'urn:other' } }),
    ],
    [
      'would have the proof sent to another origin',
      400,
      'claim_value_invalid',
      () => server.challengeRequest({ claims: { response_uri: 'https://evil.test/' } }),
    ],
    [
      'names a key that the server does not have',
      403,
      'server_key_unknown',
      () => server.challengeRequest({ header: { kid: 'nobody' } }),
    ],
  ])('is refused before anything is sent: it %s', async (_, status, code, make) => {
    putIdentity(keys, 'device', issuing.issue(), issuing);
    const agent = await start();
    const answer = await deliver(agent.port, server.pageOrigin, await make());
    expect(answer.status).toBe(status);
    expect(problemCode(answer)).toBe(code);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['access-control-allow-origin']).toBe(server.pageOrigin);
    expect(server.posted).toEqual([]);
  });

  it('is answered once, also where two copies come at the same time', async () => {
    putIdentity(keys, 'device', issuing.issue(), issuing);
    const agent = await start();
    const challenge = await server.challengeRequest();
    const answers = await Promise.all(
      [1, 2, 3].map(() => deliver(agent.port, server.pageOrigin, challenge)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(server.posted).toHaveLength(1);
    const again = await deliver(agent.port, server.pageOrigin, challenge);
    expect(problemCode(again)).toBe('challenge_already_answered');
    expect(server.posted).toHaveLength(1);
  });
});

describe('a server that is not there', () => {
  it('is told to the page, and the same challenge may be tried again: nobody has answered it', async () => {
    putIdentity(keys, 'device', issuing.issue(), issuing);
    const limits = { connectMs: 30_000, totalMs: 30_000, maxAnswerBytes: 65_536, attempts: 1 };
    rig = await AgentRig.start({
      server,
      directory,
      tlsCa: tlsCa.certificate.pem,
      stores: [{ uri: keys, pinFile: undefined }],
      settings: {
        servers: [
          {
            issuer: server.issuer,
            keys: { kind: 'pinned', keys: (await server.keySet()).keys },
            origins: [server.pageOrigin],
            caFile: undefined,
          },
        ],
      },
      agent: { serverClientLimits: limits },
    });
    const challenge = await server.challengeRequest();
    await server.close();
    const answer = await deliver(rig.port, server.pageOrigin, challenge);
    expect(answer.status).toBe(502);
    expect(problemCode(answer)).toBe('server_unreachable');
    const again = await deliver(rig.port, server.pageOrigin, challenge);
    expect(problemCode(again)).toBe('server_unreachable');
  });
});

describe('a renewal between selection and signature', () => {
  it('is noticed: the renewed certificate signs', async () => {
    const old = issuing.issue({ commonName: 'old' });
    const renewed = issuing.issue({ commonName: 'renewed' });
    putIdentity(keys, 'device', old, issuing);
    let replaced = false;
    rig = await AgentRig.start({
      server,
      directory,
      tlsCa: tlsCa.certificate.pem,
      stores: [{ uri: keys, pinFile: undefined }],
      agent: {
        openStore: (entry) => {
          const store = openCertificateStore(entry);
          return {
            uri: store.uri,
            kind: store.kind,
            close: () => store.close(),
            list: async () => {
              const listing = await store.list();
              if (!replaced) putIdentity(keys, 'device', renewed, issuing);
              replaced = true;
              return listing;
            },
          };
        },
      },
    });
    const answer = await deliver(rig.port, server.pageOrigin, await server.challengeRequest());
    expect(answer.status).toBe(200);
    const { header } = parseDeviceProof(server.posted[0]?.body ?? '');
    expect(Buffer.from(header.certificates[0])).toEqual(renewed.der);
  });
});
