/** One administrator, or a new one, and what is asked before one is disabled or deleted. */
import type { AdministratorInfo } from '../../admins/index.ts';
import {
  address,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  textField,
  timeElement,
  unlessOld,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';
import { means, stateBadge } from './administrators.ts';
import { roleName, roles } from './roles.ts';

/** What the form of a new administrator holds. */
export interface AdministratorForm {
  readonly name: string;
  readonly role: string;
  readonly subject: string;
  readonly fault?: string | undefined;
}

const newAdministrator = ['administrators', 'new'];

/** A new administrator. */
export function newAdministratorPage(form: AdministratorForm, viewer: Viewer): ConsolePage {
  return {
    title: 'Add administrator',
    area: 'administrators',
    content: html`${pageHead(
        'Add administrator',
        'Give the person their password by another way than the name; they can change it and add a passkey under their own account.',
      )}
      <div class="card">
        ${form.fault !== undefined && notice('bad', html`<p>${form.fault}</p>`, 'alert')}
        ${unlessOld(viewer, 'add an administrator', newAdministrator, () =>
          newAdministratorForm(form, viewer),
        )}
      </div>`,
  };
}

function newAdministratorForm(form: AdministratorForm, { csrfToken }: Viewer): Html {
  return postForm(
    address(newAdministrator),
    csrfToken,
    html`${textField({ name: 'name', label: 'Name', value: form.name, required: true })}
      ${selectField({ name: 'role', label: 'Role', value: form.role, choices: roles })}
      ${textField({
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'new-password',
        maxLength: 256,
        hint: 'At least 12 characters. Leave empty for one who signs in at your OpenID provider.',
      })}
      ${textField({
        name: 'subject',
        label: 'Subject (sub) at your OpenID provider',
        value: form.subject,
        maxLength: 255,
        hint: 'Only for one who signs in there.',
      })}
      <div class="form-actions">
        ${submitButton('Add')} ${linkButton(address(['administrators']), 'Cancel')}
      </div>`,
    'stacked',
  );
}

/** One administrator. */
export function administratorPage(
  administrator: AdministratorInfo,
  fault: string | undefined,
  viewer: Viewer,
  now: Date,
): ConsolePage {
  const { name, role, createdAt, lockedUntil, federation } = administrator;
  return {
    title: name,
    area: 'administrators',
    content: html`${pageHead(
      name,
      stateBadge(administrator, now),
      viewer.role === 'admin' && administratorActions(administrator, viewer),
    )}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${section(
      'Account',
      facts([
        ['Role', roleName(role)],
        ['Signs in with', means(administrator)],
        ['Subject', federation?.subject],
        ['Added', timeElement(createdAt)],
        ['Locked until', lockedUntil && lockedUntil > now && timeElement(lockedUntil)],
      ]),
    )}
    ${viewer.role === 'admin' && administratorForms(administrator, viewer)}`,
  };
}

function administratorActions(
  { id, disabled, version }: AdministratorInfo,
  { csrfToken }: Viewer,
): Html {
  const enable = postForm(
    address(['administrators', id, 'state']),
    csrfToken,
    html`<input type="hidden" name="version" value="${version}" />
      <input type="hidden" name="disabled" value="no" /> ${submitButton('Enable')}`,
  );
  return html`${disabled ? enable : linkButton(address(['administrators', id, 'disable']), 'Disable')}
  ${linkButton(address(['administrators', id, 'delete']), 'Delete', 'danger')}`;
}

function administratorForms(administrator: AdministratorInfo, viewer: Viewer): Html {
  const back = ['administrators', administrator.id];
  return html`<div class="columns">
    ${section(
      'Change the role',
      unlessOld(viewer, 'change the role', back, () => roleForm(administrator, viewer)),
    )}
    ${section(
      'New password',
      unlessOld(viewer, 'set a password', back, () => passwordForm(administrator, viewer)),
    )}
  </div>`;
}

function roleForm({ id, role, version }: AdministratorInfo, { csrfToken }: Viewer): Html {
  return postForm(
    address(['administrators', id]),
    csrfToken,
    html`<input type="hidden" name="version" value="${version}" />
      ${selectField({ name: 'role', label: 'Role', value: role, choices: roles })}
      <p class="hint">Ends the sessions of the person, who signs in anew.</p>
      <div class="form-actions">${submitButton('Save')}</div>`,
    'stacked',
  );
}

function passwordForm({ id }: AdministratorInfo, { csrfToken }: Viewer): Html {
  return postForm(
    address(['administrators', id, 'password']),
    csrfToken,
    html`${textField({
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'new-password',
        maxLength: 256,
        hint: 'At least 12 characters. Ends a lock-out and every session of the person.',
        required: true,
      })}
      <div class="form-actions">${submitButton('Set password')}</div>`,
    'stacked',
  );
}

/** What is asked before an administrator is disabled. */
export function disablingOfAdministrator({ id, name, version }: AdministratorInfo): Confirmation {
  return {
    title: `Disable ${name}?`,
    area: 'administrators',
    content: html`<p>
      Their sessions end at once, and they cannot sign in until they are enabled again. API tokens
      that they made keep working.
    </p>`,
    action: address(['administrators', id, 'state']),
    fields: [
      ['version', version],
      ['disabled', 'yes'],
    ],
    button: 'Disable administrator',
    back: address(['administrators', id]),
  };
}

/** What is asked before an administrator is deleted. */
export function deletionOfAdministrator({ id, name }: AdministratorInfo): Confirmation {
  return {
    title: `Delete ${name}?`,
    area: 'administrators',
    content: html`<p>Their sessions end at once. What they did stays in the audit log.</p>`,
    action: address(['administrators', id, 'delete']),
    button: 'Delete administrator',
    back: address(['administrators', id]),
  };
}
