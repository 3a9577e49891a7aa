/** The administrators' own OpenID provider: its settings, as administrators change them. */
import { isLoopbackHost } from '../../protocol/index.ts';
import type { SettingsStore } from '../storage/index.ts';
import type { FederationInfo, FederationInput } from './access.ts';
import { AdminError } from './errors.ts';

/** A provider with all that a sign-in there needs. */
export interface FederationProvider extends Omit<FederationInput, 'clientSecret'> {
  readonly clientSecret: string;
}

/** Settings in force. */
export interface StoredFederation {
  /** Undefined where there is no provider. */
  readonly provider: FederationProvider | undefined;
  /** Goes up by one with each change; 0 as long as nothing was set. */
  readonly version: number;
}

/** See the head of this file. */
export interface FederationSettings {
  load(): Promise<StoredFederation>;
  /**
   * @param input - undefined: no provider any more
   * @throws AdminError `federation_invalid`, `federation_changed`
   */
  change(version: number, input: FederationInput | undefined): Promise<StoredFederation>;
}

const key = 'administrator-federation';

const maxLength = 1000;
const maxValues = 20;

/** Makes the service. */
export function createFederationSettings(store: SettingsStore): FederationSettings {
  async function load(): Promise<StoredFederation> {
    const stored = await store.get(key);
    if (stored === undefined) return { provider: undefined, version: 0 };
    const provider = JSON.parse(stored.value) as FederationProvider | null;
    return { provider: provider ?? undefined, version: stored.version };
  }
  return {
    load,
    async change(version, input) {
      const present = await load();
      const provider = input && check(input, present.provider);
      const next = { provider, version: version + 1 };
      const value = JSON.stringify(provider ?? null);
      const saved =
        present.version === version && (await store.put({ key, value, version: next.version }));
      if (saved) return next;
      throw new AdminError('federation_changed');
    },
  };
}

/** Without the secret. */
export function describeFederation(
  { provider, version }: StoredFederation,
  redirectUri: string,
): FederationInfo {
  if (provider === undefined) return { provider, redirectUri, version };
  const { name, issuer, clientId, roleClaim, adminValues, auditorValues } = provider;
  return {
    provider: { name, issuer, clientId, roleClaim, adminValues, auditorValues },
    ...{ redirectUri, version },
  };
}

function check(
  input: FederationInput,
  present: FederationProvider | undefined,
): FederationProvider {
  const { name, issuer, clientId, roleClaim, adminValues, auditorValues } = input;
  for (const [what, text] of Object.entries({ name, clientId, 'role claim': roleClaim })) {
    if (text.trim() === '' || text.length > maxLength) throw invalid(`The ${what} is missing.`);
    if (/\p{C}/u.test(text)) throw invalid(`The ${what} has control characters.`);
  }
  for (const values of [adminValues, auditorValues]) {
    if (values.length > maxValues || values.some((value) => value === '')) {
      throw invalid(`There are at most ${maxValues} values for a role, none of them empty.`);
    }
  }
  requireProviderUrl(issuer);
  // A secret goes to nobody but the provider that it was made for.
  const kept = present?.issuer === issuer ? present.clientSecret : undefined;
  const clientSecret = input.clientSecret ?? kept;
  if (clientSecret === undefined || clientSecret === '' || clientSecret.length > maxLength) {
    throw invalid('The client secret is missing.');
  }
  return { name, issuer, clientId, clientSecret, roleClaim, adminValues, auditorValues };
}

function requireProviderUrl(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!isSafe || issuer.length > maxLength || url.search !== '' || url.hash !== '') {
    throw invalid('The issuer must be an https URL without query and fragment.');
  }
}

function invalid(message: string): AdminError {
  return new AdminError('federation_invalid', { message });
}
