// The device's side of the demonstration's PKI: root, issuing CA, and a client certificate whose key
// is made where it stays. Everything is thrown away with the directory it is in.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const softHsmModules = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

const pin = '482915';
const tokenLabel = 'countersign-demo';

function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8', ...options });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}\n${error.stderr ?? error.message}`, {
      cause: error,
    });
  }
}

const isThere = (command) => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Makes root and issuing CA. @returns the issuing CA's certificate and key files */
export function makeAuthorities(directory) {
  const file = (name) => join(directory, name);
  const extensions =
    'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';
  writeFileSync(file('ca.ext'), extensions);
  for (const name of ['root', 'issuing']) {
    run('openssl', [
      'ecparam',
      '-name',
      'prime256v1',
      '-genkey',
      '-noout',
      '-out',
      file(`${name}.key`),
    ]);
  }
  const make = (name, subject, issuer) => {
    run('openssl', [
      'req',
      '-new',
      '-key',
      file(`${name}.key`),
      '-subj',
      subject,
      '-out',
      file(`${name}.csr`),
    ]);
    const signer =
      issuer === name
        ? ['-key', file(`${name}.key`)]
        : ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`)];
    run('openssl', [
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      '-days',
      '1825',
      '-extfile',
      file('ca.ext'),
      '-out',
      file(`${name}.pem`),
      ...(issuer === name ? ['-signkey', file(`${name}.key`)] : [...signer, '-CAcreateserial']),
    ]);
  };
  make('root', '/O=Example Corp/CN=Example Corp Root CA', 'root');
  make('issuing', '/O=Example Corp/CN=Example Corp Device CA', 'root');
  return { certificate: file('issuing.pem'), key: file('issuing.key') };
}

function issueFor(directory, authority, publicKey, certificate) {
  const extensions = join(directory, 'device.ext');
  writeFileSync(
    extensions,
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName=DNS:desk-17.example.com\n',
  );
  run('openssl', [
    'x509',
    '-new',
    '-force_pubkey',
    publicKey,
    '-subj',
    '/O=Example Corp/CN=desk-17',
    '-days',
    '7',
    '-CA',
    authority.certificate,
    '-CAkey',
    authority.key,
    '-CAcreateserial',
    '-extfile',
    extensions,
    '-out',
    certificate,
  ]);
}

/** A key that is made in a SoftHSM token and cannot be exported from it. */
function enrolToken(directory, authority, module) {
  const file = (name) => join(directory, name);
  mkdirSync(file('tokens'), { mode: 0o700 });
  writeFileSync(
    file('softhsm2.conf'),
    `directories.tokendir = ${file('tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  writeFileSync(file('pin'), `${pin}\n`, { mode: 0o600 });
  const environment = { SOFTHSM2_CONF: file('softhsm2.conf') };
  const options = { env: { ...process.env, ...environment } };
  run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', tokenLabel, '--so-pin', pin, '--pin', pin],
    options,
  );
  const token = ['--module', module, '--token-label', tokenLabel, '--login', '--pin', pin];
  run(
    'pkcs11-tool',
    [
      ...token,
      '--keypairgen',
      '--key-type',
      'rsa:2048',
      '--id',
      '01',
      '--label',
      'device',
      '--usage-sign',
      '--sensitive',
    ],
    options,
  );
  run(
    'pkcs11-tool',
    [
      ...token,
      '--read-object',
      '--type',
      'pubkey',
      '--id',
      '01',
      '--output-file',
      file('device.pub.der'),
    ],
    options,
  );
  run('openssl', [
    'pkey',
    '-pubin',
    '-inform',
    'DER',
    '-in',
    file('device.pub.der'),
    '-out',
    file('device.pub'),
  ]);
  issueFor(directory, authority, file('device.pub'), file('device.pem'));
  run('openssl', [
    'x509',
    '-in',
    file('device.pem'),
    '-outform',
    'DER',
    '-out',
    file('device.der'),
  ]);
  run(
    'pkcs11-tool',
    [
      ...token,
      '--write-object',
      file('device.der'),
      '--type',
      'cert',
      '--id',
      '01',
      '--label',
      'device',
    ],
    options,
  );
  return {
    store: { uri: `pkcs11:token=${tokenLabel}?module-path=${module}`, pinFile: file('pin') },
    environment,
    description: `an RSA key made in a SoftHSM token (${module}), not exportable`,
  };
}

/** Where there is no token: a key file that only its owner can read. */
function enrolFile(directory, authority) {
  const store = join(directory, 'store');
  mkdirSync(store, { mode: 0o700 });
  const file = (name) => join(store, name);
  const key = run('openssl', [
    'genpkey',
    '-algorithm',
    'EC',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
  ]);
  writeFileSync(file('device.key'), key, { mode: 0o600 });
  run('openssl', [
    'pkey',
    '-in',
    file('device.key'),
    '-pubout',
    '-out',
    join(directory, 'device.pub'),
  ]);
  issueFor(directory, authority, join(directory, 'device.pub'), file('device.crt'));
  return {
    store: { uri: `file:${store}` },
    environment: {},
    description: `a key file, since SoftHSM is not installed (${file('device.key')})`,
  };
}

/** Enrols the device as its management would. @returns the agent's store, and what to tell people */
export function enrolDevice(directory, authority) {
  const module = softHsmModules.find(existsSync);
  const canUseToken = module !== undefined && isThere('softhsm2-util') && isThere('pkcs11-tool');
  return canUseToken ? enrolToken(directory, authority, module) : enrolFile(directory, authority);
}
