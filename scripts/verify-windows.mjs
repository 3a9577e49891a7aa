// What the windows: store sees and can do on this Windows, as a report to send back. Names no
// certificate, user or device. scripts/verify-windows.ps1 runs it.
import { spawnSync } from 'node:child_process';
import { release, version } from 'node:os';
import { reportPeers, reportPolicy, reportStore } from './store-report.mjs';

/** Leaves out thumbprints and labels. */
const anonymous = (text) => text.replace(/\/[0-9A-F]{40}/gi, '/…').replace(/“[^”]*”/g, '“…”');

const powershell = (command) =>
  spawnSync('powershell', ['-NoProfile', '-Command', command], { encoding: 'utf8' }).stdout?.trim();

const report = {
  windows: `${version()} ${release()}`,
  node: `${process.version} ${process.arch}`,
  session: powershell('[System.Diagnostics.Process]::GetCurrentProcess().SessionId'),
  elevated: powershell(
    '([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)',
  ),
  tpm: powershell('try { (Get-Tpm).TpmReady } catch { $_.Exception.Message }'),
  store: await reportStore('windows:', anonymous),
  policy: await reportPolicy('Countersign'),
  peers: await reportPeers(),
};
console.log(JSON.stringify(report, null, 2));
