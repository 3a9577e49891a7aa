/**
 * Reads PKCS #11 URIs, RFC 7512. A URI is a search: every attribute it names must match, and attributes it
 * does not name match anything.
 */
import { fromUtf8 } from '../../core/index.ts';
import { KeystoreError } from '../errors.ts';

/** A parsed URI: path attributes narrow the search, query attributes say how to get there. */
export interface Pkcs11Uri {
  readonly token?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly slotDescription?: string;
  readonly slotManufacturer?: string;
  readonly slotId?: number;
  readonly libraryDescription?: string;
  readonly libraryManufacturer?: string;
  readonly libraryVersion?: { readonly major: number; readonly minor: number };
  /** CKA_LABEL of the object. */
  readonly object?: string;
  /** CKA_ID of the object. */
  readonly id?: Uint8Array;
  readonly type?: Pkcs11ObjectType;
  /** Absolute path of the module. */
  readonly modulePath?: string;
  /** The module's name without directory, `lib` and suffix. */
  readonly moduleName?: string;
  /** What C_Initialize is given in pReserved; NSS reads its database's place from it. */
  readonly initArgs?: string;
  /** Absolute path of the file that holds the PIN. */
  readonly pinFile?: string;
}

/** Values of the `type` attribute. */
const pkcs11ObjectTypes = ['public', 'private', 'cert', 'secret-key', 'data'] as const;

/** One of {@link pkcs11ObjectTypes}. */
export type Pkcs11ObjectType = (typeof pkcs11ObjectTypes)[number];

type Draft = { -readonly [K in keyof Pkcs11Uri]: Pkcs11Uri[K] };
type Reader = (draft: Draft, value: Uint8Array, name: string) => void;

const maxLength = 4096;

const pathAttributes: Readonly<Record<string, Reader>> = {
  token: text('token'),
  manufacturer: text('manufacturer'),
  model: text('model'),
  serial: text('serial'),
  object: text('object'),
  'slot-description': text('slotDescription'),
  'slot-manufacturer': text('slotManufacturer'),
  'library-description': text('libraryDescription'),
  'library-manufacturer': text('libraryManufacturer'),
  'library-version': (draft, value, name) => {
    draft.libraryVersion = readVersion(toText(value, name));
  },
  'slot-id': (draft, value, name) => {
    draft.slotId = readSlotId(toText(value, name));
  },
  id: (draft, value) => {
    draft.id = value;
  },
  type: (draft, value, name) => {
    draft.type = readType(toText(value, name));
  },
};

const queryAttributes: Readonly<Record<string, Reader>> = {
  'module-path': (draft, value, name) => {
    draft.modulePath = readAbsolutePath(toText(value, name), name);
  },
  'module-name': (draft, value, name) => {
    draft.moduleName = readModuleName(toText(value, name));
  },
  'x-init-reserved': text('initArgs'),
  'pin-source': (draft, value, name) => {
    draft.pinFile = readPinSource(toText(value, name));
  },
  'pin-value': () => {
    throw invalid(
      'A PIN does not belong into a URI, which ends up in logs and process lists: remove pin-value and name an owner-only PIN file instead (pin-source, or the pinFile setting).',
    );
  },
};

/**
 * Parses a PKCS #11 URI (RFC 7512 section 2.3). An unknown path attribute is refused, because ignoring
 * it would widen the search; an unknown query attribute is ignored (section 2.3 leaves both open to
 * vendors).
 *
 * @param uri - the text, with its scheme
 * @throws KeystoreError `store_uri_invalid` with a sentence that says what is wrong
 */
export function parsePkcs11Uri(uri: string): Pkcs11Uri {
  if (uri.length > maxLength) throw invalid(`It is longer than ${maxLength} characters.`);
  if (!/^pkcs11:/i.test(uri)) throw invalid('It does not start with "pkcs11:".');
  const body = uri.slice('pkcs11:'.length);
  const mark = body.indexOf('?');
  const path = mark < 0 ? body : body.slice(0, mark);
  const query = mark < 0 ? '' : body.slice(mark + 1);
  const draft: Draft = {};
  readAttributes(draft, path.split(';'), pathCharacters, (name) => {
    const reader = lookUp(pathAttributes, name);
    if (reader === undefined) {
      throw invalid(
        `"${printable(name)}" is not a path attribute of RFC 7512; after the "?" come module-path, module-name and pin-source.`,
      );
    }
    return reader;
  });
  readAttributes(draft, query.split('&'), queryCharacters, (name) => lookUp(queryAttributes, name));
  return draft;
}

// RFC 7512 section 2.3: unreserved, the reserved characters it lets through, and percent-encoding.
const pathCharacters = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*$/;
const queryCharacters = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*$/;

function readAttributes(
  draft: Draft,
  parts: readonly string[],
  characters: RegExp,
  readerOf: (name: string) => Reader | undefined,
): void {
  const seen = new Set<string>();
  if (parts.length === 1 && parts[0] === '') return;
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (equals < 0 || !/^[A-Za-z0-9\-_]+$/.test(name)) {
      throw invalid(`"${printable(part)}" is not of the form name=value.`);
    }
    const value = part.slice(equals + 1);
    if (seen.has(name)) throw invalid(`The attribute "${name}" stands in it twice.`);
    seen.add(name);
    const reader = readerOf(name);
    if (!characters.test(value)) {
      throw invalid(
        `The value of "${name}" has characters that must be percent-encoded (RFC 7512 section 2.3).`,
      );
    }
    reader?.(draft, percentDecode(value), name);
  }
}

function lookUp(table: Readonly<Record<string, Reader>>, name: string): Reader | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

type TextKey = {
  [K in keyof Draft]-?: Draft[K] extends string | undefined
    ? string extends Draft[K]
      ? K
      : never
    : never;
}[keyof Draft];

function text(key: TextKey): Reader {
  return (draft, value, name) => {
    draft[key] = toText(value, name);
  };
}

function percentDecode(value: string): Uint8Array {
  const out = new Uint8Array(value.length);
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    if (value.charAt(i) === '%') {
      out[length++] = Number.parseInt(value.slice(i + 1, i + 3), 16);
      i += 2;
    } else out[length++] = value.charCodeAt(i);
  }
  return out.slice(0, length);
}

function toText(value: Uint8Array, name: string): string {
  try {
    const decoded = fromUtf8(value);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Falls through to the one answer for what is not text.
  }
  throw invalid(`The value of "${name}" is not UTF-8 text.`);
}

function readVersion(value: string): { major: number; minor: number } {
  const match = /^(\d{1,3})(?:\.(\d{1,3}))?$/.exec(value);
  const major = Number(match?.[1] ?? NaN);
  const minor = Number(match?.[2] ?? 0);
  if (!(major <= 255 && minor <= 255)) {
    throw invalid('library-version must be a number, or two joined by a dot, up to 255 each.');
  }
  return { major, minor };
}

function readSlotId(value: string): number {
  const id = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(id)) throw invalid('slot-id must be a decimal number.');
  return id;
}

function readType(value: string): Pkcs11ObjectType {
  const type = pkcs11ObjectTypes.find((known) => known === value);
  if (type === undefined) {
    throw invalid(`type must be one of ${pkcs11ObjectTypes.join(', ')}.`);
  }
  return type;
}

function readAbsolutePath(value: string, name: string): string {
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(value)) {
    throw invalid(`${name} must be an absolute path.`);
  }
  return value;
}

function readModuleName(value: string): string {
  if (!/^[A-Za-z0-9._-]+$/.test(value) || value.startsWith('.')) {
    throw invalid('module-name must be a bare name: letters, digits, dots, dashes, underscores.');
  }
  return value;
}

/** RFC 7512 section 2.4: a file URI or path is read; "|command" is not run. */
function readPinSource(value: string): string {
  if (value.startsWith('|')) {
    throw invalid('pin-source may not name a command to run; name an owner-only PIN file.');
  }
  const path = value.startsWith('file:')
    ? value.replace(/^file:(?:\/\/(?:localhost)?)?/, '')
    : value;
  return readAbsolutePath(path, 'pin-source');
}

function printable(value: string): string {
  return value.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}

function invalid(reason: string): KeystoreError {
  return new KeystoreError('store_uri_invalid', {
    message: `The PKCS#11 URI cannot be understood. ${reason}`,
  });
}
