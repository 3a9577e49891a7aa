/** CRL validation, RFC 5280 section 6.3: status of one certificate from the CRLs at hand. */
import { bytesEqual } from '../core/index.ts';
import type { Certificate } from './certificate.ts';
import type { CrlEntry } from './crl-entries.ts';
import {
  impliedDistributionPoint,
  interimReasons,
  isByCrlIssuer,
  scopeObjection,
} from './crl-scope.ts';
import { compareCrlNumbers, type Crl } from './crl.ts';
import { allReasons, type DistributionPoint, type ReasonFlags } from './distribution-point.ts';
import { namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import { pathRules } from './path-rules.ts';
import type { PublicKey } from './public-key.ts';
import {
  currencyObjection,
  evidenceOf,
  type ProvenStatus,
  type RevocationContext,
  type RevocationTask,
} from './revocation-context.ts';
import type { AvailableCrl, RevocationEvidence, RevocationRefusal } from './revocation-settings.ts';
import { inheritParameters } from './working-key.ts';

/** Looks for a certificate's status in CRLs. */
export async function checkCrls(
  task: RevocationTask,
  context: RevocationContext,
): Promise<ProvenStatus | readonly RevocationRefusal[]> {
  return new CrlCheck(task, context, await context.inputs.source.crlsFor(task.query)).run();
}

const noCrl = 'No CRL by the certificate’s CRL issuer is at hand (RFC 5280 section 6.3.3 (b)(1)).';

/** What a complete CRL, with its delta where there is one, says. */
interface CrlVerdict {
  readonly entry: CrlEntry | undefined;
  readonly reasons: ReasonFlags;
  readonly evidence: readonly RevocationEvidence[];
}

class CrlCheck {
  private readonly task: RevocationTask;
  private readonly context: RevocationContext;
  private readonly complete: readonly AvailableCrl[];
  private readonly deltas: readonly AvailableCrl[];
  /** The last reason for which each CRL was not used. */
  private readonly refused = new Map<AvailableCrl, string>();
  private reasonsMask: ReasonFlags = 0;
  private readonly evidence: RevocationEvidence[] = [];

  constructor(task: RevocationTask, context: RevocationContext, crls: readonly AvailableCrl[]) {
    this.task = task;
    this.context = context;
    this.complete = crls.filter(({ crl }) => crl.baseCrlNumber === undefined);
    this.deltas = crls.filter(({ crl }) => crl.baseCrlNumber !== undefined);
  }

  async run(): Promise<ProvenStatus | readonly RevocationRefusal[]> {
    const { certificate } = this.task.query;
    const points = [
      ...(certificate.crlDistributionPoints ?? []),
      impliedDistributionPoint(certificate.issuer),
    ];
    for (const point of points) {
      for (const available of inOrder(this.inScope(point), certificate)) {
        if (this.reasonsMask === allReasons) return this.good();
        const verdict = await this.apply(available, point);
        if (typeof verdict === 'string') {
          this.refused.set(available, verdict);
          continue;
        }
        this.refused.delete(available);
        this.evidence.push(...verdict.evidence);
        if (verdict.entry !== undefined) return this.revoked(verdict.entry);
        this.reasonsMask |= verdict.reasons;
      }
    }
    return this.reasonsMask === allReasons ? this.good() : this.undetermined();
  }

  /** Section 6.3.3 (b): the complete CRLs that speak of the certificate at this point. */
  private inScope(point: DistributionPoint): readonly AvailableCrl[] {
    const { certificate } = this.task.query;
    return this.complete
      .filter(({ crl }) => isByCrlIssuer(crl, certificate, point))
      .filter((available) =>
        this.noteRefusal(available, scopeObjection(available.crl, certificate, point)),
      );
  }

  private good(): ProvenStatus {
    return { status: 'good', evidence: this.evidence, refusals: this.refusals() };
  }

  private revoked({ revocationDate, reason }: CrlEntry): ProvenStatus {
    const { evidence } = this;
    return { status: 'revoked', evidence, revocationDate, reason, refusals: this.refusals() };
  }

  private undetermined(): readonly RevocationRefusal[] {
    const refusals = this.refusals();
    if (this.reasonsMask !== 0) {
      const message =
        'The CRLs at hand do not cover every revocation reason (RFC 5280 section 6.3.3 (l)).';
      return [...refusals, { method: 'crl', origin: this.evidence[0]?.origin, message }];
    }
    if (refusals.length > 0) return refusals;
    return [{ method: 'crl', origin: undefined, message: noCrl }];
  }

  private refusals(): readonly RevocationRefusal[] {
    return [...this.refused].map(([{ origin }, message]) => ({ method: 'crl', origin, message }));
  }

  /** Section 6.3.3 (c) to (k), for one complete CRL at one distribution point. */
  private async apply(
    available: AvailableCrl,
    point: DistributionPoint,
  ): Promise<CrlVerdict | string> {
    const { crl, origin } = available;
    const { certificate, issuerName } = this.task.query;
    const objection = this.usabilityObjection(crl);
    if (objection !== undefined) return objection;
    const reasons = interimReasons(crl, point);
    // (e): a CRL must add a reason that no CRL before it covered.
    if ((reasons & ~this.reasonsMask) === 0) return 'It covers no further revocation reason.';
    const key = await this.signingKey(crl, point);
    if (typeof key === 'string') return key;
    const delta = await this.deltaFor(crl, key);
    const evidence = [evidenceOf('crl', origin, crl, this.context.time)];
    if (delta !== undefined) {
      evidence.push(evidenceOf('crl', delta.origin, delta.crl, this.context.time));
    }
    // (i) to (k).
    const entry =
      delta?.crl.find(certificate.serialNumber, issuerName) ??
      crl.find(certificate.serialNumber, issuerName);
    return { entry: entry?.reason === 'removeFromCRL' ? undefined : entry, reasons, evidence };
  }

  private usabilityObjection(crl: Crl): string | undefined {
    if (crl.unknownCriticalExtension !== undefined) {
      const oid = crl.unknownCriticalExtension;
      return `Its critical extension ${oid} is not understood (RFC 5280 sections 5.2 and 5.3).`;
    }
    // Section 5.1.2.5 makes nextUpdate mandatory; without it nobody can tell that a CRL is stale.
    if (crl.nextUpdate === undefined) return 'It has no nextUpdate (RFC 5280 section 5.1.2.5).';
    return currencyObjection(crl, this.context.time, this.task.settings);
  }

  /** (f) and (g): a key that is proven to be the CRL issuer's and that signed the CRL. */
  private async signingKey(crl: Crl, point: DistributionPoint): Promise<PublicKey | string> {
    let refusal = 'Its issuer’s certificate is not at hand (RFC 5280 section 6.3.3 (f)).';
    for (const signer of this.signers(crl, point)) {
      if (!maySignCrls(signer)) {
        refusal = 'Its issuer’s key is not for signing CRLs (RFC 5280 section 6.3.3 (f)).';
        continue;
      }
      const key = await signer.key();
      if (key === undefined) {
        refusal = 'Its issuer has no valid path to the same trusted CA (6.3.3 (f)).';
        continue;
      }
      const objection = await this.signatureObjection(crl, key);
      if (objection === undefined) return key;
      refusal = `${objection} (RFC 5280 section 6.3.3 (g))`;
    }
    return refusal;
  }

  private async signatureObjection(crl: Crl, key: PublicKey): Promise<string | undefined> {
    const { algorithmPolicy } = this.task;
    const answer = this.context.signatures.objection(crl, key, algorithmPolicy);
    const objection = answer instanceof Promise ? await answer : answer;
    return objection === undefined ? undefined : pathRules[objection.code].sentence;
  }

  /** Who may have signed: the certificate's issuer, the anchor, and other bearers of the name. */
  private *signers(crl: Crl, point: DistributionPoint): Generator<CrlSigner> {
    const { query, anchor, pathCertificates } = this.task;
    const { certificate: subject } = query;
    // A CRL issuer's own certificate may name that very issuer for its status, as its CA saw fit. All
    // of its path but this status is proven when it comes to this.
    if (point.crlIssuer !== undefined && namesEqual(crl.issuer, subject.subject)) {
      yield {
        certificate: subject,
        isCa: false,
        key: () => inheritParameters(subject.publicKey, query.issuerKey),
      };
    }
    if (namesEqual(crl.issuer, query.issuerName)) {
      yield { certificate: query.issuerCertificate, isCa: true, key: () => query.issuerKey };
    }
    if (namesEqual(crl.issuer, anchor.subject)) {
      yield { certificate: anchor.certificate, isCa: true, key: () => anchor.publicKey };
    }
    for (const certificate of [...pathCertificates, ...this.context.inputs.crlIssuers]) {
      if (!namesEqual(crl.issuer, certificate.subject)) continue;
      const key = () => this.context.proveCrlIssuer(certificate, this.task);
      yield { certificate, isCa: false, key };
    }
  }

  /** (c) and (h): the newest delta CRL that can be combined with a complete CRL (5.2.4). */
  private async deltaFor(crl: Crl, key: PublicKey): Promise<AvailableCrl | undefined> {
    if (this.deltas.length === 0) return undefined;
    const candidates = this.deltas
      .filter((delta) => this.noteRefusal(delta, deltaObjection(crl, delta.crl)))
      .filter((delta) => this.noteRefusal(delta, this.usabilityObjection(delta.crl)))
      .sort((a, b) => compareNumbersOf(b.crl, a.crl));
    for (const delta of candidates) {
      const objection = await this.signatureObjection(delta.crl, key);
      if (this.noteRefusal(delta, objection)) return delta;
    }
    return undefined;
  }

  /** @returns true where there is no objection */
  private noteRefusal(available: AvailableCrl, objection: string | undefined): boolean {
    if (objection !== undefined) this.refused.set(available, objection);
    return objection === undefined;
  }
}

/**
 * The newest CRLs first. A CA with a second key may sign one CRL with each and list in it only what
 * that key signed, as Microsoft's does: where a CRL names the key that signed the certificate, those
 * that name another key of the same CA are left aside, and a certificate is not good for being absent
 * from the wrong list.
 */
function inOrder(
  crls: readonly AvailableCrl[],
  { issuer, authorityKeyIdentifier }: Certificate,
): readonly AvailableCrl[] {
  if (crls.length < 2) return crls;
  const newestFirst = [...crls].sort(
    (a, b) => b.crl.thisUpdate.getTime() - a.crl.thisUpdate.getTime(),
  );
  const own = authorityKeyIdentifier?.keyIdentifier;
  if (own === undefined) return newestFirst;
  const namesKey = ({ crl }: AvailableCrl, same: boolean): boolean => {
    const key = crl.authorityKeyIdentifier?.keyIdentifier;
    return key !== undefined && bytesEqual(key, own) === same && namesEqual(crl.issuer, issuer);
  };
  if (!crls.some((available) => namesKey(available, true))) return newestFirst;
  return newestFirst.filter((available) => !namesKey(available, false));
}

interface CrlSigner {
  readonly certificate: Certificate | undefined;
  /** True for the CA that issued the certificate in question, and for the anchor. */
  readonly isCa: boolean;
  readonly key: () => PublicKey | undefined | Promise<PublicKey | undefined>;
}

/**
 * Section 6.3.3 (f). Beyond it, a certificate that leaves its key's usage open signs CRLs only if it
 * is a CA's: a device that happens to bear a CA's name does not.
 */
function maySignCrls({ certificate, isCa }: CrlSigner): boolean {
  return (
    certificate?.keyUsage?.has('cRLSign') ?? (isCa || certificate?.basicConstraints?.ca === true)
  );
}

/** Section 6.3.3 (c) and the conditions of 5.2.4. */
function deltaObjection(complete: Crl, delta: Crl): string | undefined {
  const sameScope =
    namesEqual(complete.issuer, delta.issuer) &&
    sameExtension(complete, delta, oids.issuingDistributionPoint) &&
    sameExtension(complete, delta, oids.authorityKeyIdentifier);
  if (!sameScope) return 'It has another scope than the complete CRL (6.3.3 (c)).';
  if (complete.crlNumber === undefined || delta.crlNumber === undefined) {
    return 'It or the complete CRL has no number (RFC 5280 section 5.2.4).';
  }
  const base = delta.baseCrlNumber;
  if (base === undefined || compareCrlNumbers(complete.crlNumber, base) < 0) {
    return 'It builds on a later complete CRL (RFC 5280 section 5.2.4 (b)).';
  }
  return compareCrlNumbers(complete.crlNumber, delta.crlNumber) < 0
    ? undefined
    : 'It is not newer than the complete CRL (RFC 5280 section 5.2.4 (c)).';
}

function sameExtension(a: Crl, b: Crl, oid: string): boolean {
  const [left, right] = [a, b].map(
    ({ extensions }) => extensions.find((e) => e.oid === oid)?.value,
  );
  return left === undefined || right === undefined ? left === right : bytesEqual(left, right);
}

function compareNumbersOf(a: Crl, b: Crl): number {
  return compareCrlNumbers(a.crlNumber ?? Uint8Array.of(0), b.crlNumber ?? Uint8Array.of(0));
}
