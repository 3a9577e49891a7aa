import { describe, expect, it } from 'vitest';
import { parseStoreUri } from '../../../../src/keystore/index.ts';
import { formatWindowsUri, thumbprintOf } from '../../../../src/keystore/windows/windows-uri.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const thumbprint = '0123456789ABCDEF0123456789ABCDEF01234567';

function searchOf(uri: string): unknown {
  const parsed = parseStoreUri(uri);
  return parsed.kind === 'windows' ? parsed.search : undefined;
}

describe('windows: URIs', () => {
  it('mean both stores where they name none', () => {
    expect(searchOf('windows:')).toEqual({ store: undefined, thumbprint: undefined });
  });

  it.each([
    ['windows:CurrentUser/My', 'CurrentUser\\MY'],
    ['windows:currentuser/MY', 'CurrentUser\\MY'],
    ['WINDOWS:LocalMachine\\My', 'LocalMachine\\MY'],
  ])('%s means %s', (uri, store) => {
    expect(searchOf(uri)).toEqual({ store, thumbprint: undefined });
  });

  it('name one certificate by its thumbprint, in either case', () => {
    const search = { store: 'LocalMachine\\MY', thumbprint };
    expect(searchOf(`windows:LocalMachine/My/${thumbprint}`)).toEqual(search);
    expect(searchOf(`windows:LocalMachine/My/${thumbprint.toLowerCase()}`)).toEqual(search);
  });

  it.each([
    'windows:CurrentUser',
    'windows:CurrentUser/Root',
    'windows:Other/My',
    'windows:CurrentUser/My/',
    'windows:CurrentUser/My/123',
    `windows:${thumbprint}`,
    'windows://CurrentUser/My',
  ])('refuse %s with a sentence', (uri) => {
    expect(codeOf(() => parseStoreUri(uri))).toBe('store_uri_invalid');
    expect(() => parseStoreUri(uri)).toThrow('windows:LocalMachine/My');
  });

  it('are written as they are read', () => {
    const der = Buffer.from('a certificate');
    const uri = formatWindowsUri('CurrentUser\\MY', der);
    expect(searchOf(uri)).toEqual({ store: 'CurrentUser\\MY', thumbprint: thumbprintOf(der) });
    expect(searchOf(formatWindowsUri('LocalMachine\\MY', undefined))).toEqual({
      store: 'LocalMachine\\MY',
      thumbprint: undefined,
    });
  });
});
