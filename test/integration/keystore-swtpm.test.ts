/** A key in a TPM, and a TPM that goes away and comes back. */
import { X509Certificate, verify } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { openCertificateStore, type Identity } from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { describeWith } from '../testkit/require-component.ts';
import {
  SwtpmToken,
  swtpmComponent,
  tpm2Pkcs11Component,
  tpm2ToolsComponent,
} from '../testkit/swtpm-token.ts';
import { TestCa } from '../testkit/test-ca.ts';

const message = Buffer.from('message');

async function identityIn(
  type: 'rsa2048' | 'p256',
): Promise<{ token: SwtpmToken; identity: Identity; look: () => Promise<string[]> }> {
  const token = await SwtpmToken.start();
  const publicKey = token.generateKey({ id: '01', label: 'device', type });
  token.writeCertificate('01', 'device', TestCa.root().issue({ publicKey }));
  const store = openCertificateStore({ uri: token.uri, pinFile: token.pinFile });
  onTestFinished(async () => {
    await store.close();
    await token.dispose();
  });
  const [identity] = (await store.list()).certificates;
  if (identity?.key === undefined) throw new Error(identity?.problem.message ?? 'no certificate');
  const look = async (): Promise<string[]> =>
    (await store.list()).certificates.map((entry) =>
      entry.key === undefined ? entry.problem.code : 'usable',
    );
  return { token, identity, look };
}

async function signs({ signer, certificate }: Identity): Promise<boolean> {
  const [algorithm = 'EdDSA'] = signer.algorithms;
  const signature = await signer.sign(algorithm, message);
  const key = new X509Certificate(certificate.der).publicKey;
  return algorithm === 'RS256'
    ? verify('sha256', message, { key, padding: 1 }, signature)
    : verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

describeWith('a key in a TPM', [swtpmComponent, tpm2Pkcs11Component, tpm2ToolsComponent], () => {
  it.each(['rsa2048', 'p256'] as const)('signs, time and again: %s', async (type) => {
    const { identity } = await identityIn(type);
    expect(identity.signer.algorithms).toEqual(type === 'p256' ? ['ES256'] : ['RS256']);
    expect(identity.key.exportable).toBe(false);
    for (let i = 0; i < 20; i++) expect(await signs(identity)).toBe(true);
  });

  it('signs again once the TPM is back, and is missing as long as it is not', async () => {
    const { token, identity, look } = await identityIn('p256');
    expect(await signs(identity)).toBe(true);
    for (let i = 0; i < 3; i++) {
      await token.powerOff();
      const code = await codeOfRejection(identity.signer.sign('ES256', message));
      expect(['signature_failed', 'store_unavailable', 'token_not_present']).toContain(code);
      await token.powerOn();
      expect(await signs(identity)).toBe(true);
    }
    expect(await look()).toEqual(['usable']);
  });
});
