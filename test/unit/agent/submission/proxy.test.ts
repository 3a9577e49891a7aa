import { describe, expect, it } from 'vitest';
import { usesProxy } from '../../../../src/agent/submission/proxy.ts';

function uses(url: string, ...noProxy: readonly string[]): boolean {
  return usesProxy(new URL(url), { url: 'http://proxy:3128', noProxy });
}

describe('usesProxy', () => {
  it('is false where the settings name no proxy', () => {
    expect(usesProxy(new URL('https://id.example.com'), undefined)).toBe(false);
  });

  it.each(['https://localhost:8443', 'https://127.0.0.1', 'https://[::1]:8443'])(
    'is false for this machine: %s',
    (url) => {
      expect(uses(url)).toBe(false);
    },
  );

  it.each<[boolean, string, string]>([
    [false, 'https://id.example.com', 'example.com'],
    [false, 'https://id.example.com', '.example.com'],
    [false, 'https://id.example.com', '*.example.com'],
    [false, 'https://example.com', 'EXAMPLE.com'],
    [false, 'https://id.example.com:8443', 'example.com:8443'],
    [false, 'https://id.example.com', 'example.com:443'],
    [false, 'https://10.0.0.5', '10.0.0.5'],
    [false, 'https://[2001:db8::1]:8443', '[2001:db8::1]'],
    [false, 'https://anything.test', '*'],
    [true, 'https://id.example.com:8443', 'example.com:443'],
    [true, 'https://evilexample.com', 'example.com'],
    [true, 'https://example.com.evil.test', 'example.com'],
    [true, 'https://id.example.com', 'example.org'],
    [true, 'https://id.example.com', '.'],
  ])('is %s for %s with the exception %s', (expected, url, exception) => {
    expect(uses(url, exception)).toBe(expected);
  });
});
