/**
 * Windows Installer's packages, made by wixl of msitools. What wixl has no element for is written into the
 * database's tables: https://learn.microsoft.com/windows/win32/msi/database-tables
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApplication } from './application.mjs';
import { runTool } from './run-tool.mjs';
import { listFiles, setTimes } from './tree.mjs';

const product = 'Countersign';

/** All versions are one product. Never change it. */
const upgradeCode = 'D53CF2D8-5F1B-5E8C-9BD2-0C9F6A2F5B6E';

const files = fileURLToPath(new URL('files/windows', import.meta.url));

/** Custom actions: a program of the package, run by SYSTEM where the script does the rest. */
const runDeferredAsSystem = 34 + 1024 + 2048;
const goOnWhereItFails = 64;

const countersign = '"[INSTALLDIR]runtime\\node.exe" "[INSTALLDIR]dist\\cli\\countersign.js"';
const removed = 'REMOVE="ALL"';

const installed = `NOT ${removed}`;

/**
 * An upgrade removes the old version first, with its actions. A removal goes on whatever state the service is in.
 *
 * @type {readonly { name: string, type: number, arguments: string, condition: string, sequence: number }[]}
 */
const customActions = [
  ['StopAgents', 'service stop --all-users', removed, 3401],
  ['StopMachineAgent', 'service stop --machine', removed, 3402],
  ['RemoveAgentTask', 'service uninstall --all-users', removed, 3403],
  // Whoever has the machine's agent has asked for it; it stays over an upgrade.
  [
    'RemoveMachineAgent',
    'service uninstall --machine',
    `${removed} AND NOT UPGRADINGPRODUCTCODE`,
    3404,
  ],
  ['InstallAgentTask', 'service install --all-users', `${installed} AND NOT STARTAGENT="0"`, 5901],
  ['StartMachineAgent', 'service start --machine', installed, 5902],
].map(([name, command, condition, sequence]) => ({
  name,
  type: runDeferredAsSystem + (name === 'InstallAgentTask' ? 0 : goOnWhereItFails),
  arguments: command,
  condition,
  sequence,
}));

/**
 * Makes the package.
 *
 * @param {object} build - as for application.mjs
 * @param {string} scratch - an empty directory
 * @param {string} output - directory
 * @returns {{ file: string, application: string }}
 */
export function makeMsi(build, scratch, output) {
  const { epoch, manifest, system } = build;
  const application = path.join(scratch, 'application');
  writeApplication(build, application);
  mkdirSync(path.join(application, 'bin'));
  // cmd.exe wants its own line ends.
  const launcher = readFileSync(path.join(files, 'countersign.cmd'), 'utf8');
  writeFileSync(
    path.join(application, 'bin', 'countersign.cmd'),
    launcher.replaceAll('\n', '\r\n'),
  );
  setTimes(application, epoch);
  const source = path.join(scratch, 'countersign.wxs');
  writeFileSync(source, renderSource(build, application));
  const file = path.join(
    output,
    `${manifest.name}-${manifest.version}-${system.architecture.msi}.msi`,
  );
  // It takes no absolute paths of sources.
  runTool('wixl', ['--arch', 'x64', '--output', file, source], { cwd: scratch });
  if (system.architecture.msi === 'arm64') markForArm(file);
  completeTables(file, msiVersion(manifest.version), scratch);
  return { file, application };
}

/** wixl knows no arm64; the database differs in its summary alone. */
function markForArm(file) {
  runTool('msibuild', [
    file,
    '-s',
    product,
    product,
    'Arm64;1033',
    `{${randomUUID().toUpperCase()}}`,
  ]);
}

/** What wixl cannot say: that one version takes another's place, the search path, the programs to run. */
function completeTables(file, version, scratch) {
  const tables = {
    // Attributes: 2 only detects; 256 and 512 include the least and the greatest version.
    Upgrade: [
      'UpgradeCode\tVersionMin\tVersionMax\tLanguage\tAttributes\tRemove\tActionProperty',
      's38\tS20\tS20\tS255\ti4\tS255\ts72',
      'Upgrade\tUpgradeCode\tVersionMin\tVersionMax\tLanguage\tAttributes',
      `{${upgradeCode}}\t0.0.0\t${version}\t\t${256 + 512}\t\tOLDERVERSION`,
      `{${upgradeCode}}\t${version}\t\t\t2\t\tNEWERVERSION`,
    ],
    CustomAction: [
      'Action\tType\tSource\tTarget\tExtendedType',
      's72\ti2\tS72\tS255\tI4',
      'CustomAction\tAction',
      ...customActions.map(
        (action) =>
          `${action.name}\t${action.type}\tINSTALLDIR\t${countersign} ${action.arguments}\t`,
      ),
    ],
    Environment: [
      'Environment\tName\tValue\tComponent_',
      's72\tl255\tL255\ts72',
      'Environment\tEnvironment',
      // "=" sets, "-" removes with the component, "*" is the machine's; [~] is what was there.
      `SearchPath\t=-*PATH\t[~];[${identifier('directory', 'bin')}]\t${identifier('component', 'bin/countersign.cmd')}`,
    ],
  };
  for (const [name, lines] of Object.entries(tables)) {
    const table = path.join(scratch, `${name}.idt`);
    writeFileSync(table, lines.map((line) => `${line}\r\n`).join(''));
    runTool('msibuild', [file, '-i', table]);
  }
  const steps = [
    ['FindRelatedProducts', '', 25],
    ['RemoveExistingProducts', '', 1501],
    ['RemoveEnvironmentStrings', '', 3300],
    ['WriteEnvironmentStrings', '', 5200],
    ...customActions.map(({ name, condition, sequence }) => [name, condition, sequence]),
  ];
  for (const [action, condition, sequence] of steps) {
    const columns = '`Action`, `Condition`, `Sequence`';
    const row = `'${action}', '${condition}', ${sequence}`;
    const query = `INSERT INTO \`InstallExecuteSequence\` (${columns}) VALUES (${row})`;
    runTool('msibuild', [file, '-q', query]);
  }
}

function renderSource({ manifest }, application) {
  const entries = listFiles(application);
  const references = entries
    .map((entry) => `<ComponentRef Id="${identifier('component', entry)}"/>`)
    .join('\n      ');
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="${product}" Language="1033" Version="${msiVersion(manifest.version)}" Manufacturer="${product}" UpgradeCode="${upgradeCode}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="Countersign ${manifest.version}" Comments="Proves to sign-in servers that this device is managed"/>
    <Condition Message="A newer version of Countersign is installed.">Installed OR NOT NEWERVERSION</Condition>
    <Media Id="1" Cabinet="app.cab" EmbedCab="yes"/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Property Id="SecureCustomProperties" Value="NEWERVERSION;OLDERVERSION;STARTAGENT"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Countersign">
${renderDirectory(treeOf(entries), application, '', 10)}
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Agent" Level="1" Title="Countersign">
      ${references}
    </Feature>
  </Product>
</Wix>
`;
}

/** @returns nested maps: name to map for a directory, to undefined for a file */
function treeOf(entries) {
  const tree = new Map();
  for (const entry of entries) {
    const parts = entry.split('/');
    let place = tree;
    for (const part of parts.slice(0, -1)) {
      if (!place.has(part)) place.set(part, new Map());
      place = place.get(part);
    }
    place.set(parts.at(-1), undefined);
  }
  return tree;
}

function renderDirectory(tree, application, prefix, indent) {
  const space = ' '.repeat(indent);
  return [...tree]
    .map(([name, children]) => {
      const entry = `${prefix}${name}`;
      if (children === undefined) return `${space}${renderComponent(entry, name, application)}`;
      const inner = renderDirectory(children, application, `${entry}/`, indent + 2);
      return `${space}<Directory Id="${identifier('directory', entry)}" Name="${escapeXml(name)}">\n${inner}\n${space}</Directory>`;
    })
    .join('\n');
}

/** A component's id stands for its path, so that it is the same in every version. */
function renderComponent(entry, name, application) {
  const source = escapeXml(`${path.basename(application)}/${entry}`);
  return `<Component Id="${identifier('component', entry)}" Guid="${componentGuid(entry)}" Win64="yes"><File Id="${identifier('file', entry)}" Name="${escapeXml(name)}" Source="${source}" KeyPath="yes"/></Component>`;
}

/** At most 72 characters of letters, digits and underscores. */
function identifier(kind, entry) {
  return `${kind}_${createHash('sha256').update(entry).digest('hex').slice(0, 32)}`;
}

function componentGuid(entry) {
  const hash = createHash('sha256').update(`${upgradeCode}/${entry}`).digest('hex').toUpperCase();
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Windows Installer compares three numbers; what is before a release counts as the release. */
function msiVersion(version) {
  return version.replace(/-.*$/, '');
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
