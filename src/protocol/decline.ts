/**
 * The decline: the agent's answer where no certificate of the device can prove it (the counterpart of
 * OpenID4VP's error response). It is not signed, since there is nothing to sign with; it shows that the
 * sender saw the challenge, and can only ever turn a pending transaction into a refused one.
 */
import type { JsonObject } from '../core/index.ts';
import { nonceBytes } from './challenge.ts';
import { readBase64Url, readChoice, readObject, readText } from './claims.ts';
import { parseMessage } from './message.ts';

/** Why a device could not prove itself: code -> sentence for the person who is signing in. */
export const declineReasons = {
  device_no_certificate:
    'No client certificate was found on this device; it may not be enrolled, or the certificate has not arrived yet.',
  device_issuer_untrusted:
    'The certificates on this device were issued by other authorities than the ones this server accepts.',
  device_certificate_expired:
    'The device’s certificate has expired; it must be renewed by the device management.',
  device_certificate_not_yet_valid:
    'The device’s certificate is not valid yet; check the device’s clock.',
  device_certificate_purpose:
    'The device’s certificate is not made for client authentication; the certificate profile must be changed.',
  device_key_missing:
    'The private key of the device’s certificate is gone; enrol the device again.',
  device_key_not_permitted:
    'The agent may not use the private key of the device’s certificate; its permissions must be changed.',
  device_key_interaction:
    'The private key needs a person (a PIN, a touch, a dialog), which the agent does not ask for.',
  device_pin_rejected: 'The token rejected the PIN in the agent’s settings.',
  device_algorithm_unsupported:
    'The device’s key cannot sign with any algorithm that this server accepts.',
  device_store_unavailable: 'The device’s certificate store cannot be read.',
  device_signing_failed: 'The device’s key is there, but signing with it failed.',
} as const;

/** One of {@link declineReasons}' codes. */
export type DeclineCode = keyof typeof declineReasons;

/** What a decline says. */
export interface DeviceDecline {
  readonly transaction: string;
  readonly nonce: string;
  readonly code: DeclineCode;
  readonly agentVersion: string;
}

/** The JSON body of a decline, posted to `response_uri` as application/json. */
export function encodeDecline(decline: DeviceDecline): JsonObject {
  return {
    txn: decline.transaction,
    nonce: decline.nonce,
    error: decline.code,
    agent: { version: decline.agentVersion },
  };
}

/**
 * Reads a decline.
 *
 * @param text - the JSON body
 * @throws ProtocolError
 */
export function parseDecline(text: string): DeviceDecline {
  const body = parseMessage(text, 4096);
  return {
    transaction: readText(body, 'txn'),
    nonce: readBase64Url(body, 'nonce', nonceBytes),
    code: readChoice(body, 'error', Object.keys(declineReasons) as DeclineCode[]),
    agentVersion: readText(readObject(body, 'agent'), 'version'),
  };
}
