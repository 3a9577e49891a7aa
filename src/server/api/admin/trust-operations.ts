/** Certificate authorities, CRLs, trying certificates, endpoint management. */
import { encodePem } from '../../../pki/index.ts';
import { crlJson, maxCrlFileBytes } from '../../revocation/index.ts';
import type { AuthorityRevocation } from '../../storage/index.ts';
import { authorityJson, maxFileBytes, type PlatformChanges } from '../../trust/index.ts';
import { flag, list, object, ref, text, whole } from './json-schema.ts';
import { json, noContent, operation, type Operation } from './operation.ts';
import { devicePlatforms } from '../../../protocol/index.ts';

const tag = 'Certificate authorities';
const authoritiesPath = '/certificate-authorities';
const authorityPath = `${authoritiesPath}/{id}`;
const authorityList = object({ certificateAuthorities: list(ref('CertificateAuthority')) });
const crlList = object({ crls: list(ref('Crl')) });

/** Certificate authorities. */
const authorityOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listCertificateAuthorities', method: 'GET', path: authoritiesPath, tag },
    ...{ summary: 'Lists the certificate authorities', role: 'auditor' },
    answer: json(authorityList),
    handle: async ({ administration }) => ({
      certificateAuthorities: (await administration.authorities.list()).map(authorityJson),
    }),
  }),
  operation<Uint8Array>({
    ...{ id: 'addCertificateAuthorities', method: 'POST', path: authoritiesPath, tag },
    ...{ summary: 'Adds the authorities of a file: all of them, or none', role: 'admin' },
    body: {
      ...{ kind: 'file', maxBytes: maxFileBytes },
      description: 'Certificates in PEM or DER form. What the file is called does not matter.',
    },
    ...{ answer: json(authorityList, 'They were added.', 201), refusals: [409, 413, 422] },
    handle: async ({ administration, body }) => ({
      certificateAuthorities: (await administration.authorities.add(body)).map(authorityJson),
    }),
  }),
  operation({
    ...{ id: 'getCertificateAuthority', method: 'GET', path: authorityPath, tag },
    ...{ summary: 'Shows an authority with its certificate in PEM', role: 'auditor' },
    ...{ answer: json(ref('CertificateAuthority')), refusals: [404, 422] },
    handle: async ({ administration, params: { id = '' } }) => {
      const found = await administration.authorities.find(id);
      return { ...authorityJson(found), pem: encodePem('CERTIFICATE', found.der) };
    },
  }),
  operation<{ revocation?: Partial<AuthorityRevocation>; disabled?: boolean }>({
    ...{ id: 'changeCertificateAuthority', method: 'PATCH', path: authorityPath, tag },
    summary: 'Changes how certificates below an authority are checked, or disables it',
    role: 'admin',
    body: {
      kind: 'json',
      schema: {
        ...object(
          { revocation: { type: 'object', description: 'Members to change.' }, disabled: flag },
          ['revocation', 'disabled'],
        ),
        minProperties: 1,
      },
    },
    ...{ answer: json(ref('CertificateAuthority')), refusals: [404, 422] },
    handle: async ({ administration, params: { id = '' }, body: { revocation, disabled } }) => {
      const { authorities } = administration;
      if (revocation !== undefined) await authorities.setRevocation(id, revocation);
      if (disabled !== undefined) await authorities.setDisabled(id, disabled);
      return authorityJson(await authorities.find(id));
    },
  }),
  operation({
    ...{ id: 'getCertificateAuthorityImpact', method: 'GET', path: `${authorityPath}/impact`, tag },
    ...{ summary: 'Shows what disabling or removing an authority would affect', role: 'auditor' },
    ...{ answer: json(ref('AuthorityImpact')), refusals: [404, 422] },
    handle: ({ administration, params: { id = '' } }) => administration.authorities.impact(id),
  }),
  operation({
    ...{ id: 'removeCertificateAuthority', method: 'DELETE', path: authorityPath, tag },
    ...{ summary: 'Removes an authority', role: 'admin' },
    ...{ answer: noContent, refusals: [404, 422] },
    handle: ({ administration, params: { id = '' } }) => administration.authorities.remove(id),
  }),
];

const crlTag = 'Revocation';

/** CRLs. */
const crlOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listCrls', method: 'GET', path: '/crls', tag: crlTag },
    ...{ summary: 'Lists the CRLs, and the sources that give none', role: 'auditor' },
    answer: json(object({ crls: list(ref('Crl')), problems: list(ref('CrlProblem')) })),
    handle: async ({ administration }) => {
      const { crls, problems } = await administration.crls.list();
      return { crls: crls.map(crlJson), problems };
    },
  }),
  operation<Uint8Array>({
    ...{ id: 'uploadCrls', method: 'POST', path: '/crls', tag: crlTag },
    ...{ summary: 'Keeps the CRLs of a file', role: 'admin' },
    body: { kind: 'file', maxBytes: maxCrlFileBytes, description: 'CRLs in PEM or DER form.' },
    ...{ answer: json(crlList, 'They were taken.', 201), refusals: [409, 413, 422] },
    handle: async ({ administration, body }) => ({
      crls: (await administration.crls.upload(body)).map(crlJson),
    }),
  }),
  operation<undefined, { source: string }>({
    ...{ id: 'removeCrl', method: 'DELETE', path: '/crls', tag: crlTag },
    summary: 'Removes a CRL; one that certificates name is fetched again',
    role: 'admin',
    query: { source: text(2048) },
    requiredQuery: ['source'],
    ...{ answer: noContent, refusals: [404] },
    handle: ({ administration, query }) => administration.crls.remove(query.source),
  }),
  operation<{ address: string }>({
    ...{ id: 'fetchCrl', method: 'POST', path: '/crls/fetch', tag: crlTag },
    ...{ summary: 'Fetches the CRL of an address now', role: 'admin' },
    body: { kind: 'json', schema: object({ address: text(2048) }) },
    ...{ answer: json(ref('Crl')), refusals: [409, 422] },
    handle: async ({ administration, body }) =>
      crlJson(await administration.crls.fetch(body.address)),
  }),
  operation<Uint8Array>({
    ...{ id: 'explainCertificate', method: 'POST', path: '/certificates/explain', tag: crlTag },
    summary: 'Validates a certificate as a device’s, and explains the result',
    role: 'auditor',
    body: {
      ...{ kind: 'file', maxBytes: maxFileBytes },
      description: 'The certificate, and intermediates after it, in PEM or DER form.',
    },
    ...{ answer: json(ref('Explanation')), refusals: [413, 422] },
    handle: ({ administration, body }) => administration.certificates.explain(body),
  }),
];

const platformTag = 'Endpoint management';
const platformsPath = '/endpoint-management';

/** Endpoint management. */
const platformOperations: readonly Operation[] = [
  operation({
    ...{ id: 'getEndpointManagement', method: 'GET', path: platformsPath, tag: platformTag },
    summary: 'Shows on which platforms devices count as managed, under which authorities',
    role: 'auditor',
    answer: json(ref('EndpointManagement')),
    handle: ({ administration }) => administration.platforms.settings(),
  }),
  operation<{ version: number; platforms: PlatformChanges }>({
    ...{ id: 'changeEndpointManagement', method: 'PATCH', path: platformsPath, tag: platformTag },
    ...{ summary: 'Changes platforms; those left out stay as they are', role: 'admin' },
    body: {
      kind: 'json',
      schema: object({
        version: whole(),
        platforms: object(
          Object.fromEntries(devicePlatforms.map((name) => [name, ref('PlatformTrust')])),
          devicePlatforms,
        ),
      }),
    },
    ...{ answer: json(ref('EndpointManagement')), refusals: [409, 422] },
    handle: ({ administration, body: { version, platforms } }) =>
      administration.platforms.change(version, platforms),
  }),
];

/** All of them. */
export const trustOperations: readonly Operation[] = [
  ...authorityOperations,
  ...crlOperations,
  ...platformOperations,
];
