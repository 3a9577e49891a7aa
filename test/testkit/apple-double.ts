/**
 * The macOS half of the native addon, built here against a double of Apple's frameworks, and what a
 * test does to its keychains. apple-double/README.md says what that proves.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeAddon } from '../../src/native/index.ts';
import { describe } from 'vitest';
import { describeWith, type Component } from './require-component.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = path.join(root, 'build', 'apple-double');

/** What the double is built with. */
const components: readonly Component[] = [
  component('g++', ['/usr/bin/g++'], 'apt-get install g++'),
  component('GNU make', ['/usr/bin/make'], 'apt-get install make'),
  component('flock', ['/usr/bin/flock'], 'apt-get install util-linux; Linux only'),
  component('OpenSSL’s headers', ['/usr/include/openssl/evp.h'], 'apt-get install libssl-dev'),
];

/** Declares a suite that runs on Linux: a Mac has the real frameworks. */
export function describeWithAppleDouble(title: string, suite: () => void): void {
  if (process.platform === 'linux') describeWith(title, components, suite);
  else describe.skip(`${title} — skipped: it takes the place of a Mac on Linux`, suite);
}

/** Targets of apple-double/Makefile. */
export type AppleDoubleTarget = 'addons' | 'sanitized-addons' | 'sanitizer-test';

/** An item of a keychain: a certificate, a key, or both, which is an identity. */
export interface KeychainItem {
  /** Path of a file keychain; absent for the data protection keychain. */
  readonly keychain?: string;
  readonly label: string;
  /** DER. */
  readonly certificate?: Uint8Array;
  /** PKCS #8 in DER. */
  readonly privateKey?: Uint8Array;
  /** What the key does when a signature is asked for; allowed unless told. */
  readonly access?: 'allowed' | 'denied' | 'needs-dialog';
  readonly extractable?: boolean;
  readonly canPss?: boolean;
  readonly tokenId?: string;
}

/** What a test does to the double. */
export interface AppleDoubleControl {
  /** Puts an item into its keychain. */
  add(item: KeychainItem): void;
  /** Takes the private keys of the items with that label away, and leaves their certificates. */
  removeKey(label: string): void;
  /** Sets what queries of the file keychains and of the data protection keychain answer; 0: items. */
  setStatus(file: number, dataProtection: number): void;
  /** Dialogs that were opened. */
  dialogs(): number;
  /** Core Foundation objects that are alive. */
  liveObjects(): number;
  /** Enforces a preference, as a configuration profile would. */
  force(domain: string, key: string, value: boolean | number | string): void;
  /** Empties keychains and preferences. */
  clear(): void;
}

/** The double, loaded. */
export interface AppleDouble {
  readonly addon: NativeAddon;
  readonly control: AppleDoubleControl;
}

/** Builds a target; suites that want the same one wait for each other. */
export function buildAppleDouble(target: AppleDoubleTarget): void {
  mkdirSync(output, { recursive: true });
  execFileSync(
    'flock',
    [path.join(output, 'lock'), 'make', '-s', '-f', 'test/testkit/apple-double/Makefile', target],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
}

/** Where a built file is. */
export function appleDoubleFile(...name: readonly string[]): string {
  return path.join(output, ...name);
}

/** Builds and loads the double. One process has one: its keychains are the process's. */
export function loadAppleDouble(): AppleDouble {
  // Set by the suite that runs others under the sanitizers.
  const sanitized = process.env['APPLE_DOUBLE'] === 'sanitized';
  buildAppleDouble(sanitized ? 'sanitized-addons' : 'addons');
  const require = createRequire(import.meta.url);
  const load = (name: string): unknown =>
    require(appleDoubleFile(sanitized ? 'sanitized' : 'plain', name));
  return {
    addon: load('countersign.node') as NativeAddon,
    control: load('control.node') as AppleDoubleControl,
  };
}

function component(name: string, places: readonly string[], howToGet: string): Component {
  return { name, found: places.find((place) => existsSync(place)), howToGet };
}
