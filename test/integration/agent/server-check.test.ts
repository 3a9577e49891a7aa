/** What `status` and `doctor` find out about a server, over TLS. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerKeys } from '../../../src/agent/challenge/server-keys.ts';
import type { TrustedServer } from '../../../src/agent/config/settings.ts';
import { checkServer, type ServerCheck } from '../../../src/agent/server-check.ts';
import {
  defaultServerClientLimits,
  ServerClient,
} from '../../../src/agent/submission/server-client.ts';
import { silentLogger, systemClock, systemRandom } from '../../../src/core/index.ts';
import type { StoredCertificate } from '../../../src/keystore/index.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { storedIdentity, storedWithoutKey } from '../../testkit/stored-certificate.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();
const device = storedIdentity(issuing.issue(), { issuer: issuing });

describe('checkServer', () => {
  let server: AuthenticationServer;
  let caFile: string;

  beforeEach(async () => {
    server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
    caFile = path.join(scratchDirectory(), 'ca.pem');
    writeFileSync(caFile, tlsCa.certificate.pem);
  });

  afterEach(() => server.close());

  function check(
    certificates: readonly StoredCertificate[],
    changes: Partial<TrustedServer> = {},
  ): Promise<ServerCheck> {
    const surroundings = { clock: systemClock, logger: silentLogger };
    const serverClient = new ServerClient({
      ...surroundings,
      proxy: undefined,
      caFile: undefined,
      random: systemRandom,
      limits: { ...defaultServerClientLimits, attempts: 1 },
    });
    const fetch = (uri: string, trusted: TrustedServer) => serverClient.fetchKeySet(uri, trusted);
    const trusted: TrustedServer = {
      issuer: server.issuer,
      origins: [server.pageOrigin],
      keys: { kind: 'fetched', jwksUri: `${server.issuer}/.well-known/jwks.json` },
      caFile,
      ...changes,
    };
    const serverKeys = new ServerKeys({ ...surroundings, fetch });
    const sweep = { certificates, problems: [] };
    return checkServer(trusted, { serverClient, serverKeys, sweep, clock: systemClock });
  }

  it('says which certificate would answer, signs nothing and sends nothing back', async () => {
    const { selection, ...told } = await check([device]);
    expect(told).toMatchObject({
      issuer: server.issuer,
      outcome: 'ready',
      code: 'identity_chosen',
    });
    expect(Math.abs(told.clockAheadSeconds ?? NaN)).toBeLessThan(10);
    expect(selection?.chosen?.identity).toBe(device);
    expect(server.challengeOrigins).toEqual([server.pageOrigin]);
    expect(server.posted).toEqual([]);
  });

  it('says why none would', async () => {
    const keyless = storedWithoutKey(issuing.issue(), 'key_not_found');
    expect(await check([keyless])).toMatchObject({
      outcome: 'no_answer',
      code: 'device_key_missing',
      selection: { rejected: [{ code: 'device_key_missing' }] },
    });
    expect(await check([])).toMatchObject({ outcome: 'no_answer', code: 'device_no_certificate' });
  });

  it('tells by how much the clock is wrong where the challenge is refused for it', async () => {
    const body = JSON.stringify({
      challengeRequest: await server.challengeRequest({ now: Date.now() - 3_600_000 }),
    });
    server.challengeAnswer = () => Promise.resolve({ status: 200, body });
    const told = await check([device]);
    expect(told).toMatchObject({ outcome: 'failed', code: 'token_expired', selection: undefined });
    expect(told.clockAheadSeconds).toBeGreaterThan(3_590);
  });

  it('names what is wrong with a server', async () => {
    expect(await check([device], { caFile: undefined })).toMatchObject({
      outcome: 'failed',
      code: 'server_tls_untrusted',
    });
    const pinned = { kty: 'EC', crv: 'P-256', kid: 'another', x: 'x', y: 'y' };
    expect((await check([device], { keys: { kind: 'pinned', keys: [pinned] } })).code).toBe(
      'server_key_unknown',
    );
    for (const body of ['{}', 'junk', '[]', '{"challengeRequest":1}']) {
      server.challengeAnswer = () => Promise.resolve({ status: 200, body });
      expect((await check([device])).code).toBe('server_answer_invalid');
    }
    const problem = JSON.stringify({
      status: 403,
      code: 'origin_refused',
      detail: 'Not this page.',
    });
    server.challengeAnswer = () => Promise.resolve({ status: 403, body: problem });
    expect((await check([device])).code).toBe('server_refused');
    const nowhere = await check([device], { issuer: 'https://127.0.0.1:1' });
    expect(nowhere.code).toBe('server_unreachable');
  });
});
