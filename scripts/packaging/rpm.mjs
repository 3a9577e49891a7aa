/** RPM's packages, made by rpmbuild from a spec that only lists what is there. */
import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { applicationDirectory, write } from './linux-tree.mjs';
import { runTool } from './run-tool.mjs';
import { listTree } from './tree.mjs';

const compression = { best: 'w19T2.zstdio', fast: 'w1.gzdio' };

/** Directories that are the package's own, not the system's. */
const ownDirectory =
  /^(?:usr\/lib\/countersign|etc\/countersign|usr\/share\/doc\/countersign)(?:\/|$)/;

/**
 * Makes the package.
 *
 * @param {object} build - as for application.mjs, with `compression`: best or fast
 * @param {string} tree - of linux-tree.mjs; stays as it is
 * @param {string} scratch - an empty directory
 * @param {string} output - directory
 * @returns {string} the package's file
 */
export function makeRpm(build, tree, scratch, output) {
  const { epoch, manifest, system } = build;
  const top = path.join(scratch, 'rpm');
  mkdirSync(top, { recursive: true });
  const spec = path.join(top, 'countersign.spec');
  write(spec, renderSpec(build, tree));
  const macros = {
    _topdir: top,
    _rpmdir: output,
    _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    _buildhost: 'localhost',
    _build_id_links: 'none',
    _binary_payload: compression[build.compression],
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    debug_package: '%{nil}',
    // Nothing is stripped or compiled again.
    __os_install_post: '%{nil}',
    __provides_exclude_from: `^${applicationDirectory}/.*$`,
  };
  const defines = Object.entries(macros).flatMap(([name, value]) => [
    '--define',
    `${name} ${value}`,
  ]);
  runTool(
    'rpmbuild',
    ['-bb', '--quiet', '--target', `${system.architecture.rpm}-linux`, ...defines, spec],
    { env: { SOURCE_DATE_EPOCH: String(epoch) } },
  );
  const version = rpmVersion(manifest.version);
  return path.join(output, `${manifest.name}-${version}-1.${system.architecture.rpm}.rpm`);
}

/** A pre-release comes before its release. */
function rpmVersion(version) {
  return version.replace('-', '~');
}

function renderSpec({ manifest }, tree) {
  return `Name: ${manifest.name}
Version: ${rpmVersion(manifest.version)}
Release: 1
Summary: Agent that proves to sign-in servers that this device is managed
License: Apache-2.0 AND MIT AND BSD-3-Clause
Group: Applications/Internet
Recommends: systemd

%description
${manifest.description}

Each user who signs in gets an agent, started by systemd's user manager. It answers the challenges of the
organisation's sign-in servers with a certificate of this device, from a TPM, a token or a file. The package
carries its own Node.js in ${applicationDirectory}/runtime.

%install
mkdir -p %{buildroot}
cp -a ${tree}/. %{buildroot}/

%post
if [ "$1" -gt 1 ]; then
  ${applicationDirectory}/maintain.sh upgraded
else
  ${applicationDirectory}/maintain.sh installed
fi

%preun
if [ "$1" -eq 0 ]; then
  ${applicationDirectory}/maintain.sh removing
fi

%files
%defattr(-,root,root,-)
${fileList(tree)}
`;
}

function fileList(tree) {
  return listTree(tree)
    .map((entry) => ({ entry, directory: lstatSync(path.join(tree, entry)).isDirectory() }))
    .filter(({ entry, directory }) => !directory || ownDirectory.test(entry))
    .map(({ entry, directory }) => `${directory ? '%dir ' : ''}"/${entry}"`)
    .join('\n');
}
