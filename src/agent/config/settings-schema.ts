/**
 * The one table of the agent's settings. The parser reads by it; the published JSON Schema and the
 * administrative templates are made from it, so that none of them can say anything else.
 */
import { isAbsolute } from 'node:path';
import type { JsonObject, JsonValue } from '../../core/index.ts';
import { defaultLoopbackPorts, parseOrigin, parseServerUrl } from '../../protocol/index.ts';

/** Levels of the agent's log. */
export const agentLogLevels = ['error', 'warn', 'info', 'debug'] as const;

/** A kind of text: how it is read, and what is said of one that is not of the kind. */
interface TextFormat {
  /** @returns the text in its normal form, or undefined where it is not of this kind */
  readonly read: (text: string) => string | undefined;
  /** The second half of a sentence that begins with the member's name. */
  readonly rule: string;
  /** What JSON Schema can say of it. */
  readonly keywords: JsonObject;
}

/** The kinds of texts. */
export const textFormats = {
  path: {
    read: (text) => (isAbsolute(text) ? text : undefined),
    rule: 'must be an absolute path',
    keywords: {},
  },
  serverUrl: {
    read: (text) => (parseServerUrl(text) === undefined ? undefined : text),
    rule: 'must be an https URL (http only on this machine)',
    keywords: { format: 'uri', pattern: '^https?://' },
  },
  origin: {
    read: (text) => parseOrigin(text),
    rule: 'must be a web origin such as https://login.example.com, without a path',
    keywords: { format: 'uri', pattern: '^https?://[^/]+$' },
  },
  storeUri: {
    read: (text) => (/[?&;]pin-value=/i.test(text) ? undefined : text),
    rule: 'must not hold a PIN (pin-value); name a file with it as "pinFile"',
    keywords: {},
  },
  proxyUrl: {
    read: readProxyUrl,
    rule: 'must be an http or https URL without user name and password',
    keywords: { format: 'uri', pattern: '^https?://[^@]+$' },
  },
  hostPattern: { read: (text) => text, rule: 'must be a host', keywords: {} },
} as const satisfies Readonly<Record<string, TextFormat>>;

function readProxyUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.username === '' && url.password === '' ? text : undefined;
}

/** What a value may be. */
export type ValueSchema =
  | { readonly kind: 'text'; readonly format: keyof typeof textFormats }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum: number }
  /** A JWK set (RFC 7517 section 5) of public keys that can sign challenges. */
  | { readonly kind: 'keySet' }
  | {
      readonly kind: 'array';
      readonly items: ValueSchema;
      readonly minItems: number;
      readonly maxItems: number;
      readonly unique: boolean;
    }
  | { readonly kind: 'object'; readonly members: Readonly<Record<string, MemberSchema>> };

/** A member of an object. */
export interface MemberSchema {
  readonly value: ValueSchema;
  readonly required: boolean;
  /** One sentence for people; templates show it. */
  readonly description: string;
  /** What applies where the member is absent, where that is the same on every machine. */
  readonly default?: JsonValue;
}

/** A setting: a member at the top. */
export interface SettingSchema extends MemberSchema {
  /** The name that templates show. */
  readonly title: string;
  /** A value that could stand there. */
  readonly example: JsonValue;
}

const listOf = <Items extends ValueSchema>(items: Items, minItems: number, maxItems: number) =>
  ({ kind: 'array', items, minItems, maxItems, unique: false }) as const;

const server = {
  kind: 'object',
  members: {
    issuer: {
      value: { kind: 'text', format: 'serverUrl' },
      required: true,
      description: 'The server’s URL, exactly as its challenges name it.',
    },
    origins: {
      value: listOf({ kind: 'text', format: 'origin' }, 1, 64),
      required: true,
      description: 'Web origins whose pages may deliver this server’s challenges.',
    },
    jwksUri: {
      value: { kind: 'text', format: 'serverUrl' },
      required: false,
      description:
        'Where the server publishes the keys that sign its challenges; /.well-known/jwks.json of the issuer unless told.',
    },
    keys: {
      value: { kind: 'keySet' },
      required: false,
      description: 'A JWK set of the server’s keys, instead of fetching them.',
    },
    caFile: {
      value: { kind: 'text', format: 'path' },
      required: false,
      description: 'PEM file of authorities trusted for this server’s TLS, besides the others.',
    },
  },
} as const satisfies ValueSchema;

const store = {
  kind: 'object',
  members: {
    uri: {
      value: { kind: 'text', format: 'storeUri' },
      required: true,
      description: 'URI of the certificate store.',
    },
    pinFile: {
      value: { kind: 'text', format: 'path' },
      required: false,
      description: 'File with the PIN or password, readable by its owner only.',
    },
  },
} as const satisfies ValueSchema;

const proxy = {
  kind: 'object',
  members: {
    url: {
      value: { kind: 'text', format: 'proxyUrl' },
      required: true,
      description: 'HTTP proxy on the way to the servers.',
    },
    noProxy: {
      value: listOf({ kind: 'text', format: 'hostPattern' }, 0, 64),
      required: false,
      description: 'Host names, with all below them, and addresses that are reached without it.',
      default: [],
    },
  },
} as const satisfies ValueSchema;

/** All settings, in the order in which people are told of them. */
export const settingsSchema = {
  servers: {
    title: 'Servers',
    value: listOf(server, 0, 16),
    required: false,
    description: 'The sign-in servers that this device proves itself to, and no others.',
    example: [{ issuer: 'https://auth.example.com', origins: ['https://login.example.com'] }],
  },
  stores: {
    title: 'Certificate stores',
    value: listOf(store, 0, 16),
    required: false,
    description: 'Where the device’s certificates are looked for, instead of the usual place.',
    example: [{ uri: 'pkcs11:token=device?module-path=/usr/lib/softhsm/libsofthsm2.so' }],
  },
  ports: {
    title: 'Loopback ports',
    value: { ...listOf({ kind: 'integer', minimum: 1024, maximum: 65535 }, 1, 16), unique: true },
    required: false,
    description: 'Loopback ports to try in order; the servers must be told the same ones.',
    default: defaultLoopbackPorts,
    example: defaultLoopbackPorts,
  },
  proxy: {
    title: 'Proxy',
    value: proxy,
    required: false,
    description: 'The HTTP proxy on the way to the servers; without one they are reached directly.',
    example: { url: 'http://proxy.example.com:3128', noProxy: ['example.com'] },
  },
  caFile: {
    title: 'Further authorities for TLS',
    value: { kind: 'text', format: 'path' },
    required: false,
    description:
      'PEM file of authorities trusted for the servers’ TLS, besides those of the system.',
    example: '/etc/countersign/ca.pem',
  },
  auditLog: {
    title: 'Audit log',
    value: { kind: 'text', format: 'path' },
    required: false,
    description: 'File of the audit log; audit.jsonl in the state directory unless told.',
    example: '/var/log/countersign/audit.jsonl',
  },
  logLevel: {
    title: 'Log level',
    value: { kind: 'choice', choices: agentLogLevels },
    required: false,
    description: 'How much the agent logs.',
    default: 'info',
    example: 'info',
  },
  expiryNoticeDays: {
    title: 'Notice before a certificate ends',
    value: { kind: 'integer', minimum: 1, maximum: 365 },
    required: false,
    description:
      'Days before its certificate’s end from which on a person is told once a day that it has not been renewed; nobody is told unless this is set.',
    example: 7,
  },
  stateDirectory: {
    title: 'State directory',
    value: { kind: 'text', format: 'path' },
    required: false,
    description: 'The agent’s own directory, closed to other users.',
    example: '/var/lib/countersign',
  },
} as const satisfies Readonly<Record<string, SettingSchema>>;

/** Under which names the operating systems keep managed settings: a registry key, a preferences domain. */
export const managedPolicyDomains = { win32: 'Countersign', darwin: 'countersign.agent' } as const;

/** The name of a setting. */
export type SettingName = keyof typeof settingsSchema;

/** The names of all settings. */
export const settingNames = Object.keys(settingsSchema) as readonly SettingName[];

/** The type of a value that fits a schema. */
export type ValueOf<S> = S extends {
  readonly kind: 'choice';
  readonly choices: readonly (infer C)[];
}
  ? C
  : S extends { readonly kind: 'integer' }
    ? number
    : S extends { readonly kind: 'keySet' }
      ? readonly JsonObject[]
      : S extends { readonly kind: 'array'; readonly items: infer I }
        ? readonly ValueOf<I>[]
        : S extends { readonly kind: 'object'; readonly members: infer M }
          ? { readonly [K in keyof M]: MemberOf<M[K]> }
          : string;

type MemberOf<M> = M extends { readonly required: true; readonly value: infer V }
  ? ValueOf<V>
  : M extends { readonly value: infer V }
    ? ValueOf<V> | undefined
    : never;
