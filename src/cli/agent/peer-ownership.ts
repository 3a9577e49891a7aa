/** Chooses how the agent tells whose a loopback connection is, by what the system offers. */
import { LinuxPeerOwnership } from '../../agent/loopback/linux-peer-ownership.ts';
import { NativePeerOwnership } from '../../agent/loopback/native-peer-ownership.ts';
import { uncheckedPeerOwnership, type PeerOwnership } from '../../agent/loopback/peer-ownership.ts';
import { describeError, type Logger } from '../../core/index.ts';

/**
 * @param platform - as process.platform
 * @param userId - the agent's own; undefined on Windows
 * @param logger - told where the check is missing
 */
export async function peerOwnershipOf(
  platform: NodeJS.Platform,
  userId: number | undefined,
  logger: Logger,
): Promise<PeerOwnership> {
  if (platform === 'linux' && userId !== undefined) return new LinuxPeerOwnership(userId);
  // The addon's code is only loaded where there is one.
  const { loadNativeAddon, NativeAddonError } = await import('../../native/index.ts');
  try {
    const addon = loadNativeAddon();
    return new NativePeerOwnership((connection) => addon.findPeerProcess(connection));
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
