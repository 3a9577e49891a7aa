/** Passwords: what they must be, and their scrypt hashes (RFC 7914). */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { RandomSource } from '../../core/index.ts';
import { AdminError } from './errors.ts';

/** How much work a hash is. Memory: 128 · r · 2^logN bytes. */
export interface ScryptCost {
  /** Binary logarithm of the iteration count N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** Hashes and checks passwords, a bounded number at a time. */
export interface Passwords {
  /**
   * @returns `$scrypt$ln=…,r=…,p=…$salt$hash`, salt and hash in base64 without padding
   * @throws AdminError `sign_in_busy` where too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Takes as long where there is no hash.
   *
   * @param encoded - what {@link hash} returned; undefined for somebody without a password
   * @throws AdminError `sign_in_busy` where too many wait
   */
  verify(password: string, encoded: string | undefined): Promise<boolean>;
}

/** 128 MiB and about a third of a second: OWASP's first choice of scrypt's parameters. */
const defaultCost: ScryptCost = { logN: 17, r: 8, p: 1 };

const saltBytes = 16;
const hashBytes = 32;

/** Hashes made at a time: each holds one of libuv's four threads. */
const atATime = 2;

/** Most that wait for their turn. */
const maxWaiting = 16;

const minLength = 12;
const maxLength = 256;
const minDistinct = 5;

/**
 * @param password - as it was typed; length in characters after normalisation (NFKC)
 * @throws AdminError `password_unsuitable`
 */
export function requireSuitablePassword(password: string, name: string): void {
  const characters = Array.from(normalize(password));
  const suits =
    characters.length >= minLength &&
    characters.length <= maxLength &&
    new Set(characters).size >= minDistinct &&
    normalize(password).toLowerCase() !== normalize(name).toLowerCase();
  if (!suits) throw new AdminError('password_unsuitable');
}

/** Makes the service. */
export function createPasswords(random: RandomSource, cost = defaultCost): Passwords {
  const inTurn = createTurns();
  const nobody = encode(cost, random.bytes(saltBytes), random.bytes(hashBytes));
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = random.bytes(saltBytes);
        return encode(cost, salt, await derive(password, salt, cost));
      }),
    verify: (password, encoded) =>
      inTurn(async () => {
        const { cost: itsCost, salt, hash } = decode(encoded ?? nobody);
        const derived = await derive(password, salt, itsCost);
        return timingSafeEqual(derived, hash) && encoded !== undefined;
      }),
  };
}

/** Devices type the same character in different ways. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}

function derive(password: string, salt: Uint8Array, { logN, r, p }: ScryptCost): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 256 * r * 2 ** logN };
  return new Promise((resolve, reject) => {
    scrypt(normalize(password), salt, hashBytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function encode({ logN, r, p }: ScryptCost, salt: Uint8Array, hash: Uint8Array): string {
  const text = (bytes: Uint8Array): string =>
    Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${logN},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([^$]{22})\$([^$]{43})$/;

function decode(encoded: string) {
  const [, logN, r, p, salt = '', hash = ''] = pattern.exec(encoded) ?? [];
  if (logN === undefined) throw new Error('a stored password hash cannot be read');
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

/** Lets a bounded number of hashes be made at a time; others wait, and beyond a bound are refused. */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atATime) {
      if (waiting.length >= maxWaiting) throw new AdminError('sign_in_busy');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // The turn goes to who waits first, or becomes free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
