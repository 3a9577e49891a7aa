import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portUseOf } from '../../../src/cli/agent/port-use.ts';
import type { RunTool } from '../../../src/cli/agent/run-tool.ts';

/** Tools that say what a test has them say, by their names. */
function saying(texts: Readonly<Record<string, string>>): RunTool {
  return ([program]) => {
    const text = texts[program];
    return text === undefined ? { exitCode: undefined, text: 'ENOENT' } : { exitCode: 0, text };
  };
}

const netstat = [
  'Aktive Verbindungen',
  '',
  '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
  '  TCP    127.0.0.1:50001        127.0.0.1:21861        HERGESTELLT     9',
  '  TCP    127.0.0.1:21861        127.0.0.1:50001        HERGESTELLT     8',
  '  TCP    127.0.0.1:21861        0.0.0.0:0              ABHÖREN         4321',
  '  TCP    [::1]:21862            [::]:0                 ABHÖREN         77',
  '  UDP    127.0.0.1:21863        *:*                                    5',
].join('\r\n');

describe('who holds a port', () => {
  it.runIf(process.platform === 'linux')('is told from /proc on Linux', async () => {
    const use = portUseOf('linux', saying({}));
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(use(port)).toMatch(new RegExp(`^by .+, process ${process.pid}$`));
    await new Promise((resolve) => server.close(resolve));
    expect(use(port)).toBeUndefined();
  });

  it('is told by lsof on macOS', () => {
    const use = portUseOf('darwin', saying({ '/usr/sbin/lsof': 'p812\ncnginx\nf6' }));
    expect(use(21861)).toBe('by nginx, process 812');
    expect(portUseOf('darwin', saying({ '/usr/sbin/lsof': '' }))(21861)).toBeUndefined();
  });

  it('is told by netstat on Windows, in any language', () => {
    const tools = {
      'netstat.exe': netstat,
      'tasklist.exe': '"other.exe","4321","Console","1","9 K"',
    };
    const use = portUseOf('win32', saying(tools));
    expect(use(21861)).toBe('by other.exe, process 4321');
    expect(use(2186)).toBeUndefined();
    expect(use(21863)).toBeUndefined();
    const nameless = portUseOf(
      'win32',
      saying({ 'netstat.exe': netstat, 'tasklist.exe': 'INFO: …' }),
    );
    expect(nameless(21862)).toBe('by unknown, process 77');
  });

  it.each(['darwin', 'win32'] as const)('is not told where %s has no such tool', (platform) => {
    expect(portUseOf(platform, saying({}))(21861)).toBeUndefined();
  });
});
