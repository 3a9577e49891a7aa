/** Chooses how the agent tells whose a loopback connection is, by what the system offers. */
import { readFileSync } from 'node:fs';
import { LinuxPeerOwnership } from '../../agent/loopback/linux-peer-ownership.ts';
import { NativePeerOwnership } from '../../agent/loopback/native-peer-ownership.ts';
import { uncheckedPeerOwnership, type PeerOwnership } from '../../agent/loopback/peer-ownership.ts';
import {
  linuxUsers,
  localNativeSid,
  localNativeUserId,
  localUserId,
  macosUsers,
  sameNativeUser,
  sameUserId,
} from '../../agent/loopback/peer-rules.ts';
import { describeError, type Logger } from '../../core/index.ts';

/** Whose connections are taken: the agent's own user's, or those of every ordinary account. */
export type AnsweredUsers = 'same-user' | 'local-users';

/**
 * @param platform - as process.platform
 * @param userId - the agent's own; undefined on Windows
 * @param answered - whom the agent answers
 * @param logger - told where the check is missing
 */
export async function peerOwnershipOf(
  platform: NodeJS.Platform,
  userId: number | undefined,
  answered: AnsweredUsers,
  logger: Logger,
): Promise<PeerOwnership> {
  if (platform === 'linux' && userId !== undefined) {
    const everyone = answered === 'local-users';
    return new LinuxPeerOwnership(
      everyone ? localUserId(linuxUsers(loginDefinitions())) : sameUserId(userId),
    );
  }
  // The addon's code is only loaded where there is one.
  const { loadNativeAddon, NativeAddonError } = await import('../../native/index.ts');
  try {
    const addon = loadNativeAddon();
    const find = addon.findPeerProcess.bind(addon);
    if (answered === 'same-user') return new NativePeerOwnership(find, sameNativeUser);
    const rule = platform === 'win32' ? localNativeSid : localNativeUserId(macosUsers);
    return new NativePeerOwnership(find, rule);
  } catch (error) {
    if (!(error instanceof NativeAddonError)) throw error;
    logger.warn(
      'Other users of this machine can reach the agent: whose a connection is, is not checked',
      {
        reason: describeError(error),
      },
    );
    return uncheckedPeerOwnership;
  }
}

function loginDefinitions(): string {
  try {
    return readFileSync('/etc/login.defs', 'utf8');
  } catch {
    return '';
  }
}
