/** Certificate authorities, CRLs, trying certificates, endpoint management. */
import { findCertificationPath, oids, trustAnchorFromCertificate } from '../../pki/index.ts';
import { TrustError, authorityJson, readAuthorityFile } from '../trust/index.ts';
import type { Acting } from './acting.ts';
import type {
  AuthorityImpact,
  AuthorityUseCases,
  CertificateUseCases,
  CrlUseCases,
  PlatformUseCases,
} from './administration.ts';
import type { AdministrationContext } from './context.ts';
import { explanationJson } from './explanation.ts';

/** Devices that {@link AuthorityUseCases.impact} counts at most. */
const maxCounted = 1000;

/** Certificate authorities. */
export function authorityUseCases(
  context: AdministrationContext,
  { change }: Acting,
): AuthorityUseCases {
  const { authorities } = context;
  return {
    list: () => authorities.list(),
    find: (id) => authorities.find(id),
    add: (file) =>
      change('certificate_authority.add', async () => {
        const result = await authorities.add(file);
        const target = result.map(({ id }) => id).join(' ');
        return { result, target, after: result.map(authorityJson) };
      }),
    setRevocation: (id, changes) =>
      change('certificate_authority.set_revocation', async () => {
        const { revocation: before } = await authorities.find(id);
        const result = await authorities.setRevocation(id, changes);
        return { result, target: result.id, before, after: result.revocation };
      }),
    setDisabled: (id, disabled) =>
      change(`certificate_authority.${disabled ? 'disable' : 'enable'}`, async () => {
        const before = await authorities.find(id);
        const result = await authorities.setDisabled(id, disabled);
        return {
          ...{ result, target: result.id },
          before: { disabled: before.disabled },
          after: { disabled },
        };
      }),
    impact: (id) => impactOf(context, id),
    remove: (id) =>
      change('certificate_authority.remove', async () => {
        const result = await authorities.remove(id);
        return { result, target: result.id, before: authorityJson(result) };
      }),
  };
}

async function impactOf(context: AdministrationContext, prefix: string): Promise<AuthorityImpact> {
  const { id } = await context.authorities.find(prefix);
  const devices = await context.inventory.list({ authority: id, limit: maxCounted });
  const policies = (await context.policies.list()).filter(({ rules }) =>
    rules.some(({ when }) => when.authorities?.includes(id) === true),
  );
  const counting = (await context.authorities.list()).filter(({ disabled }) => !disabled);
  const isOnly = counting.length === 1 && counting[0]?.id === id;
  const { platforms } = await context.platforms.settings();
  const left = Object.entries(platforms).filter(([, { enabled, authorities }]) => {
    if (!enabled) return false;
    return authorities === 'all' ? isOnly : authorities.length === 1 && authorities[0] === id;
  });
  return {
    devices: devices.items.length,
    moreDevices: devices.next !== undefined,
    policies: policies.map(({ id, name }) => ({ id, name })),
    platforms: left.map(([name]) => name),
  };
}

/** Certificate revocation lists. */
export function crlUseCases(
  { revocation }: AdministrationContext,
  { changeThenRecord }: Acting,
): CrlUseCases {
  return {
    list: () => revocation.list(),
    upload: (file) =>
      changeThenRecord('crl.upload', async () => {
        const result = await revocation.upload(file);
        return { result, target: result.map(({ source }) => source).join(' '), after: result };
      }),
    fetch: (address) =>
      changeThenRecord('crl.fetch', async () => {
        const result = await revocation.fetch(address);
        return { result, target: address, after: result };
      }),
    remove: (source) =>
      changeThenRecord('crl.remove', async () => {
        const before = (await revocation.list()).crls.find((crl) => crl.source === source);
        await revocation.remove(source);
        return { result: undefined, target: source, before };
      }),
  };
}

/** Trying certificates. */
export function certificateUseCases({
  authorities,
  revocation,
  clock,
}: AdministrationContext): CertificateUseCases {
  return {
    async explain(file) {
      const [target, ...intermediates] = readAuthorityFile(file);
      if (target === undefined) throw new TrustError('ca_file_unrecognized');
      const anchors = (await authorities.trusted()).map(({ certificate, settings }) =>
        trustAnchorFromCertificate(certificate, settings),
      );
      const time = clock.now();
      const result = await findCertificationPath({
        ...{ target, intermediates, anchors, time, checker: revocation.checker },
        requiredPurposes: [oids.clientAuth],
        requiredKeyUsages: ['digitalSignature'],
        revocation: await revocation.inputs(),
      });
      return explanationJson({ target, time, result });
    },
  };
}

/** Endpoint management. */
export function platformUseCases(
  { platforms }: AdministrationContext,
  { change }: Acting,
): PlatformUseCases {
  return {
    settings: () => platforms.settings(),
    change: (version, changes) =>
      change('endpoint_management.change', async () => {
        const { platforms: before } = await platforms.settings();
        const result = await platforms.change(version, changes);
        return { result, before, after: result.platforms };
      }),
  };
}
