import { describe, expect, it } from 'vitest';
import { LinuxPeerOwnership } from '../../../src/agent/loopback/linux-peer-ownership.ts';
import { uncheckedPeerOwnership } from '../../../src/agent/loopback/peer-ownership.ts';
import { peerOwnershipOf } from '../../../src/cli/agent/peer-ownership.ts';
import { silentLogger } from '../../../src/core/index.ts';

describe('how the agent tells whose a connection is', () => {
  it('reads the kernel’s tables on Linux, and says nothing', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    expect(await peerOwnershipOf('linux', 1000, 'same-user', logger)).toBeInstanceOf(
      LinuxPeerOwnership,
    );
    expect(warnings).toEqual([]);
  });

  // A system that no addon is made for, whatever this one is.
  it.runIf(process.platform === 'linux')('warns where it cannot tell, and says why', async () => {
    const warnings: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (...line: readonly unknown[]) => warnings.push(line),
    };
    expect(await peerOwnershipOf('freebsd', 1000, 'same-user', logger)).toBe(
      uncheckedPeerOwnership,
    );
    expect(warnings).toEqual([
      [
        expect.stringContaining('not checked'),
        { reason: expect.stringContaining('native_addon_unneeded') as string },
      ],
    ]);
  });
});
