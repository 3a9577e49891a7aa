/** The WebAuthn library, loaded when a passkey is first used: it takes longer than all the rest. */
import type * as library from '@simplewebauthn/server';

let loaded: Promise<typeof library> | undefined;

/** @returns the library; nobody else pays for loading it */
export function loadWebauthn(): Promise<typeof library> {
  loaded ??= import('@simplewebauthn/server');
  return loaded;
}
