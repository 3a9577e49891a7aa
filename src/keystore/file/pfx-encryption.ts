/**
 * The password-based encryption that PFX files use: PKCS #12's own (RFC 7292 appendices B and C) and
 * PBES2 (RFC 8018 section 6.2). On node:crypto, whose rounds are a hundred times as fast as those of a
 * JavaScript library, and every one of them holds the event loop; RC2 alone comes from node-forge,
 * because OpenSSL no longer has it.
 */
import { createDecipheriv, createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import forge from 'node-forge';
import { asn1, Unreadable, type Node } from './ber.ts';

/**
 * Most rounds of key derivation that a file may ask for: they are run before anything in it is proven
 * to come from whoever knows the password.
 */
const maxIterations = 300_000;

/** Thrown where the password does not open the file. */
export class WrongPassword extends Error {}

const hashes: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const hmacs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

const pbes2 = '1.2.840.113549.1.5.13';
const pbkdf2 = '1.2.840.113549.1.5.12';

/** PBES2 ciphers: OpenSSL's name and the key's length. */
const ciphers: Readonly<Record<string, readonly [string, number]>> = {
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
};

/** RFC 7292 appendix C: cipher, key length and, for RC2, its effective bits. */
const pkcs12Ciphers: Readonly<Record<string, readonly [string, number]>> = {
  '1.2.840.113549.1.12.1.3': ['des-ede3-cbc', 24],
  '1.2.840.113549.1.12.1.5': ['rc2', 16],
  '1.2.840.113549.1.12.1.6': ['rc2', 5],
};

/**
 * Checks the integrity of a file, RFC 7292 section 4: MacData over the authenticated safe.
 *
 * @throws WrongPassword, Unreadable
 */
export function verifyMac(macData: Node, content: Buffer, password: string): void {
  const [digestInfo, saltNode, iterationsNode] = asn1.children(macData);
  const [algorithm, digestNode] = asn1.children(digestInfo);
  const hash = lookUp(hashes, asn1.oid(asn1.children(algorithm)[0]), 'MAC');
  const iterations = readIterations(iterationsNode);
  const digest = asn1.octets(digestNode);
  const key = deriveKey(hash, password, asn1.octets(saltNode), 3, iterations, digest.length);
  const expected = createHmac(hash, key).update(content).digest();
  if (expected.length !== digest.length || !timingSafeEqual(expected, digest)) {
    throw new WrongPassword();
  }
}

/**
 * Decrypts by an AlgorithmIdentifier.
 *
 * @throws WrongPassword, Unreadable
 */
export function decrypt(algorithm: Node | undefined, data: Buffer, password: string): Buffer {
  const [oidNode, parameters] = asn1.children(algorithm);
  const oid = asn1.oid(oidNode);
  return oid === pbes2
    ? decryptPbes2(parameters, data, password)
    : decryptPkcs12(oid, parameters, data, password);
}

function decryptPbes2(parameters: Node | undefined, data: Buffer, password: string): Buffer {
  const [derivation, scheme] = asn1.children(parameters);
  const [derivationOid, derivationParameters] = asn1.children(derivation);
  if (asn1.oid(derivationOid) !== pbkdf2) throw new Unreadable('Its key derivation is not known.');
  const [saltNode, iterationsNode, ...rest] = asn1.children(derivationParameters);
  const [schemeOid, iv] = asn1.children(scheme);
  const [cipher, keyLength] = lookUp(ciphers, asn1.oid(schemeOid), 'cipher');
  const prf = rest.find((node) => node.type === forge.asn1.Type.SEQUENCE);
  const hash =
    prf === undefined ? 'sha1' : lookUp(hmacs, asn1.oid(asn1.children(prf)[0]), 'key derivation');
  const iterations = readIterations(iterationsNode);
  const key = pbkdf2Sync(password, asn1.octets(saltNode), iterations, keyLength, hash);
  return decipher(cipher, key, asn1.octets(iv), data);
}

function decryptPkcs12(
  oid: string,
  parameters: Node | undefined,
  data: Buffer,
  password: string,
): Buffer {
  const [cipher, keyLength] = lookUp(pkcs12Ciphers, oid, 'cipher');
  const [saltNode, iterationsNode] = asn1.children(parameters);
  const salt = asn1.octets(saltNode);
  const iterations = readIterations(iterationsNode);
  const key = deriveKey('sha1', password, salt, 1, iterations, keyLength);
  const iv = deriveKey('sha1', password, salt, 2, iterations, 8);
  return cipher === 'rc2' ? decipherRc2(key, iv, data) : decipher(cipher, key, iv, data);
}

function decipher(cipher: string, key: Buffer, iv: Buffer, data: Buffer): Buffer {
  try {
    const stream = createDecipheriv(cipher, key, iv);
    return Buffer.concat([stream.update(data), stream.final()]);
  } catch {
    throw new WrongPassword();
  }
}

function decipherRc2(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(data.toString('latin1')));
  if (!cipher.finish()) throw new WrongPassword();
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}

/**
 * RFC 7292 appendix B.2.
 *
 * @param purpose - 1 for a key, 2 for an initial vector, 3 for a MAC key
 */
function deriveKey(
  hash: string,
  password: string,
  salt: Buffer,
  purpose: 1 | 2 | 3,
  iterations: number,
  length: number,
): Buffer {
  const block = hash === 'sha384' || hash === 'sha512' ? 128 : 64;
  const diversifier = Buffer.alloc(block, purpose);
  // Appendix B.1: big-endian BMPString with a final zero character.
  const bmp = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const input = Buffer.concat([stretch(salt, block), stretch(bmp, block)]);
  const out: Buffer[] = [];
  for (let made = 0; made < length; made += out.at(-1)?.length ?? length) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let i = 1; i < iterations; i++) digest = createHash(hash).update(digest).digest();
    out.push(digest);
    addToEachBlock(input, stretch(digest, block).subarray(0, block));
  }
  return Buffer.concat(out).subarray(0, length);
}

/** Repeats bytes up to a whole number of blocks; nothing stays nothing. */
function stretch(bytes: Buffer, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block);
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
}

/** Each block of `input` becomes (block + addend + 1) mod 2^(8 * block length), in place. */
function addToEachBlock(input: Buffer, addend: Buffer): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1;
    for (let i = addend.length - 1; i >= 0; i--) {
      carry += (input[start + i] ?? 0) + (addend[i] ?? 0);
      input[start + i] = carry & 0xff;
      carry >>= 8;
    }
  }
}

function readIterations(node: Node | undefined): number {
  const iterations = node === undefined ? 1 : asn1.integer(node);
  if (iterations > maxIterations) {
    throw new Unreadable(`It asks for more than ${maxIterations} rounds of key derivation.`);
  }
  if (iterations < 1) throw new Unreadable('It asks for no key derivation.');
  return iterations;
}

function lookUp<T>(table: Readonly<Record<string, T>>, oid: string, what: string): T {
  const found = Object.hasOwn(table, oid) ? table[oid] : undefined;
  if (found === undefined) throw new Unreadable(`Its ${what} (${oid}) is not known here.`);
  return found;
}
