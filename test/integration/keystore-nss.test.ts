/** The key database of Firefox and Chromium on Linux: a module that wants to be told where it is. */
import { execFileSync } from 'node:child_process';
import { verify, X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openCertificateStore } from '../../src/keystore/index.ts';
import { nssToolsComponent, softoknComponent } from '../testkit/nss-token.ts';
import { describeWith } from '../testkit/require-component.ts';
import { scratchDirectory } from '../testkit/scratch-directory.ts';
import { TestCa } from '../testkit/test-ca.ts';

describeWith('an NSS database', [softoknComponent, nssToolsComponent], ([modulePath = '']) => {
  it.each(['rsa2048', 'p256'] as const)(
    'signs with a %s key that was put into it',
    async (keyType) => {
      const directory = scratchDirectory();
      const file = (name: string): string => path.join(directory, name);
      const database = file('db');
      const leaf = TestCa.root().issue({ keyType, commonName: 'device' });
      mkdirSync(database);
      writeFileSync(file('pin'), 'secret-pin\n', { mode: 0o600 });
      writeFileSync(file('device.pem'), leaf.pem + leaf.keyPem, { mode: 0o600 });
      const pkcs12 = ['pkcs12', '-export', '-in', file('device.pem'), '-name', 'device'];
      execFileSync('openssl', [...pkcs12, '-passout', 'pass:x', '-out', file('device.p12')]);
      execFileSync('certutil', ['-N', '-d', `sql:${database}`, '-f', file('pin')]);
      const pk12util = ['-i', file('device.p12'), '-d', `sql:${database}`, '-k', file('pin')];
      execFileSync('pk12util', [...pk12util, '-W', 'x'], { stdio: 'pipe' });

      const initArgs = `configdir='sql:${database}' certPrefix='' keyPrefix='' secmod='' flags=readOnly`;
      const query = `module-path=${modulePath}&x-init-reserved=${encodeURIComponent(initArgs)}`;
      const uri = `pkcs11:token=NSS%20Certificate%20DB?${query}`;
      const store = openCertificateStore({ uri, pinFile: file('pin') });
      onTestFinished(() => store.close());
      const { certificates, problems } = await store.list();
      expect(problems).toEqual([]);
      const [identity] = certificates;
      if (identity?.key === undefined) throw new Error(identity?.problem.message ?? 'none');
      expect(identity.key.protection).toBe('software');
      const again = openCertificateStore({ uri: identity.location, pinFile: file('pin') });
      onTestFinished(() => again.close());
      expect((await again.list()).certificates.map(({ label }) => label)).toEqual(['device']);
      const message = Buffer.from('message');
      const { publicKey: key } = new X509Certificate(leaf.der);
      const [algorithm = 'EdDSA'] = identity.signer.algorithms;
      const how = { key, dsaEncoding: 'ieee-p1363', ...(keyType === 'p256' ? {} : pss) } as const;
      const signature = await identity.signer.sign(algorithm, message);
      expect(verify('sha256', message, how, signature)).toBe(true);
    },
  );
});

const pss = { padding: 6, saltLength: 32 };
