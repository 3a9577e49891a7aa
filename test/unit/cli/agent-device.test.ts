import { describe, expect, it } from 'vitest';
import { deviceClaims } from '../../../src/cli/agent/device.ts';

function linux(files: Readonly<Record<string, string>>) {
  return deviceClaims('linux', (path) => files[path]);
}

describe('deviceClaims', () => {
  it('names the distribution as people know it, and the kernel', () => {
    const { platform, osVersion } = linux({
      '/etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    });
    expect(platform).toBe('linux');
    expect(osVersion).toMatch(/^Debian GNU\/Linux 12 \(bookworm\), kernel \d/);
  });

  it.each([
    ["PRETTY_NAME='Single'\n", 'Single'],
    ['PRETTY_NAME=Plain\n', 'Plain'],
    ['', 'Linux'],
  ])('reads os-release in each of its forms: %j', (text, name) => {
    expect(linux({ '/usr/lib/os-release': text }).osVersion).toMatch(
      new RegExp(`^${name}, kernel`),
    );
  });

  it('has the serial number where it can be read', () => {
    expect(linux({ '/sys/class/dmi/id/product_serial': 'PF2ABC12\n' }).serial).toBe('PF2ABC12');
  });

  it.each(['', 'None', 'Not Specified', 'Default string', 'To be filled by O.E.M.', '0000000'])(
    'passes over a placeholder where the serial number should be: %j',
    (text) => {
      expect(linux({ '/sys/class/dmi/id/product_serial': text })).not.toHaveProperty('serial');
    },
  );

  it('stays within what the protocol takes', () => {
    const { osVersion } = linux({ '/etc/os-release': `PRETTY_NAME="${'x'.repeat(500)}\u0007"` });
    expect(osVersion).toHaveLength(256);
    expect(osVersion).not.toContain('\u0007');
  });

  it.each([
    ['win32', 'windows'],
    ['darwin', 'macos'],
  ] as const)('names the platform %s as the protocol does', (platform, name) => {
    const claims = deviceClaims(platform, () => 'never read');
    expect(claims.platform).toBe(name);
    expect(claims).not.toHaveProperty('serial');
  });
});
