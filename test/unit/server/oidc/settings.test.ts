import { describe, expect, it } from 'vitest';
import { parseOidcSettings } from '../../../../src/server/index.ts';
import type { JsonObject } from '../../../../src/core/index.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const tenant = '14c2f153-90a7-4689-9db7-9543bf084dad';
const appId = '600b719b-3766-4dc5-95a6-3c4a8dc31885';
const fingerprint = 'ab'.repeat(32);

describe('OpenID Connect settings', () => {
  it('repeat a login hint for Okta, and for nobody else unless told', () => {
    expect(parseOidcSettings('okta', {}).carryLoginHint).toBe(true);
    expect(parseOidcSettings('oidc', {}).carryLoginHint).toBe(false);
    expect(parseOidcSettings('okta', { carryLoginHint: false }).carryLoginHint).toBe(false);
  });

  it('take fingerprints as people copy them', () => {
    const upper = fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
    const { hardwareAuthorities } = parseOidcSettings('oidc', { hardwareAuthorities: [upper] });
    expect(hardwareAuthorities).toEqual([fingerprint]);
  });

  it('name a tenant of the global cloud unless told', () => {
    const { entra } = parseOidcSettings('entra', {
      entra: { tenant: tenant.toUpperCase(), appId },
    });
    expect(entra).toEqual({ authority: 'https://login.microsoftonline.com', tenant, appId });
  });

  it.each<[string, 'oidc' | 'entra', JsonObject]>([
    ['a member that does not exist', 'oidc', { carryLoginhint: true }],
    ['a hint that is neither carried nor not', 'oidc', { carryLoginHint: 'yes' }],
    ['a fingerprint that is none', 'oidc', { hardwareAuthorities: ['abc'] }],
    ['fingerprints that are no list', 'oidc', { hardwareAuthorities: fingerprint }],
    ['a fingerprint among other things', 'oidc', { hardwareAuthorities: [fingerprint, 7] }],
    ['a tenant where none can be', 'oidc', { entra: { tenant, appId } }],
    ['no tenant where one must be', 'entra', {}],
    ['a tenant that is no GUID', 'entra', { entra: { tenant: 'contoso.com', appId } }],
    ['a tenant without its application', 'entra', { entra: { tenant } }],
    [
      'an authority with a path',
      'entra',
      { entra: { authority: 'https://a.example/x', tenant, appId } },
    ],
    [
      'an authority in plain http',
      'entra',
      { entra: { authority: 'http://a.example', tenant, appId } },
    ],
    [
      'a member of the tenant that does not exist',
      'entra',
      { entra: { tenant, appId, jwks: 'x' } },
    ],
  ])('refuse %s', (_name, kind, settings) => {
    expect(codeOf(() => parseOidcSettings(kind, settings))).toBe('oidc_settings_invalid');
  });
});
