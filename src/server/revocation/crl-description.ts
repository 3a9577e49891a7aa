import { formatName, type Crl } from '../../pki/index.ts';

/** A CRL as administrators see it. */
export interface CrlDescription {
  /** An address, `uploaded:` and a hash, or a file of the directory. */
  readonly source: string;
  readonly issuer: string;
  /** Hexadecimal; undefined where the CRL has none. */
  readonly crlNumber: string | undefined;
  readonly delta: boolean;
  readonly entries: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** When it was fetched, confirmed or uploaded; undefined for files. */
  readonly confirmedAt: Date | undefined;
  readonly size: number;
}

/** A CRL as API and commands give it to programs. */
export function crlJson({ thisUpdate, nextUpdate, confirmedAt, ...fields }: CrlDescription) {
  return {
    ...fields,
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate?.toISOString(),
    confirmedAt: confirmedAt?.toISOString(),
  };
}

/**
 * Describes a CRL.
 *
 * @param confirmedAt - when its source was last heard; undefined for files
 */
export function describeCrl(
  source: string,
  crl: Crl,
  confirmedAt: Date | undefined,
): CrlDescription {
  return {
    source,
    issuer: formatName(crl.issuer),
    crlNumber: crl.crlNumber && Buffer.from(crl.crlNumber).toString('hex'),
    delta: crl.baseCrlNumber !== undefined,
    entries: crl.entryCount,
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    confirmedAt,
    size: crl.der.length,
  };
}
