/** The status of one certificate, by the methods and in the mode that its trust anchor's settings ask. */
import { bytesEqual } from '../core/index.ts';
import type { Certificate } from './certificate.ts';
import { checkCrls } from './crl-checking.ts';
import { oids } from './object-identifiers.ts';
import { checkOcspResponses } from './ocsp-checking.ts';
import type { ProvenStatus, RevocationContext, RevocationTask } from './revocation-context.ts';
import type { CertificateRevocation, RevocationRefusal } from './revocation-settings.ts';
import type { TrustAnchor } from './trust-anchor.ts';

interface KnownStatus {
  readonly issuerKey: Uint8Array;
  readonly anchor: TrustAnchor;
  readonly revocation: CertificateRevocation;
}

const checks = { crl: checkCrls, ocsp: checkOcspResponses } as const;

/** Finds each status once in a search, and never runs in circles. */
export class RevocationChecker {
  private readonly context: RevocationContext;
  private readonly known = new Map<Certificate, KnownStatus[]>();
  private readonly underWay = new Set<Certificate>();

  constructor(context: RevocationContext) {
    this.context = context;
  }

  /** @returns what is known of the certificate's revocation; never throws for what material holds */
  async check(task: RevocationTask): Promise<CertificateRevocation> {
    if (task.settings.mode === 'off') return { status: 'not_checked' };
    const { certificate, issuerKey } = task.query;
    const known = this.known
      .get(certificate)
      ?.find((k) => k.anchor === task.anchor && bytesEqual(k.issuerKey, issuerKey.der));
    if (known !== undefined) return known.revocation;
    if (this.underWay.has(certificate)) return circular;
    this.underWay.add(certificate);
    const revocation = await this.tryMethods(task);
    this.underWay.delete(certificate);
    // An unknown found on the way to another status may only mean a circle: it is not final.
    if (this.underWay.size === 0 || revocation.status !== 'unknown') {
      const entry = { issuerKey: issuerKey.der, anchor: task.anchor, revocation };
      this.known.set(certificate, [...(this.known.get(certificate) ?? []), entry]);
    }
    return revocation;
  }

  private async tryMethods(task: RevocationTask): Promise<CertificateRevocation> {
    const refusals: RevocationRefusal[] = [];
    let stale: ProvenStatus | undefined;
    for (const method of task.settings.methods) {
      const verdict = await checks[method](task, this.context);
      if (!('status' in verdict)) {
        refusals.push(...verdict);
        continue;
      }
      // What only the grace makes good gives way to a method that knows better.
      if (verdict.status === 'revoked' || !verdict.evidence.some((proof) => proof.stale)) {
        return { ...verdict, refusals: [...refusals, ...verdict.refusals] };
      }
      stale ??= verdict;
      refusals.push(...verdict.refusals);
    }
    if (stale !== undefined) return { ...stale, refusals };
    const { certificate } = task.query;
    const nothingAtHand = refusals.every(({ origin }) => origin === undefined);
    if (
      task.settings.unpublished === 'accept' &&
      nothingAtHand &&
      !namesStatusSource(certificate)
    ) {
      return { status: 'not_checked' };
    }
    for (const method of task.settings.methods) {
      refusals.push(
        ...((await this.context.inputs.source.failuresFor?.(task.query, method)) ?? []),
      );
    }
    return { status: 'unknown', refusals };
  }
}

/** Whether the certificate says where its status is to be had (RFC 5280 4.2.1.13, 4.2.2.1). */
function namesStatusSource({ crlDistributionPoints, authorityInfoAccess }: Certificate): boolean {
  return (
    crlDistributionPoints !== undefined ||
    authorityInfoAccess?.some(({ method }) => method === oids.ocsp) === true
  );
}

const circular: CertificateRevocation = {
  status: 'unknown',
  refusals: [
    {
      method: 'crl',
      origin: undefined,
      message: 'The status hangs on a CRL whose issuer’s own status hangs on it.',
    },
  ],
};
