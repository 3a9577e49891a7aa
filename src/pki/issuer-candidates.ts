/** Who may have issued a certificate, likeliest first (RFC 4158 section 3). */
import { bytesEqual } from '../core/index.ts';
import type { Certificate } from './certificate.ts';
import { nameKey, namesEqual } from './name.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** Anchors and offered certificates, to be found by the name they bear. */
export class IssuerCandidates {
  private readonly anchors: readonly TrustAnchor[];
  private readonly certificates = new Map<string, Certificate[]>();
  private readonly time: Date;
  /** Made only where there is a choice. */
  private distances: ReadonlyMap<string, number> | undefined;

  constructor(intermediates: readonly Certificate[], anchors: readonly TrustAnchor[], time: Date) {
    this.anchors = anchors;
    this.time = time;
    for (const certificate of intermediates) this.add(certificate);
  }

  /** An anchor's own certificate, or one offered twice, opens no new path. */
  private add(certificate: Certificate): void {
    const key = nameKey(certificate.subject);
    const same = (other: Certificate | undefined) =>
      other !== undefined && bytesEqual(other.der, certificate.der);
    if (this.certificates.get(key)?.some(same) === true) return;
    if (this.anchors.some((anchor) => same(anchor.certificate))) return;
    append(this.certificates, key, certificate);
  }

  /** How many certificates, going by names alone, each name is away from an anchor. */
  private distancesFromAnchors(): ReadonlyMap<string, number> {
    const distances = new Map<string, number>();
    let level = this.anchors.map(({ subject }) => nameKey(subject));
    for (const key of level) distances.set(key, 0);
    const subjectsByIssuer = new Map<string, string[]>();
    for (const [subject, certificates] of this.certificates) {
      for (const { issuer } of certificates) append(subjectsByIssuer, nameKey(issuer), subject);
    }
    for (let distance = 1; level.length > 0; distance++) {
      const below = level.flatMap((key) => subjectsByIssuer.get(key) ?? []);
      level = [...new Set(below)].filter((key) => !distances.has(key));
      for (const key of level) distances.set(key, distance);
    }
    return distances;
  }

  /** @returns the anchors that bear the name of a certificate's issuer */
  anchorsFor(certificate: Certificate): readonly TrustAnchor[] {
    const anchors = this.anchors.filter(({ subject }) => namesEqual(subject, certificate.issuer));
    if (anchors.length < 2) return anchors;
    return anchors.sort(
      (a, b) => keyMismatch(certificate, a.certificate) - keyMismatch(certificate, b.certificate),
    );
  }

  /** @returns the offered certificates that bear the name of a certificate's issuer */
  certificatesFor(certificate: Certificate): readonly Certificate[] {
    if (this.certificates.size === 0) return [];
    const candidates = this.certificates.get(nameKey(certificate.issuer)) ?? [];
    if (candidates.length < 2) return candidates;
    return [...candidates].sort(
      (a, b) =>
        keyMismatch(certificate, a) - keyMismatch(certificate, b) ||
        this.outsideValidity(a) - this.outsideValidity(b) ||
        this.distance(a) - this.distance(b) ||
        b.notAfter.getTime() - a.notAfter.getTime(),
    );
  }

  private outsideValidity({ notBefore, notAfter }: Certificate): number {
    return this.time < notBefore || this.time > notAfter ? 1 : 0;
  }

  private distance({ issuer }: Certificate): number {
    this.distances ??= this.distancesFromAnchors();
    return this.distances.get(nameKey(issuer)) ?? Number.MAX_SAFE_INTEGER;
  }
}

/** 0: the key identifiers agree; 1: nothing is known; 2: they differ, which only ranks lower. */
function keyMismatch(child: Certificate, issuer: Certificate | undefined): number {
  const authority = child.authorityKeyIdentifier;
  if (authority === undefined || issuer === undefined) return 1;
  const { keyIdentifier, serialNumber } = authority;
  const { subjectKeyIdentifier } = issuer;
  if (keyIdentifier !== undefined && subjectKeyIdentifier !== undefined) {
    return bytesEqual(keyIdentifier, subjectKeyIdentifier) ? 0 : 2;
  }
  if (serialNumber === undefined) return 1;
  return bytesEqual(serialNumber, issuer.serialNumber) ? 0 : 2;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
