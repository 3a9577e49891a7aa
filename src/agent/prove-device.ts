/** Makes the answer to a verified challenge: a proof by one of the device's keys, or a decline. */
import { createHash } from 'node:crypto';
import {
  describeError,
  encodeBase64Url,
  randomUuid,
  type Clock,
  type Logger,
  type RandomSource,
} from '../core/index.ts';
import {
  KeystoreError,
  type KeystoreErrorCode,
  type StoredCertificate,
} from '../keystore/index.ts';
import {
  encodeCompactJws,
  proofSigningInput,
  protocolLimits,
  type Challenge,
  type DeclineCode,
  type DeviceClaims,
} from '../protocol/index.ts';
import { declineCodeFor, keyProblemCodes } from './decline-code.ts';
import type { IdentitySource, Sweep } from './identity-source.ts';
import { StoreView } from './store-view.ts';
import { selectIdentity, type ChosenIdentity, type Selection } from './select-identity.ts';

/** Who the agent is, and what it works with. */
export interface Prover {
  readonly identities: IdentitySource;
  readonly device: DeviceClaims;
  /** `urn:uuid:…`, made when this agent started for the first time. */
  readonly agentInstance: string;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** A challenge that has passed every check, as it was delivered. */
export interface VerifiedDelivery {
  readonly challenge: Challenge;
  /** The compact JWS. */
  readonly challengeRequest: string;
  readonly origin: string;
}

/** What answers a challenge. */
export type DeviceAnswer =
  | {
      readonly kind: 'proof';
      /** The compact JWS. */
      readonly proof: string;
      readonly identity: ChosenIdentity['identity'];
      readonly selection: Selection;
    }
  | { readonly kind: 'decline'; readonly code: DeclineCode; readonly selection: Selection };

/** Lifetime of a proof: it is used at once. */
const proofSeconds = 60;
/** Most keys tried for one challenge. */
const maxAttempts = 3;
/** Room for the JWS's other parts beside x5c. */
const x5cLength = protocolLimits.proofLength - 8 * 1024;

/**
 * Answers a verified challenge. Where no certificate can, or the chosen key fails, the stores are looked
 * at afresh, since a renewal may just have replaced it, and the next best key is tried. A PIN that was
 * refused ends the attempt: trying on could lock the token.
 */
export async function proveDevice(
  delivery: VerifiedDelivery,
  prover: Prover,
): Promise<DeviceAnswer> {
  const view = await StoreView.open(prover.identities);
  const failed: StoredCertificate[] = [];
  let attempts = 0;
  let failure: DeclineCode | undefined;
  for (;;) {
    const now = prover.clock.now();
    const selection = selectIdentity(without(view.sweep, failed), delivery.challenge, now);
    const { chosen } = selection;
    if (chosen === undefined && (await view.lookAgain())) continue;
    if (chosen === undefined || attempts >= maxAttempts) {
      return { kind: 'decline', code: failure ?? declineCode(selection, view.sweep), selection };
    }
    try {
      const proof = await sign(delivery, chosen, prover);
      return { kind: 'proof', proof, identity: chosen.identity, selection };
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      prover.logger.warn('A key could not sign', {
        identity: chosen.identity.location,
        reason: describeError(error),
      });
      failure = signingFailureCode(error.code);
      if (error.code.startsWith('pin_')) return { kind: 'decline', code: failure, selection };
      failed.push(chosen.identity);
      const isGone = error.code === 'key_not_found';
      const looked = (isGone || failed.length === 1) && (await view.lookAgain(true));
      // A key that has gone since it was listed is no attempt: the look that follows is.
      if (!isGone || !looked) attempts++;
    }
  }
}

function without(sweep: Sweep, failed: readonly StoredCertificate[]): readonly StoredCertificate[] {
  const key = ({ location, certificate }: StoredCertificate): string =>
    `${location} ${encodeBase64Url(certificate.der)}`;
  const keys = new Set(failed.map(key));
  return keys.size === 0
    ? sweep.certificates
    : sweep.certificates.filter((candidate) => !keys.has(key(candidate)));
}

function declineCode(selection: Selection, sweep: Sweep): DeclineCode {
  return declineCodeFor(
    selection.rejected.map(({ code }) => code),
    sweep.problems.map(({ code }) => code),
  );
}

/** A store that fails while it signs was readable a moment ago. */
function signingFailureCode(code: KeystoreErrorCode): DeclineCode {
  const declined = keyProblemCodes[code];
  return declined === 'device_store_unavailable' ? 'device_signing_failed' : declined;
}

async function sign(
  { challenge, challengeRequest, origin }: VerifiedDelivery,
  { identity, algorithm }: ChosenIdentity,
  prover: Prover,
): Promise<string> {
  const issuedAt = Math.floor(prover.clock.now().getTime() / 1000);
  const leaf = identity.certificate.der;
  const signingInput = proofSigningInput(
    {
      algorithm,
      certificates: [leaf, ...issuersThatFit(leaf, identity.chain)],
      leafThumbprint: sha256(leaf),
    },
    {
      agentInstance: prover.agentInstance,
      audience: challenge.responseUri,
      nonce: challenge.nonce,
      id: randomUuid(prover.random),
      issuedAt,
      expiresAt: issuedAt + proofSeconds,
      transaction: challenge.transaction,
      challengeHash: sha256(challengeRequest),
      origin,
      device: prover.device,
      key: {
        store: identity.location.slice(0, identity.location.indexOf(':')),
        protection: identity.key.protection,
        exportable: identity.key.exportable,
      },
      agentVersion: prover.agentVersion,
    },
  );
  const signature = await identity.signer.sign(algorithm, Buffer.from(signingInput, 'ascii'));
  return encodeCompactJws(signingInput, signature);
}

/** The nearest issuers, as many as the protocol's limits leave room for. */
function issuersThatFit(leaf: Uint8Array, chain: readonly Uint8Array[]): readonly Uint8Array[] {
  let room = (x5cLength * 9) / 16 - leaf.length;
  const fitting: Uint8Array[] = [];
  for (const der of chain.slice(0, protocolLimits.certificates - 1)) {
    room -= der.length;
    if (der.length > protocolLimits.certificateBytes || room < 0) break;
    fitting.push(der);
  }
  return fitting;
}

function sha256(data: Uint8Array | string): string {
  return encodeBase64Url(createHash('sha256').update(data).digest());
}
