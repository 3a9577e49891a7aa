/** What a completed sign-in says in its tokens; kept beside the grant, under its id. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/index.ts';
import type { VerificationResult } from '../../protocol/index.ts';
import type { OidcStore } from '../storage/index.ts';
import type { OidcClient } from './clients.ts';

/** A sign-in, as tokens tell of it. All plain JSON. */
export interface DeviceSignIn {
  /** `sub`. */
  readonly subject: string;
  /** Claims besides sub, acr, amr and auth_time. */
  readonly claims: DeviceSignInClaims;
}

/** Claims about the device that proved itself. */
export interface DeviceSignInClaims {
  /** The device in the server's inventory. */
  readonly device_id: string;
  /** RFC 8417 section 2.2: the transaction, as it stands in the server's sign-in log. */
  readonly txn: string;
  /** RFC 7800 and RFC 8705 section 3.1: the device's certificate. */
  readonly cnf: { readonly 'x5t#S256': string };
  /** Whom the client said it signs in; only where its settings carry that. */
  readonly preferred_username?: string;
}

/** Whom a client wants authenticated. */
export interface RequestedPerson {
  /** The subject that the answer must name, where the client fixes it. */
  readonly subject?: string | undefined;
  /** Name for display and for the sign-in log. */
  readonly user?: string | undefined;
}

/**
 * The sign-in that a good verdict makes.
 *
 * The subject is the client's own where it fixes one; a name that belongs to this client and person
 * where a login hint is carried; else the device.
 *
 * @throws Error where the verdict does not name its device: a fault of the server
 */
export function deviceSignIn(
  { application, settings }: OidcClient,
  { subject, user }: RequestedPerson,
  { deviceId, transaction, path }: VerificationResult,
): DeviceSignIn {
  const leaf = path?.[0];
  if (deviceId === undefined || leaf === undefined) throw new Error('a verdict without its device');
  const carried = settings.carryLoginHint ? user : undefined;
  return {
    subject: subject ?? (carried === undefined ? deviceId : personSubject(application.id, carried)),
    claims: {
      device_id: deviceId,
      txn: transaction,
      cnf: { 'x5t#S256': Buffer.from(leaf.sha256, 'hex').toString('base64url') },
      ...(carried === undefined ? {} : { preferred_username: carried }),
    },
  };
}

/** The same for each of a person's devices, and another one at each client. */
function personSubject(client: string, user: string): string {
  return createHash('sha256')
    .update(JSON.stringify([client, user]))
    .digest('base64url');
}

const model = 'DeviceSignIn';

/** Keeps sign-ins until their tokens are over. */
export interface DeviceSignIns {
  put(grant: string, signIn: DeviceSignIn): Promise<void>;
  find(grant: string): Promise<DeviceSignIn | undefined>;
}

/**
 * Makes the service.
 *
 * @param lifetime - of the tokens, in seconds
 */
export function createDeviceSignIns(
  store: OidcStore,
  clock: Clock,
  lifetime: number,
): DeviceSignIns {
  return {
    async put(grant, signIn) {
      await store.put({
        model,
        id: grant,
        payload: JSON.stringify(signIn),
        grantId: grant,
        expiresAt: new Date(clock.now().getTime() + lifetime * 1000),
      });
    },
    async find(grant) {
      const stored = await store.find(model, grant);
      return stored && (JSON.parse(stored.payload) as DeviceSignIn);
    },
  };
}
