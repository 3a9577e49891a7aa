/** OpenSSL as certificate authority: `openssl ca` with its index, CRLs, and a real OCSP responder. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import type { Component } from './require-component.ts';
import type { TestCertificate } from './test-ca.ts';

const found = spawnSync('openssl', ['version'], { encoding: 'utf8' });

/** For `describeWith`. `openssl ca -crl_lastupdate` came with version 3. */
export const opensslComponent: Component = {
  name: 'OpenSSL 3',
  found: /^OpenSSL [3-9]/.test(found.stdout) ? 'openssl' : undefined,
  howToGet: 'apt-get install openssl',
};

/** Where certificates say that their status is to be had. */
export interface StatusPlaces {
  readonly crl?: readonly string[];
  readonly ocsp?: string | readonly string[];
}

/** A certificate with the file that it stands in. */
export interface OpensslCertificate extends TestCertificate {
  readonly file: string;
}

const day = 86_400_000;

/** A certificate authority in a directory of its own. */
export class OpensslCa {
  readonly directory = makeScratchDirectory();
  readonly certificate: OpensslCertificate;
  #responder: ChildProcess | undefined;
  #count = 0;

  constructor(commonName: string) {
    mkdirSync(path.join(this.directory, 'issued'));
    for (const [file, content] of [
      ['index.txt', ''],
      ['index.txt.attr', 'unique_subject = no\n'],
      ['serial', '1000\n'],
      ['crlnumber', '01\n'],
    ] as const) {
      writeFileSync(this.file(file), content);
    }
    this.#writeConfiguration({});
    this.#openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '3650', '-subj', `/CN=${commonName}`],
      ...['-config', 'ca.cnf', '-extensions', 'authority'],
    );
    this.certificate = this.#read('ca.pem', 'ca.key');
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  /** Issues a device's certificate. */
  issue(commonName: string, places: StatusPlaces = {}): OpensslCertificate {
    return this.#issue(commonName, 'device', places);
  }

  /** Revokes a certificate. */
  revoke({ file }: OpensslCertificate, reason = 'keyCompromise'): void {
    this.#openssl('ca', '-config', 'ca.cnf', '-batch', '-revoke', file, '-crl_reason', reason);
  }

  /**
   * Makes the next CRL.
   *
   * @returns its DER
   */
  makeCrl(thisUpdate: Date, nextUpdate: Date): Buffer {
    this.#openssl(
      ...['ca', '-config', 'ca.cnf', '-gencrl', '-out', 'ca.crl.pem'],
      ...['-crl_lastupdate', opensslTime(thisUpdate), '-crl_nextupdate', opensslTime(nextUpdate)],
    );
    this.#openssl('crl', '-in', 'ca.crl.pem', '-outform', 'DER', '-out', 'ca.crl');
    return readFileSync(this.file('ca.crl'));
  }

  /**
   * Starts `openssl ocsp` with a delegated responder's certificate. It knows what was issued and
   * revoked before.
   *
   * @param port - of the loopback interface
   * @param minutesValid - from an answer's thisUpdate to its nextUpdate
   */
  async startResponder(port: number, minutesValid = 60): Promise<void> {
    const responder = this.#issue('OCSP responder', 'responder', {});
    this.#responder = spawn(
      'openssl',
      [
        ...['ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', responder.file],
        ...['-rkey', responder.file.replace(/pem$/, 'key'), '-port', String(port)],
        ...['-nmin', String(minutesValid), '-ignore_err'],
      ],
      { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    await untilListening(this.#responder);
  }

  /** Stops the responder. */
  async stopResponder(): Promise<void> {
    const responder = this.#responder;
    if (responder === undefined) return;
    this.#responder = undefined;
    const ended = new Promise((resolve) => responder.once('close', resolve));
    responder.kill('SIGKILL');
    await ended;
  }

  /** Stops the responder and removes the files. */
  async remove(): Promise<void> {
    await this.stopResponder();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #issue(commonName: string, extensions: string, places: StatusPlaces): OpensslCertificate {
    const name = `issued/${this.#count++}`;
    this.#writeConfiguration(places);
    this.#openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`],
      ...['-config', 'ca.cnf'],
    );
    this.#openssl(
      ...['ca', '-config', 'ca.cnf', '-batch', '-notext', '-in', `${name}.csr`],
      ...['-out', `${name}.pem`, '-extensions', extensions],
      ...['-startdate', opensslTime(new Date(Date.now() - day)), '-days', '365'],
    );
    return this.#read(`${name}.pem`, `${name}.key`);
  }

  #read(certificate: string, key: string): OpensslCertificate {
    const file = this.file(certificate);
    const pem = readFileSync(file, 'utf8');
    const keyPem = readFileSync(this.file(key), 'utf8');
    const privateKey = createPrivateKey(keyPem);
    const der = new X509Certificate(pem).raw;
    return { file, pem, der, privateKey, publicKey: createPublicKey(privateKey), keyPem };
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.directory, stdio: 'pipe' });
  }

  #writeConfiguration({ crl = [], ocsp = [] }: StatusPlaces): void {
    const responders = [ocsp].flat().map((uri) => `OCSP;URI:${uri}`);
    const places = [
      ...(crl.length === 0
        ? []
        : [`crlDistributionPoints = ${crl.map((uri) => `URI:${uri}`).join(',')}`]),
      ...(responders.length === 0 ? [] : [`authorityInfoAccess = ${responders.join(',')}`]),
    ];
    writeFileSync(this.file('ca.cnf'), configuration(places.join('\n')));
  }
}

function configuration(places: string): string {
  return `
[ca]
default_ca = this
[this]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = issued
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
crl_extensions = crl
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[device]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
${places}
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[crl]
authorityKeyIdentifier = keyid
`;
}

/** GeneralizedTime, as `openssl ca` takes it. */
function opensslTime(date: Date): string {
  return `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}

/** A connection without a request would end it, so its own word is waited for. */
function untilListening(responder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    responder.once('close', () => {
      reject(new Error(`the OCSP responder ended:\n${log}`));
    });
    for (const stream of [responder.stdout, responder.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (log.includes('waiting for OCSP client connections')) resolve();
      });
    }
  });
}
