/** Debian's packages: deb(5), deb-control(5). */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { applicationDirectory, maintainerScripts, read, write } from './linux-tree.mjs';
import { runTool } from './run-tool.mjs';
import { listFiles, setTimes, sizeOf } from './tree.mjs';

const maintainer = 'Countersign maintainers <maintainers@countersign.invalid>';

/** A fixed number of threads: how xz cuts its blocks depends on whether there are several. */
const threads = { DPKG_DEB_THREADS_MAX: '2' };
const compression = { best: ['-Zxz', '-z6'], fast: ['-Zgzip', '-z1'] };

/**
 * Makes the package.
 *
 * @param {object} build - as for application.mjs, with `compression`: best or fast
 * @param {string} tree - of linux-tree.mjs; stays as it is
 * @param {string} scratch - an empty directory
 * @param {string} output - directory
 * @returns {string} the package's file
 */
export function makeDeb(build, tree, scratch, output) {
  const { epoch, manifest, system } = build;
  const version = debVersion(manifest.version);
  const directory = path.join(scratch, 'deb');
  cpSync(tree, directory, { recursive: true, verbatimSymlinks: true });
  write(path.join(directory, 'usr/share/lintian/overrides/countersign'), read('lintian-overrides'));
  write(
    path.join(directory, 'usr/share/doc/countersign/changelog.Debian.gz'),
    gzipSync(changelog(version, epoch), { level: 9 }),
  );
  const control = path.join(directory, 'DEBIAN');
  const installedSize = Math.ceil(sizeOf(directory) / 1024);
  write(path.join(control, 'md5sums'), md5sums(directory));
  for (const script of maintainerScripts()) {
    write(path.join(control, script), read(script), 0o755);
  }
  const fields = [
    ['Package', manifest.name],
    ['Version', version],
    ['Architecture', system.architecture.deb],
    ['Maintainer', maintainer],
    ['Installed-Size', String(installedSize)],
    ['Depends', libraries(directory, scratch)],
    ['Recommends', 'systemd'],
    ['Suggests', 'p11-kit-modules, opensc-pkcs11, libtpm2-pkcs11-1'],
    ['Section', 'net'],
    ['Priority', 'optional'],
    ['Description', description],
  ];
  write(
    path.join(control, 'control'),
    fields.map(([name, value]) => `${name}: ${value}\n`).join(''),
  );
  setTimes(directory, epoch);
  const file = path.join(output, `${manifest.name}_${version}_${system.architecture.deb}.deb`);
  runTool(
    'dpkg-deb',
    ['--root-owner-group', ...compression[build.compression], '--build', directory, file],
    { env: { ...threads, SOURCE_DATE_EPOCH: String(epoch) } },
  );
  return file;
}

/** A pre-release comes before its release: deb-version(7). */
function debVersion(version) {
  return `${version.replace('-', '~')}-1`;
}

/** deb-changelog(5): of the package; the program's own lies beside it. */
function changelog(version, epoch) {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `countersign (${version}) stable; urgency=medium

  * What changed is in changelog.gz.

 -- ${maintainer}  ${date}
`;
}

/** As Debian's own packages are made: which symbols of which library are used says from which version on. */
function libraries(directory, scratch) {
  const sources = path.join(scratch, 'shlibdeps');
  mkdirSync(path.join(sources, 'debian'), { recursive: true });
  write(
    path.join(sources, 'debian', 'control'),
    'Source: countersign\n\nPackage: countersign\nArchitecture: any\n',
  );
  const programs = listFiles(directory)
    .filter((file) => /\.node$|\/runtime\/node$/.test(file))
    .map((file) => `-e${path.join(directory, file)}`);
  const printed = runTool('dpkg-shlibdeps', ['-O', '--warnings=0', ...programs], { cwd: sources });
  return printed.trim().replace(/^shlibs:Depends=/, '');
}

const description = `agent that proves to sign-in servers that this device is managed
 Countersign lets any identity provider tell managed devices from all others, by
 certificates of the organisation's own authority.
 .
 Each user who signs in gets an agent, started by systemd's user manager. It
 answers the challenges of the organisation's sign-in servers with a certificate
 of this device, from a TPM, a token or a file. The package carries its own
 Node.js in ${applicationDirectory}/runtime.`;

function md5sums(directory) {
  return listFiles(directory)
    .filter((file) => !file.endsWith('/sbom.cdx.json') || file.startsWith('usr/lib/'))
    .map((file) => {
      const sum = createHash('md5')
        .update(readFileSync(path.join(directory, file)))
        .digest('hex');
      return `${sum}  ${file}\n`;
    })
    .join('');
}
