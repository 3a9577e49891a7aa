/** Passkeys (WebAuthn level 2): registered by who is signed in, and signed in with. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { utf8, type Clock, type JsonObject, type RandomSource } from '../../core/index.ts';
import type { Administrator, Storage, StoredPasskey } from '../storage/index.ts';
import type { Ceremony } from './access.ts';
import { createCeremonies } from './ceremonies.ts';
import { AdminError } from './errors.ts';
import { loadWebauthn } from './webauthn.ts';

/** What {@link createPasskeys} needs. */
export interface PasskeysContext {
  readonly storage: Pick<Storage, 'administrators' | 'oidc'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** @returns the server's issuer URL, the origin of its pages */
  readonly issuer: () => string;
}

/** See the head of this file. */
export interface Passkeys {
  beginSignIn(): Promise<Ceremony<PublicKeyCredentialRequestOptionsJSON>>;
  /**
   * @returns whose passkey it is, once its use is written down
   * @throws AdminError `passkey_failed`
   */
  finishSignIn(ceremony: string, response: JsonObject): Promise<Administrator>;
  beginRegistration(
    administrator: Administrator,
  ): Promise<Ceremony<PublicKeyCredentialCreationOptionsJSON>>;
  /** @throws AdminError `passkey_failed` */
  finishRegistration(
    administrator: Administrator,
    ceremony: string,
    name: string,
    response: JsonObject,
  ): Promise<StoredPasskey>;
}

interface State {
  /** base64url. */
  readonly challenge: string;
  /** Id of who registers; undefined for a sign-in. */
  readonly administrator?: string;
}

const siteName = 'Countersign';
const challengeBytes = 32;

/** Makes the service. */
export function createPasskeys({ storage, clock, random, issuer }: PasskeysContext): Passkeys {
  const signIns = createCeremonies<State>(storage.oidc, 'sign-in', clock, random);
  const registrations = createCeremonies<State>(storage.oidc, 'passkey', clock, random);
  const host = (): string => new URL(issuer()).hostname;
  const expected = (challenge: string) => ({
    expectedChallenge: challenge,
    expectedOrigin: issuer(),
    expectedRPID: host(),
    requireUserVerification: true,
  });

  return {
    async beginSignIn() {
      const { generateAuthenticationOptions } = await loadWebauthn();
      const options = await generateAuthenticationOptions({
        rpID: host(),
        challenge: new Uint8Array(random.bytes(challengeBytes)),
        userVerification: 'required',
      });
      return { ceremony: await signIns.begin({ challenge: options.challenge }), options };
    },
    async finishSignIn(ceremony, response) {
      const state = await signIns.take(ceremony);
      const wanted = response['id'];
      if (typeof wanted !== 'string') throw new AdminError('passkey_failed');
      const administrator = await storage.administrators.findByPasskey(wanted);
      const passkey = administrator?.passkeys.find(({ id }) => id === wanted);
      if (state === undefined || administrator === undefined || passkey === undefined) {
        throw new AdminError('passkey_failed');
      }
      const { id, publicKey, counter } = passkey;
      const { verifyAuthenticationResponse } = await loadWebauthn();
      const { verified, authenticationInfo } = await accepted(() =>
        verifyAuthenticationResponse({
          // It throws at whatever has not this form.
          response: response as unknown as AuthenticationResponseJSON,
          ...expected(state.challenge),
          credential: { id, publicKey: new Uint8Array(publicKey), counter },
        }),
      );
      if (!verified || administrator.disabled) throw new AdminError('passkey_failed');
      const used = { ...passkey, counter: authenticationInfo.newCounter, lastUsedAt: clock.now() };
      const next = {
        ...administrator,
        passkeys: administrator.passkeys.map((one) => (one === passkey ? used : one)),
        version: administrator.version + 1,
      };
      if (!(await storage.administrators.replace(next))) throw new AdminError('passkey_failed');
      return next;
    },
    async beginRegistration({ id, name, passkeys }) {
      const { generateRegistrationOptions } = await loadWebauthn();
      const options = await generateRegistrationOptions({
        ...{ rpName: siteName, rpID: host(), userName: name, userDisplayName: name },
        userID: new Uint8Array(utf8(id)),
        challenge: new Uint8Array(random.bytes(challengeBytes)),
        attestationType: 'none',
        excludeCredentials: passkeys.map((passkey) => ({ id: passkey.id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      const state = { challenge: options.challenge, administrator: id };
      return { ceremony: await registrations.begin(state), options };
    },
    async finishRegistration(administrator, ceremony, name, response) {
      const state = await registrations.take(ceremony);
      if (state?.administrator !== administrator.id) throw new AdminError('passkey_failed');
      const { verifyRegistrationResponse } = await loadWebauthn();
      const { verified, registrationInfo } = await accepted(() =>
        verifyRegistrationResponse({
          response: response as unknown as RegistrationResponseJSON,
          ...expected(state.challenge),
        }),
      );
      if (!verified) throw new AdminError('passkey_failed');
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
      return { id, name, publicKey, counter, transports, createdAt: clock.now() };
    },
  };
}

/** The library throws at whatever it does not like. */
async function accepted<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (cause) {
    throw new AdminError('passkey_failed', { cause });
  }
}
