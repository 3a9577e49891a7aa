/**
 * The revoked certificates of a CRL, kept as the bytes they came in: one number an entry to find it
 * by, no object. A list of 100,000 costs its own size and a megabyte.
 */
import { tags } from './der-tags.ts';
import { DerReader } from './der.ts';
import { malformed } from './errors.ts';
import { type Extension, readExtensions } from './extension.ts';
import { type GeneralName, parseGeneralNames } from './general-name.ts';
import { type Name, namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import { reasonFromCode, type RevocationReason } from './revocation-reason.ts';

/** What a CRL says of one certificate (RFC 5280 section 5.3). */
export interface CrlEntry {
  readonly serialNumber: Uint8Array;
  readonly revocationDate: Date;
  /** `unspecified` where the entry gives none. */
  readonly reason: RevocationReason;
}

/** Shortest possible entry: a header, a serial number of one octet and a UTCTime. */
const shortestEntry = 2 + 3 + 15;
/** Longest serial number kept, far beyond the 20 octets of RFC 5280 section 4.1.2.2. */
const longestSerial = 127;

// SEQUENCE { SEQUENCE { reasonCode, OCTET STRING { ENUMERATED of one octet } } }, but the octet.
const plainReason = [0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01];

/** See the head of this file. */
export class CrlEntries {
  readonly count: number;
  /** The OID of a critical entry extension that is not processed; the CRL is then of no use. */
  readonly unknownCriticalExtension: string | undefined;
  /** True where an entry names its certificate's issuer, which only indirect CRLs may do. */
  readonly namesIssuers: boolean;
  private readonly bytes: Uint8Array;
  /** Where each entry starts, by ascending serial number. */
  private readonly offsets: Uint32Array;
  /** Where the names of each entry's certificate issuer are found; undefined where none are given. */
  private readonly issuers: EntryIssuers | undefined;

  /**
   * @param bytes - the whole CRL
   * @param start - where the content of revokedCertificates starts
   * @param end - and where it ends
   * @throws PkiError `der_malformed` or `extension_duplicate`
   */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const scan = new EntryScan(bytes, start, end);
    this.bytes = bytes;
    this.count = scan.count;
    this.offsets = scan.offsets.subarray(0, scan.count);
    this.unknownCriticalExtension = scan.unknownCriticalExtension;
    this.namesIssuers = scan.issuers.changes.length > 0;
    this.issuers = this.namesIssuers ? scan.issuers : undefined;
    if (!scan.ascending) this.offsets.sort((a, b) => compareSerials(bytes, a, b));
  }

  /**
   * @param serialNumber - content octets
   * @param certificateIssuer - who issued the certificate
   * @param crlIssuer - who issued the CRL, and every certificate in it that names no other
   * @returns what the list says of the certificate, or undefined
   */
  find(serialNumber: Uint8Array, certificateIssuer: Name, crlIssuer: Name): CrlEntry | undefined {
    for (let i = this.lowerBound(serialNumber); i < this.count; i++) {
      const offset = this.offsets[i] ?? 0;
      if (compareSerial(this.bytes, serialOffset(this.bytes, offset), serialNumber) !== 0) break;
      const issuers = this.issuers?.at(offset);
      const matches =
        issuers === undefined
          ? namesEqual(certificateIssuer, crlIssuer)
          : issuers.some(
              (name) => name.form === 'directoryName' && namesEqual(name.value, certificateIssuer),
            );
      if (matches) return this.decode(offset);
    }
    return undefined;
  }

  private lowerBound(serialNumber: Uint8Array): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = serialOffset(this.bytes, this.offsets[middle] ?? 0);
      if (compareSerial(this.bytes, at, serialNumber) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private decode(offset: number): CrlEntry {
    const entry = new DerReader(this.bytes, offset).read(tags.sequence);
    const serialNumber = entry.integer();
    const revocationDate = entry.time();
    const extensions = entry.atEnd() ? [] : readExtensions(entry.read(tags.sequence));
    const reason = extensions.find(({ oid }) => oid === oids.cRLReason);
    return {
      serialNumber,
      revocationDate,
      reason: reason === undefined ? 'unspecified' : decodeReason(reason.value),
    };
  }
}

function decodeReason(value: Uint8Array): RevocationReason {
  const outer = new DerReader(value);
  const reason = reasonFromCode(outer.smallInteger(tags.enumerated));
  outer.finish();
  return reason;
}

/** Section 5.3.3: an entry's certificate issuer holds for the entries after it, too. */
class EntryIssuers {
  readonly changes: { readonly offset: number; readonly names: readonly GeneralName[] }[] = [];

  at(offset: number): readonly GeneralName[] | undefined {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.changes[low - 1]?.names;
  }
}

/** Checks every entry once and notes where it starts. */
class EntryScan {
  count = 0;
  ascending = true;
  unknownCriticalExtension: string | undefined = undefined;
  readonly offsets: Uint32Array;
  readonly issuers = new EntryIssuers();
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.offsets = new Uint32Array(Math.ceil((end - start) / shortestEntry));
    const reader = new DerReader(bytes, start, end);
    while (!reader.atEnd()) this.scan(reader);
  }

  private scan(reader: DerReader): void {
    const start = reader.offset;
    const end = reader.open(tags.sequence);
    const serial = reader.offset;
    reader.skipInteger();
    if (reader.offset - serial > 2 + longestSerial) throw malformed('A serial number is too long.');
    reader.skipTime();
    if (reader.offset < end) this.scanExtensions(reader, start, end);
    if (reader.offset !== end) throw malformed('A CRL entry does not end where it says.');
    const { count } = this;
    if (count >= this.offsets.length) throw malformed('A CRL entry is too short.');
    const previous = this.offsets[count - 1];
    if (this.ascending && previous !== undefined) {
      this.ascending = compareSerials(this.bytes, previous, start) <= 0;
    }
    this.offsets[count] = start;
    this.count = count + 1;
  }

  private scanExtensions(reader: DerReader, start: number, end: number): void {
    if (end - reader.offset === plainReason.length + 1 && this.isPlainReason(reader.offset)) {
      reasonFromCode(this.bytes[end - 1] ?? 0xff);
      reader.skip();
      return;
    }
    for (const extension of readExtensions(reader.read(tags.sequence))) {
      this.note(extension, start);
    }
  }

  private isPlainReason(offset: number): boolean {
    for (let i = 0; i < plainReason.length; i++) {
      if (this.bytes[offset + i] !== plainReason[i]) return false;
    }
    return true;
  }

  private note({ oid, critical, value }: Extension, offset: number): void {
    if (oid === oids.certificateIssuer) {
      this.issuers.changes.push({ offset, names: parseGeneralNames(value) });
    } else if (oid === oids.cRLReason) decodeReason(value);
    else if (oid === oids.invalidityDate) readInvalidityDate(value);
    else if (critical) this.unknownCriticalExtension ??= oid;
  }
}

function readInvalidityDate(value: Uint8Array): void {
  const outer = new DerReader(value);
  outer.generalizedTime();
  outer.finish();
}

/** Where an entry's serial number starts: behind the entry's header. */
function serialOffset(bytes: Uint8Array, entry: number): number {
  const length = bytes[entry + 1] ?? 0;
  return entry + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

/** Orders two entries by their serial numbers: shorter ones first, then octet by octet. */
function compareSerials(bytes: Uint8Array, a: number, b: number): number {
  const left = serialOffset(bytes, a) + 1;
  const right = serialOffset(bytes, b) + 1;
  const length = bytes[left] ?? 0;
  // The length octet is compared first, and then as many octets as it says.
  for (let i = 0; i <= length; i++) {
    const difference = (bytes[left + i] ?? 0) - (bytes[right + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Orders the INTEGER at an offset and a serial number's content the same way. */
function compareSerial(bytes: Uint8Array, offset: number, serialNumber: Uint8Array): number {
  const length = bytes[offset + 1] ?? 0;
  if (length !== serialNumber.length) return length - serialNumber.length;
  for (let i = 0; i < length; i++) {
    const difference = (bytes[offset + 2 + i] ?? 0) - (serialNumber[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
