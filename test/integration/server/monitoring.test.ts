import { connect } from 'node:tls';
import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer, openSqliteStorage } from '../../../src/server/index.ts';
import type { ServerOptions } from '../../../src/server/index.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { ServerRig } from './server-rig.ts';

const serverAuth = '1.3.6.1.5.5.7.3.1';

const monitoring = { host: '127.0.0.1', port: 0 } as const;

async function startRig(options: Partial<ServerOptions> = {}, trust = true): Promise<ServerRig> {
  const rig = await ServerRig.start({ monitoring, ...options }, { trust });
  onTestFinished(() => rig.close());
  return rig;
}

async function read(rig: ServerRig, path: string): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${rig.monitoringPort}${path}`);
  return [response.status, await response.text()];
}

describe('monitoring', () => {
  it('counts a sign-in, measures its requests, and names neither device nor certificate', async () => {
    const rig = await startRig();
    const leaf = rig.issuing.issue({ commonName: 'laptop-of-alice' });
    const start = await rig.browser().start();
    const proof = new TestDevice(leaf, rig.issuing).prove(start.challengeRequest, rig.clock.now());
    expect((await rig.postProof(proof)).status).toBe(200);
    const [status, text] = await read(rig, '/metrics');
    expect(status).toBe(200);
    const lines = text.split('\n');
    expect(lines).toContain(
      'countersign_verdicts_total{outcome="allowed",code="device_managed"} 1',
    );
    expect(text).toMatch(
      /^countersign_http_request_duration_seconds_count\{route="\/v1\/proofs",method="POST",status="2xx"\} 1$/m,
    );
    expect(text).toMatch(
      /^countersign_storage_call_duration_seconds_count\{aggregate="transactions",outcome="done"\} \d+$/m,
    );
    expect(lines).toContain('countersign_ready 1');
    expect(lines).toContain('countersign_pending_transactions 0');
    expect(text).toMatch(/^countersign_signing_key_age_seconds \d/m);
    expect(text).toMatch(
      /^countersign_certificate_authority_expiry_timestamp_seconds\{authority="[0-9a-f]{16}"\} \d+$/m,
    );
    for (const secret of ['laptop', 'alice', start.transaction]) expect(text).not.toContain(secret);
  });

  it('is not served where browsers are', async () => {
    const rig = await startRig();
    expect((await rig.fetch('/metrics')).status).toBe(404);
  });

  it('serves nothing but its three paths, and reads nothing but GET', async () => {
    const rig = await startRig();
    expect((await read(rig, '/admin/api/certificate-authorities'))[0]).toBe(404);
    const response = await fetch(`http://127.0.0.1:${rig.monitoringPort}/metrics`, {
      method: 'POST',
      body: 'x'.repeat(1_000_000),
    }).catch(() => undefined);
    expect(response?.status ?? 404).toBe(404);
    expect((await read(rig, '/healthz'))[0]).toBe(200);
  });

  it('is off unless it is asked for', async () => {
    const rig = await startRig({ monitoring: undefined });
    expect(rig.monitoringPort).toBeUndefined();
  });
});

describe('readiness', () => {
  it('asks for a certificate authority, on both listeners', async () => {
    const rig = await startRig({}, false);
    for (const [status, text] of [
      await read(rig, '/readyz'),
      await rig.fetch('/readyz').then(async (response) => [response.status, await response.text()]),
    ] as const) {
      expect(status).toBe(503);
      expect(text).toContain('certificate_authority');
    }
  });

  it('goes while the storage is gone, and being alive does not', async () => {
    const rig = await startRig();
    expect((await rig.fetch('/readyz')).status).toBe(200);
    await rig.storage.close();
    expect((await rig.fetch('/readyz')).status).toBe(503);
    expect((await rig.fetch('/healthz')).status).toBe(200);
    expect((await read(rig, '/metrics'))[1]).toMatch(/^countersign_ready 0$/m);
  });
});

describe('a TLS certificate', () => {
  const ca = TestCa.root();
  const serverFiles = () => {
    const { pem, keyPem } = ca.issue({ commonName: 'localhost', extendedKeyUsage: [serverAuth] });
    return { certificate: pem, privateKey: keyPem };
  };

  async function startTls() {
    const directory = scratchDirectory();
    const storage = await openSqliteStorage(`${directory}/countersign.db`);
    const first = serverFiles();
    const server = createServer({
      ...{ storage, tls: first, monitoring, issuer: 'https://localhost' },
      listen: { host: '127.0.0.1', port: 0 },
    });
    const { port } = await server.listen();
    onTestFinished(async () => {
      await server.close();
      await storage.close();
    });
    const served = async (): Promise<X509Certificate> => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const certificate = new X509Certificate(socket.getPeerCertificate().raw);
      socket.destroy();
      return certificate;
    };
    return { server, first, served };
  }

  it('is renewed without a restart', async () => {
    const { server, first, served } = await startTls();
    expect((await served()).toString()).toBe(new X509Certificate(first.certificate).toString());
    const next = serverFiles();
    server.renewTls(next);
    expect((await served()).toString()).toBe(new X509Certificate(next.certificate).toString());
  });

  it('that cannot be used leaves the old one in use', async () => {
    const { server, first, served } = await startTls();
    const other = serverFiles();
    for (const files of [
      { certificate: 'junk', privateKey: first.privateKey },
      { certificate: first.certificate, privateKey: 'junk' },
      { certificate: other.certificate, privateKey: first.privateKey },
    ]) {
      expect(() => {
        server.renewTls(files);
      }).toThrow(expect.objectContaining({ code: 'tls_invalid' }) as Error);
    }
    expect((await served()).toString()).toBe(new X509Certificate(first.certificate).toString());
  });
});
