import type {
  Administration,
  AuthorityDetails,
  AuthorityImpact,
} from '../../administration/index.ts';
import { parseCertificate } from '../../../pki/index.ts';
import type { AuthorityRevocation } from '../../storage/index.ts';
import { authorityTrees, describeAuthority, maxFileBytes } from '../../trust/index.ts';
import { readUploads, type Fields, type UploadedFile } from '../form.ts';
import { authoritiesPage } from '../pages/authorities.ts';
import { authorityPage, deletionOfAuthority, disablingOfAuthority } from '../pages/authority.ts';
import { confirmationPage, type Confirmation } from '../pages/confirmation.ts';
import { shortName } from '../pages/labels.ts';
import { addAuthorityPage, testCertificatePage, type UploadResult } from '../pages/uploads.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'certificate-authorities';

/** Room for several files of the largest size, in base64url. */
const uploadLimit = 6 << 20;

/** Adds the certificate authorities, and the trying of certificates. */
export function registerAuthorities(scope: ConsoleScope): void {
  const { page, adminPage, action } = scope;
  page(`/${segment}`, async ({ administration, viewer, now }) => {
    const authorities = await administration.authorities.list();
    return show(authoritiesPage(authorities, authorityTrees(authorities), viewer, now));
  });
  adminPage(`/${segment}/add`, ({ viewer }) =>
    Promise.resolve(show(addAuthorityPage(viewer, [], '', maxFileBytes))),
  );
  action(`/${segment}/add`, addAuthorities, { bodyLimit: uploadLimit });
  page(`/${segment}/:id`, async (request) => {
    const authority = await request.administration.authorities.find(request.param('id'));
    return showAuthority(request, authority);
  });
  registerChanges(scope);
  page('/test-certificate', ({ viewer }) =>
    Promise.resolve(show(testCertificatePage(viewer, {}, '', maxFileBytes))),
  );
  action('/test-certificate', testCertificate, { bodyLimit: uploadLimit, forAuditors: true });
}

function registerChanges({ adminPage, action }: ConsoleScope): void {
  action(`/${segment}/:id/revocation`, async (request) => {
    const { administration, form, param } = request;
    const changes = readRevocation(form);
    const { value, fault } = await attempt(() =>
      administration.authorities.setRevocation(param('id'), changes),
    );
    if (value !== undefined) return goTo([segment, value.id], 'The revocation settings are saved.');
    const authority = await administration.authorities.find(param('id'));
    const revocation = { ...authority.revocation, ...changes };
    return showAuthority(request, { ...authority, revocation }, fault);
  });
  adminPage(`/${segment}/:id/disable`, (request) => ask(request, disablingOfAuthority));
  action(`/${segment}/:id/state`, async ({ administration, form, param }) => {
    const disabled = form.text('disabled') === 'yes';
    const { id } = await administration.authorities.setDisabled(param('id'), disabled);
    const text = disabled
      ? 'The certificate authority counts for nothing until it is enabled again.'
      : 'The certificate authority counts again.';
    return goTo([segment, id], text);
  });
  adminPage(`/${segment}/:id/delete`, (request) => ask(request, deletionOfAuthority));
  action(`/${segment}/:id/delete`, async ({ administration, param }) => {
    const { certificate } = await administration.authorities.remove(param('id'));
    return goTo([segment], `${shortName(certificate.subject)} is deleted.`);
  });
}

/** Shows a question about an authority, with what it would affect. */
async function ask(
  { administration, param, viewer }: ConsoleRequest,
  question: (authority: AuthorityDetails, impact: AuthorityImpact) => Confirmation,
) {
  const authority = await administration.authorities.find(param('id'));
  const impact = await administration.authorities.impact(authority.id);
  return show(confirmationPage(question(authority, impact), viewer));
}

async function showAuthority(
  { administration, viewer, now }: ConsoleRequest,
  authority: AuthorityDetails,
  fault?: string,
) {
  const { crls } = await administration.crls.list();
  const certificate = describeAuthority(parseCertificate(authority.der));
  const own = crls.filter(({ issuer }) => issuer === certificate.subject);
  return show(authorityPage({ authority, certificate, crls: own, fault }, viewer, now), fault);
}

async function addAuthorities({ administration, form, viewer }: ConsoleRequest) {
  const results: UploadResult[] = [];
  for (const file of readUploads(form)) results.push(await addFile(administration, file));
  const faults = results.filter(({ fault }) => fault !== undefined);
  if (faults.length === 0) {
    return goTo([segment], results.map(({ taken }) => taken).join(' '));
  }
  const isPastedWrong = faults.some(({ file }) => file === undefined);
  const pasted = isPastedWrong ? withoutSecrets(form.raw('text')) : '';
  return show(addAuthorityPage(viewer, results, pasted, maxFileBytes), faults[0]?.fault);
}

/** A private key that was pasted by mistake is not sent back. */
function withoutSecrets(text: string): string {
  return text.includes('PRIVATE KEY') ? '' : text;
}

async function addFile(administration: Administration, { name, content }: UploadedFile) {
  const { value = [], fault } = await attempt(() => administration.authorities.add(content));
  const names = value.map(({ certificate }) => shortName(certificate.subject));
  const taken =
    names.length === 1
      ? `The certificate authority ${names.join()} is added.`
      : `The certificate authorities ${names.join(', ')} are added.`;
  return { file: name, fault, taken };
}

async function testCertificate({ administration, form, viewer }: ConsoleRequest) {
  const [file] = readUploads(form);
  const pasted = file?.name === undefined ? withoutSecrets(form.raw('text')) : '';
  const { value, fault } = await attempt(() =>
    administration.certificates.explain(file?.content ?? new Uint8Array()),
  );
  const outcome = value === undefined ? { fault } : { explained: value };
  return show(testCertificatePage(viewer, outcome, pasted, maxFileBytes), fault);
}

function readRevocation(form: Fields): AuthorityRevocation {
  const hours = form.text('graceHours');
  const methods = form.choice('methods', ['crl,ocsp', 'ocsp,crl', 'crl', 'ocsp']);
  return {
    mode: form.choice('mode', ['hard-fail', 'grace', 'off']),
    graceHours: /^\d{1,6}$/.test(hours) ? Number(hours) : -1,
    methods: methods.split(',') as AuthorityRevocation['methods'],
    unpublished: form.choice('unpublished', ['accept', 'refuse']),
  };
}
