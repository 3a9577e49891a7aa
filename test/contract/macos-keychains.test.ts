import { openMacosStore } from '../../src/keystore/macos/macos-store.ts';
import {
  describeWithAppleDouble,
  loadAppleDouble,
  type AppleDouble,
} from '../testkit/apple-double.ts';
import { keyPair, TestCa } from '../testkit/test-ca.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

const login = '/Users/alice/Library/Keychains/login.keychain-db';

describeWithAppleDouble('the macOS sources with a double of the frameworks', () => {
  describeKeychain('the login keychain', { keychain: login });
  describeKeychain('the data protection keychain', {});
});

function describeKeychain(name: string, place: { readonly keychain?: string }): void {
  const issuing = TestCa.root().issueCa();
  const keys = new Map<string, ReturnType<typeof keyPair>>();
  let double: AppleDouble;

  function pair(label: string): ReturnType<typeof keyPair> {
    const found = keys.get(label);
    if (found === undefined) throw new Error(`no ${label}`);
    return found;
  }

  function add(label: string, key: string, certificate: Uint8Array): void {
    const privateKey = pair(key).privateKey.export({ type: 'pkcs8', format: 'der' });
    double.control.add({ ...place, label, certificate, privateKey });
  }

  describeCertificateStore(name, {
    start: () => {
      double = loadAppleDouble();
      double.control.clear();
    },
    open: () =>
      openMacosStore(
        { keychain: undefined, sha256: undefined },
        { uri: 'macos:' },
        () => new double.addon.CertificateStore(),
      ),
    addIdentity: (label, keyType) => {
      keys.set(label, keyPair(keyType));
      const { publicKey } = pair(label);
      add(label, label, issuing.issue({ publicKey, commonName: label }).der);
    },
    addRenewal: (label, of) => {
      const { publicKey } = pair(of);
      add(label, of, issuing.issue({ publicKey, commonName: label }).der);
    },
    addCertificateWithoutKey: (label) => {
      const certificate = issuing.issue({ commonName: label }).der;
      double.control.add({ ...place, label, certificate });
    },
    addKeyWithoutCertificate: (label) => {
      const privateKey = keyPair('p256').privateKey.export({ type: 'pkcs8', format: 'der' });
      double.control.add({ ...place, label, privateKey });
    },
    addUnreadableCertificate: (label) => {
      keys.set(label, keyPair('p256'));
      add(label, label, Buffer.of(0x30, 0x00));
    },
    addMismatch: (label) => {
      keys.set(label, keyPair('p256'));
      add(label, label, issuing.issue({ commonName: label }).der);
    },
    addIssuer: (label) => {
      double.control.add({ ...place, label, certificate: issuing.certificate.der });
    },
    removeKey: (label) => {
      double.control.removeKey(label);
    },
    stop: () => {
      double.control.clear();
    },
  });
}
