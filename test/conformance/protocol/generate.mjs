// Makes vectors.json anew: node test/conformance/protocol/generate.mjs
// It shares no code with the implementation: what it writes is what docs/protocol.md says.
import { execFileSync } from 'node:child_process';
import { constants, createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const now = 1_800_000_030;
const issuer = 'https://login.example.com';
const origin = 'https://login.example.com';
const responseUri = `${issuer}/v1/proofs`;
const json = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('base64url');
const directory = mkdtempSync(join(tmpdir(), 'vectors-'));

// --- keys and certificates -------------------------------------------------------------------------

const keyTypes = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  ES384: ['ec', { namedCurve: 'P-384' }],
  ES512: ['ec', { namedCurve: 'P-521' }],
  PS256: ['rsa', { modulusLength: 2048 }],
  RS256: ['rsa', { modulusLength: 2048 }],
  EdDSA: ['ed25519', {}],
};

function certificate(
  name,
  { key, issuerName, extensions, days = ['20260101000000Z', '20991231235959Z'] },
) {
  const file = (suffix) => join(directory, `${name}.${suffix}`);
  writeFileSync(file('key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  writeFileSync(file('cnf'), `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${extensions}\n`);
  const issuerFile = (suffix) => join(directory, `${issuerName}.${suffix}`);
  // openssl ca alone takes exact dates in OpenSSL 3.0; its database is thrown away.
  execFileSync('openssl', [
    'req',
    '-new',
    '-config',
    file('cnf'),
    '-key',
    file('key'),
    '-subj',
    `/O=Example/CN=${name}`,
    '-out',
    file('csr'),
  ]);
  writeFileSync(file('db'), '');
  writeFileSync(
    file('ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${directory}\ndatabase=${file('db')}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nemail_in_dn=no\n[p]\nO=optional\nCN=supplied\n[ext]\n${extensions}\n`,
  );
  execFileSync(
    'openssl',
    [
      'ca',
      '-batch',
      '-notext',
      '-config',
      file('ca.cnf'),
      '-extensions',
      'ext',
      '-in',
      file('csr'),
      '-out',
      file('crt'),
      '-startdate',
      days[0],
      '-enddate',
      days[1],
      ...(issuerName === name
        ? ['-selfsign', '-keyfile', file('key')]
        : ['-cert', issuerFile('crt'), '-keyfile', issuerFile('key')]),
    ],
    { stdio: 'pipe' },
  );
  return new X509Certificate(readFileSync(file('crt')));
}

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const caExtensions =
  'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash';
const deviceExtensions =
  'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid';

const root = certificate('Root CA', { key: ec(), issuerName: 'Root CA', extensions: caExtensions });
const issuing = certificate('Issuing CA', {
  key: ec(),
  issuerName: 'Root CA',
  extensions: caExtensions,
});
certificate('Other CA', { key: ec(), issuerName: 'Other CA', extensions: caExtensions });

const device = (name, key, more = {}) => ({
  key,
  certificate: certificate(name, {
    key,
    issuerName: 'Issuing CA',
    extensions: deviceExtensions,
    ...more,
  }),
});
const devices = Object.fromEntries(
  Object.entries(keyTypes).map(([alg, [type, options]]) => [
    alg,
    device(`device ${alg}`, generateKeyPairSync(type, options)),
  ]),
);
const expired = device('expired', ec(), { days: ['20200101000000Z', '20210101000000Z'] });
const early = device('not yet valid', ec(), { days: ['20900101000000Z', '20910101000000Z'] });
const foreign = device('foreign', ec(), { issuerName: 'Other CA' });
const server = device('server', ec(), {
  extensions: deviceExtensions.replace('clientAuth', 'serverAuth'),
});
const encipher = device('encipher', ec(), {
  extensions: deviceExtensions.replace('digitalSignature', 'keyAgreement'),
});
const subCa = device('sub CA', ec(), {
  extensions: `${caExtensions}\nauthorityKeyIdentifier=keyid`.replace(
    'keyCertSign',
    'digitalSignature,keyCertSign',
  ),
});
const behindDevice = device('behind a device', ec(), { issuerName: 'device ES256' });

// --- messages --------------------------------------------------------------------------------------

const serverKey = ec();
const serverJwk = {
  ...serverKey.publicKey.export({ format: 'jwk' }),
  kid: 'server-1',
  alg: 'ES256',
  use: 'sig',
};
const ecSign = (key, input, hash = 'sha256') =>
  sign(hash, input, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
const jws = (header, payload, signer) => {
  const input = `${json(header)}.${json(payload)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
};
const signers = {
  ES256: (key) => (input) => ecSign(key, input),
  ES384: (key) => (input) => ecSign(key, input, 'sha384'),
  ES512: (key) => (input) => ecSign(key, input, 'sha512'),
  RS256: (key) => (input) => sign('sha256', input, key.privateKey),
  PS256: (key) => (input) =>
    sign('sha256', input, {
      key: key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    }),
  EdDSA: (key) => (input) => sign(null, input, key.privateKey),
};

const derName = (cert) => {
  // The subject's DER, cut out of a CSR-like structure by OpenSSL: asn1parse gives offsets, DER the bytes.
  const der = cert.raw;
  const lines = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], {
    input: der,
    encoding: 'utf8',
  }).split('\n');
  const sequences = lines
    .filter((line) => /d=2 .*SEQUENCE/.test(line))
    .map((line) => /^\s*(\d+):d=2\s+hl=(\d)\s+l=\s*(\d+)/.exec(line).slice(1).map(Number));
  // tbsCertificate holds the sequences: signature, issuer, validity, subject, ...
  const [offset, header, length] = sequences[3];
  return der.subarray(offset, offset + header + length).toString('base64');
};
const keyIdentifier = (cert) => {
  const text = execFileSync('openssl', ['x509', '-noout', '-ext', 'subjectKeyIdentifier'], {
    input: cert.toString(),
    encoding: 'utf8',
  });
  return Buffer.from(text.split('\n')[1].replace(/[\s:]/g, ''), 'hex').toString('base64url');
};

const challengeHeader = { typ: 'device-challenge+jwt', alg: 'ES256', kid: 'server-1' };
const challengeClaims = {
  iss: issuer,
  aud: 'urn:countersign:agent',
  jti: 'transaction-1',
  nonce: Buffer.alloc(32, 7).toString('base64url'),
  iat: now - 10,
  exp: now + 110,
  origins: [origin],
  response_uri: responseUri,
  trusted_authorities: [{ type: 'aki', values: [keyIdentifier(issuing)] }],
  issuers: [derName(issuing)],
  algs: ['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'RS256'],
};
const challenge = (claims = {}, header = {}, key = serverKey) =>
  jws({ ...challengeHeader, ...header }, { ...challengeClaims, ...claims }, (input) =>
    ecSign(key, input),
  );
const valid = challenge();

const proofClaims = {
  iss: 'urn:uuid:6f1d3c52-8a4e-4b0f-9c1d-2e3f4a5b6c7d',
  aud: responseUri,
  nonce: challengeClaims.nonce,
  jti: 'proof-1',
  iat: now,
  exp: now + 60,
  txn: 'transaction-1',
  cth: sha256(valid),
  origin,
  device: { platform: 'linux', os_version: '6.1.0', hostname: 'desk-17' },
  key: { store: 'pkcs11', protection: 'hardware', exportable: false },
  agent: { version: '0.1.0' },
};
const b64 = (cert) => cert.raw.toString('base64');
const proof = ({
  by = devices.ES256,
  alg = 'ES256',
  claims = {},
  header = {},
  chain = [],
  signer = signers[alg](by.key),
} = {}) =>
  jws(
    {
      typ: 'device-proof+jwt',
      alg,
      x5c: [b64(by.certificate), ...chain.map(b64)],
      'x5t#S256': sha256(by.certificate.raw),
      ...header,
    },
    { ...proofClaims, ...claims },
    signer,
  );
const drop = (object, member) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== member));
const tamper = (text) => text.slice(0, -4) + (text.at(-4) === 'A' ? 'B' : 'A') + text.slice(-3);

const challenges = [
  { name: 'valid', challengeRequest: valid, expect: 'accepted' },
  {
    name: 'signature changed',
    challengeRequest: tamper(valid),
    expect: 'challenge_signature_invalid',
  },
  {
    name: 'claims changed',
    challengeRequest: [
      valid.split('.')[0],
      json({ ...challengeClaims, origins: [origin, 'https://evil.example'] }),
      valid.split('.')[2],
    ].join('.'),
    expect: 'challenge_signature_invalid',
  },
  {
    name: 'signed with another key',
    challengeRequest: challenge({}, {}, ec()),
    expect: 'challenge_signature_invalid',
  },
  {
    name: 'kid unknown',
    challengeRequest: challenge({}, { kid: 'server-2' }),
    expect: 'server_key_unknown',
  },
  {
    name: 'issuer not trusted',
    challengeRequest: challenge({
      iss: 'https://evil.example',
      response_uri: 'https://evil.example/v1/proofs',
    }),
    expect: 'issuer_untrusted',
  },
  {
    name: 'delivered by another origin',
    challengeRequest: valid,
    origin: 'https://evil.example',
    expect: 'challenge_origin_refused',
  },
  {
    name: 'origins of another site',
    challengeRequest: challenge({ origins: ['https://evil.example'] }),
    expect: 'challenge_origin_refused',
  },
  {
    name: 'alg none',
    challengeRequest: jws({ ...challengeHeader, alg: 'none' }, challengeClaims, () =>
      Buffer.from([0]),
    ),
    expect: 'jws_algorithm_refused',
  },
  {
    name: 'typ of a proof',
    challengeRequest: challenge({}, { typ: 'device-proof+jwt' }),
    expect: 'jws_type_unexpected',
  },
  {
    name: 'crit',
    challengeRequest: challenge({}, { crit: ['x'], x: 1 }),
    expect: 'jws_critical_unknown',
  },
  {
    name: 'jwk in the header',
    challengeRequest: challenge({}, { jwk: serverJwk }),
    expect: 'jws_header_forbidden',
  },
  {
    name: 'expired',
    challengeRequest: challenge({ iat: now - 300, exp: now - 181 }),
    expect: 'token_expired',
  },
  {
    name: 'from the future',
    challengeRequest: challenge({ iat: now + 61, exp: now + 100 }),
    expect: 'token_not_yet_valid',
  },
  {
    name: 'lives too long',
    challengeRequest: challenge({ exp: now + 111 }),
    expect: 'token_lifetime_too_long',
  },
  {
    name: 'audience of another protocol',
    challengeRequest: challenge({ aud: 'urn:example:other' }),
    expect: 'claim_value_invalid',
  },
  {
    name: 'response_uri on another origin',
    challengeRequest: challenge({ response_uri: 'https://evil.example/v1/proofs' }),
    expect: 'claim_value_invalid',
  },
  ...Object.keys(challengeClaims).map((claim) => ({
    name: `without ${claim}`,
    challengeRequest: jws(challengeHeader, drop(challengeClaims, claim), (input) =>
      ecSign(serverKey, input),
    ),
    expect: 'claim_missing',
  })),
];

const proofs = [
  ...Object.keys(devices).map((alg) => ({
    name: `valid ${alg}`,
    proof: proof({ by: devices[alg], alg }),
    expect: 'device_managed',
  })),
  {
    name: 'valid, with the issuing CA in x5c',
    proof: proof({ chain: [issuing] }),
    expect: 'device_managed',
  },
  {
    name: 'valid RS256 over a key that can also do PS256',
    proof: proof({ by: devices.PS256, alg: 'RS256' }),
    expect: 'device_managed',
  },
  { name: 'signature changed', proof: tamper(proof()), expect: 'proof_signature_invalid' },
  {
    name: 'signed by another key',
    proof: proof({ signer: signers.ES256(ec()) }),
    expect: 'proof_signature_invalid',
  },
  {
    name: 'DER instead of r||s',
    proof: proof({ signer: (input) => sign('sha256', input, devices.ES256.key.privateKey) }),
    expect: 'proof_signature_invalid',
  },
  { name: 'alg none', proof: proof({ header: { alg: 'none' } }), expect: 'jws_algorithm_refused' },
  {
    name: 'HS256 with the public key as secret',
    proof: proof({ header: { alg: 'HS256' } }),
    expect: 'jws_algorithm_refused',
  },
  {
    name: 'RS256 claimed over an EC key',
    proof: proof({ header: { alg: 'RS256' } }),
    expect: 'proof_algorithm_mismatch',
  },
  {
    name: 'ES384 claimed over a P-256 key',
    proof: proof({ header: { alg: 'ES384' } }),
    expect: 'proof_algorithm_mismatch',
  },
  {
    name: 'x5c of another device',
    proof: proof({ header: { x5c: [b64(devices.ES384.certificate)] } }),
    expect: 'proof_thumbprint_mismatch',
  },
  {
    name: 'x5c and x5t of another device',
    proof: proof({
      header: { x5c: [b64(foreign.certificate)], 'x5t#S256': sha256(foreign.certificate.raw) },
    }),
    expect: 'proof_signature_invalid',
  },
  {
    name: 'nonce of another challenge',
    proof: proof({ claims: { nonce: Buffer.alloc(32, 8).toString('base64url') } }),
    expect: 'proof_nonce_mismatch',
  },
  {
    name: 'transaction of another challenge',
    proof: proof({ claims: { txn: 'transaction-2' } }),
    expect: 'proof_transaction_mismatch',
  },
  {
    name: 'hash of another challenge',
    proof: proof({ claims: { cth: sha256('another') } }),
    expect: 'proof_challenge_mismatch',
  },
  {
    name: 'audience of another server',
    proof: proof({ claims: { aud: 'https://evil.example/v1/proofs' } }),
    expect: 'proof_audience_mismatch',
  },
  {
    name: 'origin that the challenge does not name',
    proof: proof({ claims: { origin: 'https://evil.example' } }),
    expect: 'proof_origin_mismatch',
  },
  {
    name: 'expired',
    proof: proof({ claims: { iat: now - 200, exp: now - 100 } }),
    expect: 'token_expired',
  },
  {
    name: 'lives too long',
    proof: proof({ claims: { exp: now + 121 } }),
    expect: 'token_lifetime_too_long',
  },
  {
    name: 'certificate of another CA',
    proof: proof({ by: foreign }),
    expect: 'no_issuer_found',
  },
  {
    name: 'certificate expired',
    proof: proof({ by: expired }),
    expect: 'certificate_expired',
  },
  {
    name: 'certificate not yet valid',
    proof: proof({ by: early }),
    expect: 'certificate_not_yet_valid',
  },
  {
    name: 'server certificate',
    proof: proof({ by: server }),
    expect: 'purpose_not_allowed',
  },
  {
    name: 'key usage without digitalSignature',
    proof: proof({ by: encipher }),
    expect: 'key_usage_not_allowed',
  },
  {
    name: 'certificate of a sub-CA',
    proof: proof({ by: subCa }),
    expect: 'certificate_is_authority',
  },
  {
    name: 'certificate issued by a device',
    proof: proof({ by: behindDevice, chain: [devices.ES256.certificate] }),
    expect: 'not_a_ca',
  },
  ...['jwk', 'jku', 'x5u'].map((member) => ({
    name: `${member} in the header`,
    proof: proof({ header: { [member]: 'https://evil.example' } }),
    expect: 'jws_header_forbidden',
  })),
  ...Object.keys(proofClaims).map((claim) => ({
    name: `without ${claim}`,
    proof: jws(
      {
        typ: 'device-proof+jwt',
        alg: 'ES256',
        x5c: [b64(devices.ES256.certificate)],
        'x5t#S256': sha256(devices.ES256.certificate.raw),
      },
      drop(proofClaims, claim),
      signers.ES256(devices.ES256.key),
    ),
    expect: 'claim_missing',
  })),
];

writeFileSync(
  new URL('vectors.json', import.meta.url),
  `${JSON.stringify({ now, issuer, origin, jwks: { keys: [serverJwk] }, authorities: [b64(issuing)], root: b64(root), challenge: valid, challenges, proofs }, null, 1)}\n`,
);
rmSync(directory, { recursive: true });
