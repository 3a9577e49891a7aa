import type { KeyObject } from 'node:crypto';
import { openCertificateStore } from '../../src/keystore/index.ts';
import { describeWith } from '../testkit/require-component.ts';
import type { TokenKeyType } from '../testkit/pkcs11-token.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import { TestCa } from '../testkit/test-ca.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

describeWith('a PKCS#11 module', [softHsmComponent], () => {
  const issuing = TestCa.root().issueCa();
  const keys = new Map<string, { id: string; publicKey: KeyObject }>();
  let token: SoftHsm;
  let nextId = 1;

  function newId(): string {
    return (nextId++).toString(16).padStart(4, '0');
  }

  function add(label: string, type: TokenKeyType, alwaysAuthenticate = false): void {
    const id = newId();
    const publicKey = token.generateKey({ id, label, type, alwaysAuthenticate });
    keys.set(label, { id, publicKey });
    token.writeCertificate(id, label, issuing.issue({ publicKey, commonName: label }));
  }

  function keyOf(label: string): { id: string; publicKey: KeyObject } {
    const key = keys.get(label);
    if (key === undefined) throw new Error(`no ${label}`);
    return key;
  }

  describeCertificateStore('SoftHSM', {
    start: () => {
      token = new SoftHsm();
    },
    open: () => openCertificateStore({ uri: token.uri, pinFile: token.pinFile }),
    addIdentity: (label, keyType) => {
      add(label, keyType as TokenKeyType);
    },
    addRenewal: (label, of) => {
      const { id, publicKey } = keyOf(of);
      token.writeCertificate(id, label, issuing.issue({ publicKey, commonName: label }));
    },
    addCertificateWithoutKey: (label) => {
      token.writeCertificate(newId(), label, issuing.issue({ commonName: label }));
    },
    addKeyWithoutCertificate: (label) => {
      token.generateKey({ id: newId(), label, type: 'p256' });
    },
    addUnreadableCertificate: (label) => {
      token.writeCertificate(newId(), label, { der: Buffer.of(0x30, 0x00) });
    },
    addMismatch: (label) => {
      const id = newId();
      token.generateKey({ id, label, type: 'p256' });
      token.remove('PUBLIC_KEY', id);
      token.writeCertificate(id, label, issuing.issue({ commonName: label }));
    },
    addIssuer: (label) => {
      token.writeCertificate(newId(), label, issuing.certificate);
    },
    removeKey: (label) => {
      token.remove('PRIVATE_KEY', keyOf(label).id);
    },
    addAlwaysAuthenticate: (label) => {
      add(label, 'p256', true);
    },
    stop: () => {
      token.dispose();
    },
  });
});
