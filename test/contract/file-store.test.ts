import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCertificateStore } from '../../src/keystore/index.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import { TestCa, type TestCertificate } from '../testkit/test-ca.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

const issuing = TestCa.root().issueCa();
const issued = new Map<string, TestCertificate>();
let directory = '';

function file(name: string, content: string): void {
  writeFileSync(path.join(directory, name), content, { mode: 0o600 });
}

function certificateOf(label: string): TestCertificate {
  const certificate = issued.get(label);
  if (certificate === undefined) throw new Error(`no ${label}`);
  return certificate;
}

describeCertificateStore('a directory of PEM files', {
  start: () => {
    directory = makeScratchDirectory();
  },
  open: () => openCertificateStore({ uri: directory }),
  addIdentity: (label, keyType) => {
    const leaf = issuing.issue({ keyType, commonName: label });
    issued.set(label, leaf);
    file(`${label}.crt`, leaf.pem);
    file(`${label}.key`, leaf.keyPem);
  },
  addRenewal: (label, of) => {
    file(`${label}.crt`, issuing.issue({ publicKey: certificateOf(of).publicKey }).pem);
  },
  addCertificateWithoutKey: (label) => {
    file(`${label}.crt`, issuing.issue().pem);
  },
  addKeyWithoutCertificate: (label) => {
    file(`${label}.key`, issuing.issue().keyPem);
  },
  addUnreadableCertificate: (label) => {
    file(`${label}.crt`, '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n');
  },
  addMismatch: (label) => {
    file(`${label}.crt`, issuing.issue().pem);
    file(`${label}.key`, issuing.issue().keyPem);
  },
  addIssuer: (label) => {
    file(`${label}.crt`, issuing.certificate.pem);
  },
  removeKey: (label) => {
    rmSync(path.join(directory, `${label}.key`));
  },
  stop: () => {
    rmSync(directory, { recursive: true, force: true });
  },
});
