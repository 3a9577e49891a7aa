/** Registered applications, as the OpenID provider sees its clients (OpenID Connect Registration section 2). */
import type { AllClientMetadata } from 'oidc-provider';
import {
  describeError,
  isJsonObject,
  parseStrictJson,
  type JsonObject,
  type Logger,
} from '../../core/index.ts';
import type { ApplicationStore, StoredApplication } from '../storage/index.ts';
import { parseOidcSettings, type OidcSettings } from './settings.ts';

/** An application that speaks OpenID Connect. */
export interface OidcClient {
  readonly application: StoredApplication;
  readonly settings: OidcSettings;
}

/** The applications that speak OpenID Connect. */
export interface OidcClients {
  /** @returns undefined where there is none of this id, it is disabled, or it is of another kind */
  find(id: string): Promise<OidcClient | undefined>;
}

/** Longest `client_id` that is looked up. */
const maxIdLength = 128;

const settingsLimits = { maxLength: 64 * 1024, maxDepth: 8 };

/** Makes the service over the registered applications. */
export function createOidcClients(applications: ApplicationStore, logger: Logger): OidcClients {
  return {
    async find(id) {
      if (id.length > maxIdLength) return undefined;
      const application = await applications.find(id);
      if (application === undefined || application.disabled) return undefined;
      if (application.kind === 'api') return undefined;
      try {
        const settings = parseOidcSettings(application.kind, parseSettings(application));
        return { application, settings };
      } catch (error) {
        logger.error('application cannot be used', {
          application: id,
          error: describeError(error),
        });
        return undefined;
      }
    },
  };
}

function parseSettings({ settings }: StoredApplication): JsonObject {
  const value = parseStrictJson(settings, settingsLimits);
  return isJsonObject(value) ? value : {};
}

/** The client's metadata. The secret stands there as it is stored: as its hash. */
export function clientMetadata({ application, settings }: OidcClient): AllClientMetadata {
  const { id, name, redirectUris, secretHash } = application;
  const common = {
    client_id: id,
    client_name: name,
    application_type: 'web',
    id_token_signed_response_alg: 'RS256',
  } as const;
  if (settings.entra !== undefined) {
    return {
      ...common,
      redirect_uris:
        redirectUris.length > 0 ? redirectUris : [entraRedirectUri(settings.entra.authority)],
      grant_types: ['implicit'],
      response_types: ['id_token'],
      token_endpoint_auth_method: 'none',
    };
  }
  return {
    ...common,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    ...(secretHash === undefined
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretHash }),
  };
}

/** Where every tenant of a cloud takes the answers of external authentication methods. */
function entraRedirectUri(authority: string): string {
  return `${authority}/common/federation/externalauthprovider`;
}
