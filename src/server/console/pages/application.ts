/** One application: how it is connected, its settings, and what is asked before it changes for people. */
import { counted } from '../../../core/index.ts';
import type { Application } from '../../applications/index.ts';
import {
  address,
  copyable,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { stateBadge } from './applications.ts';
import type { Confirmation } from './confirmation.ts';
import { applicationKinds } from './labels.ts';
import {
  applicationFields,
  type ApplicationForm,
  type ApplicationFormInput,
} from './application-fields.ts';
import { secretNotice } from './secret-notice.ts';

const segment = 'applications';

/** One application, or a new one. */
export function applicationPage(input: ApplicationFormInput, viewer: Viewer): ConsolePage {
  const { application, form, fault, secret } = input;
  const kind = applicationKinds[form.kind];
  const title = application === undefined ? `Add application: ${kind.name}` : application.name;
  return {
    title,
    area: segment,
    content: html`${pageHead(
      title,
      html`${application !== undefined && stateBadge(application)} ${kind.description}`,
      application !== undefined &&
        viewer.role === 'admin' &&
        applicationActions(application, viewer),
    )}
    ${secret !== undefined && secretNotice(secret)}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${application !== undefined && section('Connect it', connection(application, input.issuer))}
    ${
      viewer.role === 'admin'
        ? html`<div class="card">${applicationFields(input, viewer)}</div>`
        : section('Settings', readOnly(form))
    }`,
  };
}

function applicationActions(application: Application, { csrfToken }: Viewer): Html {
  const { id, disabled, version, hasSecret } = application;
  const enable = postForm(
    address([segment, id, 'state']),
    csrfToken,
    html`<input type="hidden" name="version" value="${version}" />
      <input type="hidden" name="disabled" value="no" /> ${submitButton('Enable')}`,
  );
  return html`${disabled ? enable : linkButton(address([segment, id, 'disable']), 'Disable')}
  ${hasSecret && linkButton(address([segment, id, 'secret']), 'New secret')}
  ${linkButton(address([segment, id, 'delete']), 'Delete', 'danger')}`;
}

function connection({ id, kind, hasSecret, createdAt }: Application, issuer: string): Html {
  const isOpenId = kind !== 'api';
  return facts([
    ['Client ID', copyable(id, 'client ID')],
    ['Client secret', hasSecret ? 'was shown when it was made' : 'none (public client)'],
    ['Issuer', isOpenId && copyable(issuer, 'issuer')],
    [
      'Discovery',
      isOpenId && copyable(`${issuer}/.well-known/openid-configuration`, 'discovery address'),
    ],
    ['Added', timeElement(createdAt)],
  ]);
}

function readOnly(form: ApplicationForm): Html {
  return facts([
    ['Policy', html`<a href="${address(['policies', form.policy])}">${form.policy}</a>`],
    ['Web origins', form.origins],
    ['Redirect URIs', form.redirectUris],
    ['Tenant', form.tenant],
    ['App registration', form.appId],
  ]);
}

/** What hangs on an application. */
export interface ApplicationUse {
  /** Sign-ins through it in the last seven days. */
  readonly signIns: number;
}

function useOf({ signIns }: ApplicationUse): Html {
  return facts([['In the last 7 days', counted(signIns, 'sign-in')]]);
}

/** What is asked before an application is disabled. */
export function disablingOfApplication(
  { id, name, version }: Application,
  use: ApplicationUse,
): Confirmation {
  return {
    title: `Disable ${name}?`,
    area: segment,
    content: html`<p>Nobody can sign in through it until it is enabled again.</p>
      ${useOf(use)}`,
    action: address([segment, id, 'state']),
    fields: [
      ['version', version],
      ['disabled', 'yes'],
    ],
    button: 'Disable application',
    back: address([segment, id]),
  };
}

/** What is asked before an application gets a new secret. */
export function newSecretOfApplication(
  { id, name }: Application,
  use: ApplicationUse,
): Confirmation {
  return {
    title: `Make a new secret for ${name}?`,
    area: segment,
    content: html`<p>
        The present secret ends at once: sign-ins fail until the new one is entered.
      </p>
      ${useOf(use)}`,
    action: address([segment, id, 'secret']),
    button: 'Make a new secret',
    back: address([segment, id]),
  };
}

/** What is asked before an application is deleted. */
export function deletionOfApplication(
  { id, name }: Application,
  use: ApplicationUse,
): Confirmation {
  return {
    title: `Delete ${name}?`,
    area: segment,
    content: html`<p>
        Nobody can sign in through it any more. It cannot be brought back: a new one has another
        client ID.
      </p>
      ${useOf(use)}`,
    action: address([segment, id, 'delete']),
    button: 'Delete application',
    back: address([segment, id]),
  };
}
