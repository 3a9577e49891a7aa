/** What the admin API gives out, as schemas. The tests hold every answer of a running server to them. */
import { devicePlatforms, keyProtections, verificationChecks } from '../../../protocol/index.ts';
import { applicationKinds } from '../../applications/index.ts';
import { policyLimits } from '../../policy/index.ts';
import {
  flag,
  list,
  moment,
  object,
  oneOf,
  ref,
  sha256,
  text,
  whole,
  type JsonSchema,
} from './json-schema.ts';

const nameOf = (maxLength: number): JsonSchema => text(maxLength, { minLength: 1 });
const role = oneOf('admin', 'auditor');
const anything = { type: 'object' } as const;
const plain: JsonSchema = { type: 'string' };

const revocationSummary = object(
  {
    status: oneOf('good', 'not_checked'),
    method: oneOf('crl', 'ocsp'),
    origin: plain,
    thisUpdate: moment,
    nextUpdate: moment,
    ageSeconds: { type: 'integer' },
    stale: flag,
  },
  ['method', 'origin', 'thisUpdate', 'nextUpdate', 'ageSeconds', 'stale'],
);

const certificate = {
  ...{ subject: plain, issuer: plain, serialNumber: plain, notBefore: moment, notAfter: moment },
  ...{ sha256, publicKey: plain },
};

const statusEvidence = object(
  {
    ...{ method: oneOf('crl', 'ocsp'), origin: plain, thisUpdate: moment, nextUpdate: moment },
    ...{ ageSeconds: { type: 'integer' }, stale: flag },
  },
  ['nextUpdate'],
);

const explainedRevocation = object(
  {
    status: oneOf('good', 'not_checked'),
    evidence: list(statusEvidence),
    refusals: list(
      object({ method: oneOf('crl', 'ocsp'), origin: plain, message: plain }, ['origin']),
    ),
  },
  ['evidence', 'refusals'],
);

const claims = {
  ...{ platform: plain, osVersion: plain, hostname: plain, serial: plain, agentVersion: plain },
  ...{ agentInstance: plain, keyStore: plain, keyProtection: plain },
};

const decision = object(
  {
    ...{ outcome: oneOf('allow', 'deny'), code: plain, message: plain },
    policy: object({ id: plain, name: plain }),
    rule: object({ index: whole(), name: plain }),
  },
  ['policy', 'rule'],
);

const conditions = object(
  {
    device: oneOf('managed', 'unmanaged', 'any'),
    platforms: list(oneOf(...devicePlatforms), { minItems: 1 }),
    keyProtection: list(oneOf(...keyProtections), { minItems: 1 }),
    authorities: list(sha256, { minItems: 1, maxItems: policyLimits.authorities }),
    agentAtLeast: text(100),
    agentBelow: text(100),
  },
  ['device', 'platforms', 'keyProtection', 'authorities', 'agentAtLeast', 'agentBelow'],
);

const trustComponents = {
  Certificate: object({ ...certificate, revocation: revocationSummary }, ['revocation']),
  AuthorityRevocation: object({
    mode: oneOf('hard-fail', 'grace', 'off'),
    graceHours: whole(0, 24 * 365),
    methods: list(oneOf('crl', 'ocsp'), { minItems: 1, maxItems: 2 }),
    unpublished: oneOf('accept', 'refuse'),
  }),
  CertificateAuthority: object(
    {
      ...{ id: sha256, addedAt: moment, disabled: flag, certificate: ref('Certificate') },
      revocation: ref('AuthorityRevocation'),
      warnings: list(object({ code: plain, message: plain })),
      pem: plain,
    },
    ['pem'],
  ),
  AuthorityImpact: object({
    ...{ devices: whole(), moreDevices: flag, platforms: list(oneOf(...devicePlatforms)) },
    policies: list(object({ id: plain, name: plain })),
  }),
  Crl: object(
    {
      ...{ source: plain, issuer: plain, crlNumber: plain, delta: flag, entries: whole() },
      ...{ thisUpdate: moment, nextUpdate: moment, confirmedAt: moment, size: whole() },
    },
    ['crlNumber', 'nextUpdate', 'confirmedAt'],
  ),
  CrlProblem: object({ source: plain, message: plain }),
  RefusedPath: object({
    certificates: list(ref('Certificate')),
    ...{ code: plain, rule: plain, at: whole(), message: plain },
  }),
  Explanation: object(
    {
      ...{ target: ref('Certificate'), time: moment, accepted: flag },
      path: list(object({ ...certificate, revocation: explainedRevocation }, ['revocation'])),
      ...{ code: plain, rule: plain, message: plain },
      refusedPaths: list(ref('RefusedPath')),
    },
    ['path', 'code', 'rule', 'message'],
  ),
  PlatformTrust: object({
    enabled: flag,
    authorities: { oneOf: [{ const: 'all' }, list(sha256, { maxItems: 64 })] },
  }),
  EndpointManagement: object({
    platforms: object(
      Object.fromEntries(devicePlatforms.map((name) => [name, ref('PlatformTrust')])),
    ),
    version: whole(),
  }),
} as const;

const signInComponents = {
  PolicyRule: object(
    {
      name: nameOf(policyLimits.nameLength),
      when: conditions,
      effect: oneOf('allow', 'deny'),
      message: text(policyLimits.messageLength),
    },
    ['when', 'message'],
  ),
  Policy: object(
    {
      ...{ id: plain, name: nameOf(policyLimits.nameLength), version: whole(), updatedAt: moment },
      rules: list(ref('PolicyRule'), { maxItems: policyLimits.rules }),
    },
    ['updatedAt'],
  ),
  PolicyDecision: decision,
  DryRun: object({
    signIns: list(
      object({
        signIn: ref('SignIn'),
        before: oneOf('allow', 'deny'),
        ...{ after: ref('PolicyDecision'), changed: flag },
      }),
    ),
    counts: object({
      ...{ total: whole(), stillAllowed: whole(), stillDenied: whole() },
      ...{ newlyAllowed: whole(), newlyDenied: whole() },
    }),
  }),
  Application: object({
    ...{ id: plain, name: plain, kind: oneOf(...applicationKinds), policy: plain },
    ...{ origins: list(plain), redirectUris: list(plain), hasSecret: flag, settings: anything },
    ...{ disabled: flag, createdAt: moment, version: whole(1) },
  }),
  IssuedSecret: object({ application: ref('Application'), secret: plain }, ['secret']),
  VerificationResult: object(
    {
      ...{ managed: flag, code: plain, message: plain, transaction: plain, decidedAt: moment },
      checks: list(
        object({
          check: oneOf(...verificationChecks),
          outcome: oneOf('passed', 'failed', 'skipped'),
          message: plain,
        }),
      ),
      path: list(ref('Certificate')),
      refusedPaths: list(ref('RefusedPath')),
      device: object(
        {
          ...{ platform: plain, osVersion: plain, hostname: plain, serial: plain },
          ...{ agentVersion: plain },
          key: object({ store: plain, protection: plain, exportable: flag }, ['exportable']),
        },
        ['serial'],
      ),
      ...{ deviceId: plain, decision: ref('PolicyDecision') },
    },
    ['path', 'refusedPaths', 'device', 'deviceId', 'decision'],
  ),
  SignIn: object(
    {
      ...{ origin: plain, result: ref('VerificationResult') },
      ...{ application: plain, device: plain, user: plain },
    },
    ['application', 'device', 'user'],
  ),
  SignInStatistics: object({
    ...{ from: moment, to: moment, bucket: oneOf('hour', 'day') },
    buckets: list(object({ start: moment, allowed: whole(), denied: whole() })),
    reasons: list(object({ code: plain, count: whole(1) })),
  }),
} as const;

const deviceComponents = {
  Device: object(
    {
      ...{ id: plain, state: oneOf('active', 'deactivated'), firstSeenAt: moment },
      ...{ lastSeenAt: moment, certificate: sha256, openAlarms: whole(), ...claims },
      formerInstances: list(plain),
    },
    ['serial'],
  ),
  DeviceCertificate: object({
    ...{ sha256, device: plain, publicKeySha256: sha256, subject: plain, issuer: plain },
    ...{ serialNumber: plain, notBefore: moment, notAfter: moment, authority: plain },
    ...{ firstSeenAt: moment, lastSeenAt: moment },
  }),
  Alarm: object(
    {
      ...{ id: plain, device: plain, kind: oneOf('clone'), at: moment, message: plain },
      claims: object(claims, ['serial']),
      ...{ acknowledgedAt: moment, acknowledgedBy: plain },
    },
    ['acknowledgedAt', 'acknowledgedBy'],
  ),
  DeviceCounts: object({
    ...{ total: whole(), deactivated: whole(), openAlarms: whole() },
    byPlatform: { type: 'object', additionalProperties: whole() },
  }),
  InventorySettings: object({ clones: oneOf('refuse', 'alarm'), version: whole() }),
  Overview: object({
    devices: ref('DeviceCounts'),
    expiring: list(object({ start: moment, certificates: whole() })),
    signIns: ref('SignInStatistics'),
    certificateAuthorities: list(ref('CertificateAuthority')),
    ...{ crls: list(ref('Crl')), problems: list(ref('CrlProblem')) },
  }),
} as const;

const serverComponents = {
  SigningKey: object({
    ...{ id: plain, state: oneOf('next', 'signing', 'retiring') },
    ...{ createdAt: moment, signsFrom: moment },
  }),
  Passkey: object({ id: plain, name: plain, createdAt: moment, lastUsedAt: moment }, [
    'lastUsedAt',
  ]),
  Administrator: object(
    {
      ...{ id: plain, name: plain, role, hasPassword: flag, passkeys: list(ref('Passkey')) },
      federation: object({ issuer: plain, subject: plain }),
      ...{ disabled: flag, lockedUntil: moment, createdAt: moment, version: whole(1) },
    },
    ['federation', 'lockedUntil'],
  ),
  Session: object({ administrator: ref('Administrator'), csrfToken: plain }),
  Actor: object({ name: plain, role, via: oneOf('console', 'api'), csrfToken: plain }, [
    'csrfToken',
  ]),
  Ceremony: object({ ceremony: plain, options: anything }),
  ApiToken: object(
    {
      ...{ id: plain, name: plain, role, createdBy: plain, createdAt: moment },
      ...{ expiresAt: moment, lastUsedAt: moment },
    },
    ['expiresAt', 'lastUsedAt'],
  ),
  FederationProvider: object({
    ...{ name: plain, issuer: plain, clientId: plain, roleClaim: plain },
    ...{ adminValues: list(plain), auditorValues: list(plain) },
  }),
  Federation: object(
    { provider: ref('FederationProvider'), redirectUri: plain, version: whole() },
    ['provider'],
  ),
  AuditEntry: object(
    {
      ...{ sequence: whole(1), at: moment, actor: plain, via: plain, address: plain },
      ...{ action: plain, target: plain, before: {}, after: {}, previous: sha256, hash: sha256 },
    },
    ['address', 'target', 'before', 'after'],
  ),
  AuditProblem: object({
    ...{ sequence: whole(1), kind: oneOf('gap', 'link', 'content'), message: plain },
  }),
  Problem: object({ type: plain, status: whole(400, 599), code: plain, detail: plain }),
} as const;

/** Schemas by their name under `#/components/schemas/`. */
export const components: Readonly<Record<string, JsonSchema>> = {
  ...trustComponents,
  ...signInComponents,
  ...deviceComponents,
  ...serverComponents,
};
