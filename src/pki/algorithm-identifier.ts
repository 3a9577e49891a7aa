import { bytesEqual } from '../core/index.ts';
import { tags } from './der-tags.ts';
import { DerReader } from './der.ts';

/** An AlgorithmIdentifier (RFC 5280 section 4.1.1.2), not yet understood. */
export interface AlgorithmIdentifier {
  /** The algorithm, as a dotted OID. */
  readonly oid: string;
  /** The parameters' DER, or undefined where they are absent. */
  readonly parameters: Uint8Array | undefined;
  readonly der: Uint8Array;
}

/**
 * Reads an AlgorithmIdentifier at the reader's position.
 *
 * @throws PkiError `der_malformed`
 */
export function readAlgorithmIdentifier(
  reader: DerReader,
  tag: number = tags.sequence,
): AlgorithmIdentifier {
  const der = reader.element(tag);
  const sequence = new DerReader(der).read(tag);
  const oid = sequence.oid();
  const parameters = sequence.atEnd() ? undefined : sequence.element();
  sequence.finish();
  return { oid, parameters, der };
}

/** True where the parameters are absent or NULL. */
export function parametersAbsentOrNull({ parameters }: AlgorithmIdentifier): boolean {
  return parameters === undefined || parametersAreNull(parameters);
}

const derNull = Uint8Array.of(tags.null, 0);

/** True for the DER of NULL. */
export function parametersAreNull(parameters: Uint8Array): boolean {
  return bytesEqual(parameters, derNull);
}
