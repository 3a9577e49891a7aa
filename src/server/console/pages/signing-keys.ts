/** The keys that challenges are signed with. */
import type { SigningKeyInfo } from '../../challenges/index.ts';
import {
  address,
  badge,
  linkButton,
  pageHead,
  postForm,
  submitButton,
  table,
  timeElement,
  type ConsolePage,
  type Tone,
  type Viewer,
} from '../markup/index.ts';
import { html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';

const states: Readonly<Record<SigningKeyInfo['state'], readonly [Tone, string]>> = {
  next: ['neutral', 'Next: published, not signing yet'],
  signing: ['good', 'Signing'],
  retiring: ['neutral', 'Retiring: still published'],
};

/** The page. */
export function signingKeysPage(keys: readonly SigningKeyInfo[], viewer: Viewer): ConsolePage {
  return {
    title: 'Signing keys',
    area: 'signing-keys',
    content: html`${pageHead(
      'Signing keys',
      'Challenges are signed with these. A new key is published before it signs, so that agents know it in time.',
      viewer.role === 'admin' &&
        html`${postForm(
          address(['signing-keys', 'rotate']),
          viewer.csrfToken,
          submitButton('Make a new key', 'plain'),
        )}
        ${linkButton(address(['signing-keys', 'replace']), 'A key has leaked…', 'danger')}`,
    )}
    ${table(
      'Signing keys',
      [
        { title: 'Id', heading: true, cell: ({ id }: SigningKeyInfo) => html`<code>${id}</code>` },
        { title: 'Made', cell: ({ createdAt }) => timeElement(createdAt) },
        { title: 'Signs from', cell: ({ signsFrom }) => timeElement(signsFrom) },
        { title: 'State', cell: ({ state }) => badge(...states[state]) },
      ],
      keys,
    )}`,
  };
}

/** Replacing every key at once. */
export function replacementOfKeys(): Confirmation {
  return {
    title: 'Replace every signing key at once?',
    area: 'signing-keys',
    content: html`<p>
      Do this where a key has leaked. All present keys are deleted; agents that pin a key in their
      settings refuse this server until they are given the new one.
    </p>`,
    action: address(['signing-keys', 'replace']),
    button: 'Replace every key',
    back: address(['signing-keys']),
  };
}
