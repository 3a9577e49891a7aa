/** The keys that challenges are signed with. */
import type { SigningKeyInfo } from '../../challenges/index.ts';
import type { SigningKeyPurpose } from '../../storage/index.ts';
import {
  address,
  badge,
  linkButton,
  pageHead,
  postForm,
  section,
  submitButton,
  table,
  timeElement,
  type ConsolePage,
  type Tone,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';

const states: Readonly<Record<SigningKeyInfo['state'], readonly [Tone, string]>> = {
  next: ['neutral', 'Next: published, not signing yet'],
  signing: ['good', 'Signing'],
  retiring: ['neutral', 'Retiring: still published'],
};

/** What keys sign. */
export const keyPurposes = ['challenges', 'openid'] as const satisfies SigningKeyPurpose[];

const purposes: Readonly<Record<SigningKeyPurpose, { title: string; text: string }>> = {
  challenges: {
    title: 'Challenges',
    text: 'Agents check these before they answer. A new key is published before it signs, so that agents know it in time.',
  },
  openid: {
    title: 'ID tokens',
    text: 'OpenID Connect clients check these. A new key is published before it signs; the one before stays published as long as its tokens are good.',
  },
};

/** The page. */
export function signingKeysPage(
  keys: Readonly<Record<SigningKeyPurpose, readonly SigningKeyInfo[]>>,
  viewer: Viewer,
): ConsolePage {
  return {
    title: 'Signing keys',
    area: 'signing-keys',
    content: html`${pageHead('Signing keys', 'What this server signs, and with which keys.')}
    ${keyPurposes.map((purpose) =>
      section(
        purposes[purpose].title,
        html`<p class="small">${purposes[purpose].text}</p>
          ${keyTable(purposes[purpose].title, keys[purpose])}
          ${viewer.role === 'admin' && keyActions(purpose, viewer)}`,
      ),
    )}`,
  };
}

function keyTable(title: string, keys: readonly SigningKeyInfo[]): Html {
  return table(
    `Keys that sign: ${title}`,
    [
      { title: 'Id', heading: true, cell: ({ id }: SigningKeyInfo) => html`<code>${id}</code>` },
      { title: 'Made', cell: ({ createdAt }) => timeElement(createdAt) },
      { title: 'Signs from', cell: ({ signsFrom }) => timeElement(signsFrom) },
      { title: 'State', cell: ({ state }) => badge(...states[state]) },
    ],
    keys,
  );
}

function keyActions(purpose: SigningKeyPurpose, { csrfToken }: Viewer): Html {
  const { title } = purposes[purpose];
  return html`<div class="form-actions">
    ${postForm(
      address(['signing-keys', purpose, 'rotate']),
      csrfToken,
      submitButton('Make a new key', 'plain', {
        name: 'confirmed',
        value: 'yes',
        label: `Make a new key: ${title}`,
      }),
    )}
    ${linkButton(
      address(['signing-keys', purpose, 'replace']),
      'A key has leaked…',
      'danger',
      `A key has leaked: ${title}`,
    )}
  </div>`;
}

/** Replacing every key of a purpose at once. */
export function replacementOfKeys(purpose: SigningKeyPurpose): Confirmation {
  const consequence: Readonly<Record<SigningKeyPurpose, string>> = {
    challenges:
      'Agents that pin a key in their settings refuse this server until they are given the new one.',
    openid:
      'ID tokens that were issued a moment ago are refused by those who have yet to check them.',
  };
  return {
    title: `Replace every key at once: ${purposes[purpose].title}?`,
    area: 'signing-keys',
    content: html`<p>
      Do this where a key has leaked. All present keys are deleted. ${consequence[purpose]}
    </p>`,
    action: address(['signing-keys', purpose, 'replace']),
    button: 'Replace every key',
    back: address(['signing-keys']),
  };
}
