import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const ca = TestCa.root();
const serverAuth = '1.3.6.1.5.5.7.3.1';

describeWith('countersign-server run with TLS files', [programsComponent], () => {
  it('serves a renewed certificate after SIGHUP, and keeps the old one where files do not fit', async () => {
    const directory = scratchDirectory();
    const write = (
      certificate = ca.issue({ extendedKeyUsage: [serverAuth] }),
      key = certificate,
    ) => {
      writeFileSync(`${directory}/tls.pem`, certificate.pem);
      writeFileSync(`${directory}/tls.key`, key.keyPem);
      return new X509Certificate(certificate.pem).fingerprint256;
    };
    const first = write();
    const [port = 0] = await freePorts(1);
    const server = await TestServer.start({
      authorities: [ca.certificate.pem],
      loopbackPorts: [port],
      settings: {
        issuer: 'https://localhost',
        tls: { certFile: `${directory}/tls.pem`, keyFile: `${directory}/tls.key` },
      },
    });
    onTestFinished(() => server.remove());
    const served = async (): Promise<string> => {
      const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      return new X509Certificate(raw).fingerprint256;
    };
    const hangUp = async (line: RegExp): Promise<void> => {
      process.kill(server.processId, 'SIGHUP');
      await expect.poll(() => server.log).toMatch(line);
    };
    expect(await served()).toBe(first);

    const second = write();
    await hangUp(/TLS certificate read again/);
    expect(await served()).toBe(second);

    write(ca.issue({ extendedKeyUsage: [serverAuth] }), ca.issue());
    await hangUp(/TLS certificate kept.*private key is not that of/);
    expect(await served()).toBe(second);
  });
});
