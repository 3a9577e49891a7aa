// What the macos: store sees and can do on this Mac, as a report to send back. Names no certificate,
// user or device. scripts/verify-macos.sh runs it.
import { execFileSync, spawnSync } from 'node:child_process';
import { reportPeers, reportPolicy, reportStore } from './store-report.mjs';

const domain = process.argv[2] ?? 'countersign.agent';

/** Leaves out whose it is: home folders, serial numbers of cards, labels. */
const anonymous = (text) =>
  text
    .replace(/\?sha256=.*/, '')
    .replace(/\/Users\/[^/]+/, '/Users/…')
    .replace(/(Token [^:]+):.*/, '$1:…')
    .replace(/“[^”]*”/g, '“…”');

const outputOf = (file, args) => spawnSync(file, args, { encoding: 'utf8' }).stdout ?? '';
const firstLine = (file, args) => outputOf(file, args).trim().split('\n')[0];

/** What codesign says of the program that the keychain would have to allow. */
function signer() {
  const { stderr } = spawnSync('/usr/bin/codesign', ['-d', '-vvv', process.execPath], {
    encoding: 'utf8',
  });
  const telling = /^(TeamIdentifier|Signature|CDHash|flags)/;
  return (stderr ?? '').split('\n').filter((line) => telling.test(line));
}

const report = {
  macos: firstLine('/usr/bin/sw_vers', ['-productVersion']),
  hardware: firstLine('/usr/sbin/sysctl', ['-n', 'machdep.cpu.brand_string']),
  node: `${process.version} ${process.arch}`,
  signer: signer(),
  user: process.geteuid() === 0 ? 'root' : 'a user',
  session: firstLine('/bin/launchctl', ['managername']),
  managed: /Yes/.test(outputOf('/usr/bin/profiles', ['status', '-type', 'enrollment'])),
  store: await reportStore('macos:', anonymous),
  policy: await reportPolicy(domain),
  peers: await reportPeers(),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
};
console.log(JSON.stringify(report, null, 2));
