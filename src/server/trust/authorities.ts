/** The certificate authorities whose certificates prove a device as managed. */
import type { Clock } from '../../core/index.ts';
import { parseCertificate, type Certificate } from '../../pki/index.ts';
import type { CertificateSummary } from '../../protocol/index.ts';
import { summarizeCertificate, type TrustedAuthority } from '../../verifier/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { AuthorityRevocation, AuthorityStore, StoredAuthority } from '../storage/index.ts';
import { checkAuthority, warningsFor, type AuthorityWarning } from './authority-check.ts';
import { certificateId, readAuthorityFile } from './authority-file.ts';
import {
  changeRevocation,
  defaultAuthorityRevocation,
  toRevocationSettings,
} from './authority-revocation.ts';
import { TrustError } from './errors.ts';

/** An authority as people see it. */
export interface AuthorityInfo {
  /** Hexadecimal SHA-256 of the certificate. */
  readonly id: string;
  readonly addedAt: Date;
  /** A disabled one is kept, and counts for nothing. */
  readonly disabled: boolean;
  readonly certificate: CertificateSummary;
  readonly revocation: AuthorityRevocation;
  readonly warnings: readonly AuthorityWarning[];
}

/** An authority as API and commands give it to programs. */
export function authorityJson(authority: AuthorityInfo) {
  const { id, addedAt, disabled, certificate, revocation, warnings } = authority;
  return { id, addedAt: addedAt.toISOString(), disabled, certificate, revocation, warnings };
}

/** The certificate authorities of a server. */
export interface Authorities {
  /** What the verifier trusts; at most {@link maxAge} ms behind a change by another process. */
  trusted(): Promise<readonly TrustedAuthority[]>;
  list(): Promise<readonly (AuthorityInfo & { readonly der: Uint8Array })[]>;
  /**
   * @param id - a whole id, or at least 8 letters that only one id starts with
   * @throws TrustError `ca_unknown` or `ca_ambiguous`
   */
  find(id: string): Promise<AuthorityInfo & { readonly der: Uint8Array }>;
  /**
   * Adds the authorities of a file: all of them, or none.
   *
   * @param file - the file's content
   * @throws TrustError saying what is wrong with the file or one of its certificates
   */
  add(file: Uint8Array): Promise<readonly AuthorityInfo[]>;
  /**
   * @param id - as for {@link find}
   * @returns what was removed
   * @throws TrustError `ca_unknown` or `ca_ambiguous`
   */
  remove(id: string): Promise<AuthorityInfo>;
  /**
   * Changes how the certificates below an authority are checked for revocation.
   *
   * @param id - as for {@link find}
   * @param changes - members that are to change
   * @throws TrustError `ca_unknown`, `ca_ambiguous` or `ca_revocation_invalid`
   */
  setRevocation(id: string, changes: Partial<AuthorityRevocation>): Promise<AuthorityInfo>;
  /**
   * Has an authority count for nothing, or count again.
   *
   * @param id - as for {@link find}
   * @throws TrustError `ca_unknown` or `ca_ambiguous`
   */
  setDisabled(id: string, disabled: boolean): Promise<AuthorityInfo>;
}

/** How soon a running server notices a change by another process, in milliseconds. */
const maxAge = 1000;

/** A challenge names each authority, in a list of at most 64 (docs/protocol.md). */
const maxAuthorities = 64;

/** Bound on their names and key identifiers together, which a challenge of 32 KiB carries. */
const maxNameBytes = 12 * 1024;

const minIdPrefix = 8;

/** Makes the service over stored authorities. */
export function createAuthorities(store: AuthorityStore, clock: Clock): Authorities {
  // A certificate is parsed once, not once a refresh.
  let parsed: ReadonlyMap<string, Certificate> = new Map();
  const trusted = createRefreshed(
    async () => {
      const counting = (await store.list()).filter(({ disabled }) => !disabled);
      const authorities = counting.map(({ id, der, revocation }) => ({
        id,
        certificate: parsed.get(id) ?? parseCertificate(der),
        settings: { revocation: toRevocationSettings(revocation ?? defaultAuthorityRevocation) },
      }));
      parsed = new Map(authorities.map(({ id, certificate }) => [id, certificate]));
      return authorities;
    },
    clock,
    maxAge,
  );

  const describe = (authority: StoredAuthority): AuthorityInfo => {
    const { id, der, addedAt, disabled, revocation } = authority;
    const certificate = parseCertificate(der);
    return {
      id,
      addedAt,
      disabled,
      certificate: summarizeCertificate(certificate),
      revocation: revocation ?? defaultAuthorityRevocation,
      warnings: warningsFor(certificate, clock.now()),
    };
  };

  return {
    trusted: () => trusted.get(),
    async list() {
      return (await store.list()).map((one) => ({ ...describe(one), der: one.der }));
    },
    async find(id) {
      const authority = findByPrefix(await store.list(), id);
      return { ...describe(authority), der: authority.der };
    },
    async add(file) {
      const now = clock.now();
      const certificates = readAuthorityFile(file);
      for (const certificate of certificates) checkAuthority(certificate, now);
      const added = certificates.map((certificate) => ({
        id: certificateId(certificate),
        der: certificate.der,
        addedAt: now,
        disabled: false,
      }));
      const present = await store.list();
      checkCapacity([...present.map(({ der }) => parseCertificate(der)), ...certificates]);
      if (!(await store.add(added))) throw alreadyThere(present, added);
      trusted.invalidate();
      return added.map(describe);
    },
    async remove(id) {
      const authority = findByPrefix(await store.list(), id);
      if (!(await store.remove(authority.id))) throw new TrustError('ca_unknown');
      trusted.invalidate();
      return describe(authority);
    },
    async setRevocation(id, changes) {
      const authority = findByPrefix(await store.list(), id);
      const revocation = changeRevocation(
        authority.revocation ?? defaultAuthorityRevocation,
        changes,
      );
      if (!(await store.setRevocation(authority.id, revocation))) {
        throw new TrustError('ca_unknown');
      }
      trusted.invalidate();
      return describe({ ...authority, revocation });
    },
    async setDisabled(id, disabled) {
      const authority = findByPrefix(await store.list(), id);
      if (!(await store.setDisabled(authority.id, disabled))) throw new TrustError('ca_unknown');
      trusted.invalidate();
      return describe({ ...authority, disabled });
    },
  };
}

function findByPrefix(authorities: readonly StoredAuthority[], prefix: string): StoredAuthority {
  const wanted = prefix.toLowerCase();
  const found = authorities.filter(({ id }) => id.startsWith(wanted));
  const [authority] = found;
  if (authority === undefined || wanted.length < minIdPrefix) throw new TrustError('ca_unknown');
  if (found.length > 1) throw new TrustError('ca_ambiguous');
  return authority;
}

function checkCapacity(certificates: readonly Certificate[]): void {
  const bytes = certificates.reduce(
    (sum, { subject, subjectKeyIdentifier }) =>
      sum + subject.der.length + (subjectKeyIdentifier?.length ?? 0),
    0,
  );
  if (certificates.length > maxAuthorities || bytes > maxNameBytes) {
    throw new TrustError('ca_too_many');
  }
}

function alreadyThere(
  present: readonly StoredAuthority[],
  added: readonly StoredAuthority[],
): TrustError {
  const ids = new Set(present.map(({ id }) => id));
  const known = added.find(({ id }) => ids.has(id));
  if (known === undefined) return new TrustError('ca_exists');
  const { subject } = summarizeCertificate(parseCertificate(known.der));
  return new TrustError('ca_exists', {
    message: `${subject} is there already (${known.id.slice(0, 16)}…); nothing was added.`,
  });
}
