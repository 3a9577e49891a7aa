/** The files of a Linux package, where they lie on the system. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { sbomName, writeApplication } from './application.mjs';
import { PackagingError, exitCodes } from './errors.mjs';
import { serviceFile } from './service-files.mjs';
import { ownTarget } from './targets.mjs';
import { listTree, setTimes } from './tree.mjs';

const files = fileURLToPath(new URL('files/linux', import.meta.url));

/** Where the application lies. */
export const applicationDirectory = '/usr/lib/countersign';

/**
 * Writes the tree.
 *
 * @param {object} build - as for application.mjs
 * @param {string} directory - where; is made
 * @throws PackagingError on a machine of another kind: which libraries a package needs is asked of the system
 */
export async function writeLinuxTree(build, directory) {
  if (build.target !== ownTarget()) {
    throw new PackagingError(
      `Packages for ${build.target} are made on such a machine, whose linker and libraries say what they need.`,
      exitCodes.needsOtherSystem,
    );
  }
  const at = (...parts) => path.join(directory, ...parts);
  const application = at(applicationDirectory);
  writeApplication(build, application);
  const service = await serviceFile(build.root, 'linux', [
    `${applicationDirectory}/runtime/node`,
    `${applicationDirectory}/dist/cli/countersign.js`,
  ]);
  write(at('usr/lib/systemd/user', service.name), service.content);
  write(at('usr/lib/systemd/user-preset/90-countersign.preset'), read('countersign.preset'));
  write(at('usr/bin/countersign'), read('countersign.sh'), 0o755);
  write(at(applicationDirectory, 'maintain.sh'), read('maintain.sh'), 0o755);
  write(at('usr/share/man/man1/countersign.1.gz'), gzipSync(read('countersign.1'), { level: 9 }));
  const documents = 'usr/share/doc/countersign';
  write(at(documents, 'copyright'), copyright(build));
  const changes = readFileSync(path.join(build.root, 'CHANGELOG.md'));
  write(at(documents, 'changelog.gz'), gzipSync(changes, { level: 9 }));
  symlinkSync(`../../../lib/countersign/${sbomName}`, at(documents, sbomName));
  mkdirSync(at('etc/countersign/conf.d'), { recursive: true });
  for (const entry of listTree(directory)) {
    if (lstatSync(at(entry)).isDirectory()) chmodSync(at(entry), 0o755);
  }
  setTimes(directory, build.epoch);
}

/** Debian's machine-readable form. */
function copyright({ manifest }) {
  const own = applicationDirectory.slice(1);
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${manifest.name}

Files: *
Copyright: 2026 the Countersign authors
License: Apache-2.0

Files: ${own}/runtime/* ${own}/node_modules/* ${own}/prebuilds/pkcs11js/*
Copyright: their authors
License: third-party

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0; it is also in
 ${applicationDirectory}/LICENSE.

License: third-party
 Whose each part is, and under which licence, is in
 ${applicationDirectory}/THIRD-PARTY-NOTICES.txt.
`;
}

/** @returns {string[]} names of the static files, for packages that take several */
export function maintainerScripts() {
  return readdirSync(files).filter((file) => /^(?:postinst|prerm|postrm)$/.test(file));
}

/** @returns {Buffer} a static file */
export function read(name) {
  return readFileSync(path.join(files, name));
}

/** Writes a file and the directories above it. */
export function write(file, content, mode = 0o644) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}
