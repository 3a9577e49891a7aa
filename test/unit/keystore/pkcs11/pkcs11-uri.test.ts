import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPkcs11Uri } from '../../../../src/keystore/pkcs11/pkcs11-location.ts';
import { parsePkcs11Uri } from '../../../../src/keystore/pkcs11/pkcs11-uri.ts';
import { codeOf } from '../../../testkit/code-of.ts';

describe('a PKCS #11 URI', () => {
  it('gives every attribute of RFC 7512', () => {
    const uri = parsePkcs11Uri(
      'pkcs11:token=My%20token;manufacturer=Snake%20Oil,%20Inc.;model=1.0;serial=90DE;object=caf%C3%A9;id=%69%95%3e%5c%f4;type=cert;slot-id=327;slot-description=Reader;slot-manufacturer=Maker;library-manufacturer=L;library-description=D;library-version=3.12?module-path=/usr/lib/x.so&pin-source=file:/etc/token%3a%20pin',
    );
    expect(uri).toEqual({
      token: 'My token',
      manufacturer: 'Snake Oil, Inc.',
      model: '1.0',
      serial: '90DE',
      object: 'café',
      id: Uint8Array.of(0x69, 0x95, 0x3e, 0x5c, 0xf4),
      type: 'cert',
      slotId: 327,
      slotDescription: 'Reader',
      slotManufacturer: 'Maker',
      libraryManufacturer: 'L',
      libraryDescription: 'D',
      libraryVersion: { major: 3, minor: 12 },
      modulePath: '/usr/lib/x.so',
      pinFile: '/etc/token: pin',
    });
  });

  // The examples of RFC 7512 section 3, but for those with a pin-value or a command.
  it.each([
    ['pkcs11:', {}],
    ['pkcs11:object=my-pubkey;type=public', { object: 'my-pubkey', type: 'public' }],
    [
      'pkcs11:object=my-key;type=private?pin-source=file:/etc/token',
      { object: 'my-key', type: 'private', pinFile: '/etc/token' },
    ],
    [
      'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin',
      {
        token: 'The Software PKCS#11 Softtoken',
        manufacturer: 'Snake Oil, Inc.',
        model: '1.0',
        object: 'my-certificate',
        type: 'cert',
        id: Uint8Array.of(0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91),
        serial: '',
        pinFile: '/etc/token_pin',
      },
    ],
    ['pkcs11:slot-description=Sun%20Metaslot', { slotDescription: 'Sun Metaslot' }],
    [
      'pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;library-version=1.23',
      {
        libraryManufacturer: 'Snake Oil, Inc.',
        libraryDescription: 'Soft Token Library',
        libraryVersion: { major: 1, minor: 23 },
      },
    ],
    ['pkcs11:library-version=3', { libraryVersion: { major: 3, minor: 0 } }],
    ['pkcs11:?module-path=/mnt/libmypkcs11.so.1', { modulePath: '/mnt/libmypkcs11.so.1' }],
    ['pkcs11:?module-name=softhsm2&vendor-thing=7', { moduleName: 'softhsm2' }],
    ["pkcs11:?x-init-reserved=configdir%3D'sql:/a%20b'", { initArgs: "configdir='sql:/a b'" }],
    ['PKCS11:token=a', { token: 'a' }],
  ])('is read as the standard says: %s', (uri, expected) => {
    expect(parsePkcs11Uri(uri)).toEqual(expected);
  });

  it.each([
    ['an attribute twice', 'pkcs11:token=a;token=b', 'twice'],
    ['an unknown path attribute, which would widen the search', 'pkcs11:tokn=a', 'tokn'],
    ['a query attribute in the path', 'pkcs11:module-path=/x.so', 'after the "?"'],
    ['a name of the prototype', 'pkcs11:constructor=a', 'constructor'],
    ['no equals sign', 'pkcs11:token', 'name=value'],
    ['an empty part', 'pkcs11:token=a;', 'name=value'],
    ['a raw blank', 'pkcs11:token=my token', 'percent-encoded'],
    ['a half percent sign', 'pkcs11:token=%4', 'percent-encoded'],
    ['a slash in the path', 'pkcs11:token=a/b', 'percent-encoded'],
    ['text that is not UTF-8', 'pkcs11:token=%ff', 'UTF-8'],
    ['a NUL in a text', 'pkcs11:token=a%00b', 'UTF-8'],
    ['an unknown type', 'pkcs11:type=key', 'type must be one of'],
    ['a slot id that is no number', 'pkcs11:slot-id=0x1', 'decimal'],
    ['a slot id too large', 'pkcs11:slot-id=99999999999999999', 'decimal'],
    ['a version too large', 'pkcs11:library-version=256', 'library-version'],
    ['a relative module path', 'pkcs11:?module-path=x.so', 'absolute'],
    ['a module name with a path in it', 'pkcs11:?module-name=../x', 'bare name'],
    ['a relative PIN file', 'pkcs11:?pin-source=pin', 'absolute'],
    ['a command for the PIN', 'pkcs11:?pin-source=|/usr/bin/pin', 'command'],
    ['a PIN', 'pkcs11:?pin-value=1234', 'PIN file'],
    ['another scheme', 'http:token=a', 'pkcs11:'],
    ['endless text', `pkcs11:token=${'a'.repeat(10_000_000)}`, 'longer'],
  ])('with %s is refused with a sentence', (_, uri, words) => {
    expect(codeOf(() => parsePkcs11Uri(uri))).toBe('store_uri_invalid');
    expect(() => parsePkcs11Uri(uri)).toThrow(words);
  });

  it('with a PIN is refused without repeating the PIN', () => {
    let message = '';
    try {
      parsePkcs11Uri('pkcs11:?pin-value=73911937');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('pin-value');
    expect(message).not.toContain('73911937');
  });

  it('that is written finds the same thing when it is read', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((s) => !s.includes('\0'));
    fc.assert(
      fc.property(
        fc.record({
          token: text,
          manufacturer: text,
          serial: text,
          object: text,
          id: fc.uint8Array({ maxLength: 20 }),
        }),
        fc.option(text, { nil: undefined }),
        (location, initArgs) => {
          const parsed = parsePkcs11Uri(
            formatPkcs11Uri(location, { modulePath: '/usr/lib/a b/x.so', initArgs }),
          );
          for (const name of ['token', 'manufacturer', 'serial', 'object'] as const) {
            expect(parsed[name] ?? '').toBe(location[name]);
          }
          expect(parsed.id ?? new Uint8Array(0)).toEqual(location.id);
          expect(parsed.modulePath).toBe('/usr/lib/a b/x.so');
          expect(parsed.initArgs).toBe(initArgs);
        },
      ),
    );
  });

  it('of junk is refused with the one code, whatever the junk', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (junk) => {
        expect(['store_uri_invalid', undefined]).toContain(
          codeOf(() => parsePkcs11Uri(`pkcs11:${junk}`)),
        );
      }),
    );
  });
});
