/** What an application reads of the sign-ins that it asked for. */
import { encodeBase64Url, type Clock, type RandomSource } from '../../core/index.ts';
import {
  deviceVerificationClaims,
  deviceVerificationType,
  isAllowed,
  type TransactionResult,
} from '../../protocol/index.ts';
import { ServerError } from '../errors.ts';
import type { SignIn, Storage } from '../storage/index.ts';
import { signToken } from './sign-token.ts';
import type { SigningKeys } from './signing-keys.ts';
import { describeTransaction } from './transactions.ts';

/** What {@link readApplicationResult} needs. */
export interface ResultContext {
  readonly storage: Pick<Storage, 'transactions' | 'signIns'>;
  readonly signingKeys: Pick<SigningKeys, 'current'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** @returns the server's issuer URL */
  readonly issuer: () => string;
}

const tokenIdBytes = 16;

/**
 * The result of a transaction. It may be read again for as long as the verdict is kept; each time, the
 * token is a new one.
 *
 * @param id - the transaction's
 * @param application - who asks; another application's transaction does not exist for it
 * @throws ServerError `transaction_unknown`
 */
export async function readApplicationResult(
  context: ResultContext,
  id: string,
  application: string,
): Promise<TransactionResult> {
  const { storage, clock } = context;
  const signIn = await storage.signIns.find(id);
  if (signIn !== undefined) return describeSignIn(context, signIn, application);
  const transaction = await storage.transactions.find(id);
  if (transaction?.application !== application) throw new ServerError('transaction_unknown');
  const { status } = await describeTransaction(transaction, storage, clock.now());
  // Between the two look-ups the verdict may have come: the next call finds it.
  return {
    transaction: id,
    status: status === 'managed' || status === 'refused' ? 'pending' : status,
  };
}

async function describeSignIn(
  context: ResultContext,
  { origin, user, result, application }: SignIn,
  asking: string,
): Promise<TransactionResult> {
  if (application !== asking) throw new ServerError('transaction_unknown');
  const allowed = isAllowed(result);
  const claims = deviceVerificationClaims({
    issuer: context.issuer(),
    application,
    id: encodeBase64Url(context.random.bytes(tokenIdBytes)),
    issuedAt: Math.floor(context.clock.now().getTime() / 1000),
    user,
    origin,
    result,
  });
  return {
    transaction: result.transaction,
    status: allowed && result.managed ? 'managed' : 'refused',
    allowed,
    origin,
    ...(user === undefined ? {} : { user }),
    result,
    token: signToken(deviceVerificationType, claims, await context.signingKeys.current()),
  };
}
