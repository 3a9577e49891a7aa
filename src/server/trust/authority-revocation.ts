/** How certificates below an authority are checked for revocation. */
import { defaultRevocationSettings, type RevocationSettings } from '../../pki/index.ts';
import type { AuthorityRevocation } from '../storage/index.ts';
import { TrustError } from './errors.ts';

/**
 * For authorities for which nobody has chosen. Whether a CA publishes a status is not to be seen from
 * its own certificate, but from those that it issues: what they name is checked, and where they name
 * nothing, there is nothing to check.
 */
export const defaultAuthorityRevocation: AuthorityRevocation = {
  mode: 'grace',
  graceHours: 24,
  methods: ['crl', 'ocsp'],
  unpublished: 'accept',
};

/** Longest grace: a year. */
const maxGraceHours = 24 * 365;

/**
 * Changes settings. Who asks for hard-fail and says nothing of certificates that name no status
 * source has them refused.
 *
 * @param present - the settings so far
 * @param changes - members that are to change
 * @throws TrustError `ca_revocation_invalid`
 */
export function changeRevocation(
  present: AuthorityRevocation,
  changes: Partial<AuthorityRevocation>,
): AuthorityRevocation {
  const strict = changes.mode === 'hard-fail' && present.mode !== 'hard-fail';
  const next = { ...present, ...(strict ? { unpublished: 'refuse' as const } : {}), ...changes };
  const wrong = objection(next);
  if (wrong !== undefined) throw new TrustError('ca_revocation_invalid', { message: wrong });
  const { mode, graceHours, methods, unpublished } = next;
  return { mode, graceHours, methods, unpublished };
}

function objection({ mode, graceHours, methods, unpublished }: AuthorityRevocation) {
  if (!isOneOf(mode, ['hard-fail', 'grace', 'off'])) {
    return 'The revocation mode must be hard-fail, grace or off.';
  }
  if (!Number.isInteger(graceHours) || graceHours < 0 || graceHours > maxGraceHours) {
    return `The grace must be a whole number of hours from 0 to ${maxGraceHours}.`;
  }
  const known = Array.isArray(methods) && methods.every((m) => isOneOf(m, ['crl', 'ocsp']));
  if (!known || methods.length === 0 || new Set(methods).size !== methods.length) {
    return 'The methods must be crl, ocsp, or both in the order in which they are tried.';
  }
  return isOneOf(unpublished, ['accept', 'refuse'])
    ? undefined
    : 'What becomes of certificates that name no status source must be accept or refuse.';
}

/** Settings come from outside, whatever their type says. */
function isOneOf(value: unknown, words: readonly string[]): boolean {
  return words.some((word) => word === value);
}

/** The same in the terms of path validation. */
export function toRevocationSettings({
  mode,
  graceHours,
  methods,
  unpublished,
}: AuthorityRevocation): RevocationSettings {
  return {
    ...defaultRevocationSettings,
    mode,
    graceSeconds: graceHours * 3600,
    methods,
    unpublished,
  };
}
