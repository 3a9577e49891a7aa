/** The bill of materials of a package: CycloneDX 1.6, JSON. */
import { createHash } from 'node:crypto';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';

/** No expression is validated: SPDX ids are told from names by the library's own list. */
const licences = new Contrib.License.Factories.LicenseFactory(() => {
  throw new Error('not an expression');
});

/**
 * Writes the bill.
 *
 * @param {object} content
 * @param {{ name: string, version: string, license: string, description: string }} content.manifest - the
 *   program's package.json
 * @param {object} content.closure - of closure.mjs
 * @param {import('./runtime.mjs').Runtime} content.runtime
 * @param {Readonly<Record<string, { version: string, integrity: string }>>} content.lock - package-lock.json's
 *   packages, by directory
 * @param {string} content.target - as in targets.mjs
 * @param {number} content.epoch - seconds since 1970: when the sources were made
 * @returns {string} the document; the same for the same content
 */
export function renderSbom({ manifest, closure, runtime, lock, target, epoch }) {
  const program = new Models.Component(Enums.ComponentType.Application, manifest.name, {
    bomRef: npmUrl(manifest),
    version: manifest.version,
    description: manifest.description,
    licenses: new Models.LicenseRepository([licences.makeFromString(manifest.license)]),
    purl: npmUrl(manifest),
    properties: new Models.PropertyRepository([new Models.Property('countersign:target', target)]),
  });
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: program, timestamp: new Date(epoch * 1000) }),
  });
  const node = runtimeComponent(runtime);
  const byDirectory = new Map(
    closure.packages.map((one) => [one.directory, packageComponent(one, lock[one.directory])]),
  );
  program.dependencies.add(node.bomRef);
  for (const directory of closure.uses) program.dependencies.add(byDirectory.get(directory).bomRef);
  for (const { directory, uses } of closure.packages) {
    for (const used of uses) {
      byDirectory.get(directory).dependencies.add(byDirectory.get(used).bomRef);
    }
  }
  for (const component of [node, ...byDirectory.values()]) bom.components.add(component);
  const serialize = () =>
    new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)).serialize(
      bom,
      { sortLists: true, space: 2 },
    );
  bom.serialNumber = `urn:uuid:${uuidOf(serialize())}`;
  return `${serialize()}\n`;
}

function runtimeComponent({ version, sha256 }) {
  return new Models.Component(Enums.ComponentType.Platform, 'node', {
    bomRef: `pkg:generic/node@${version}`,
    version,
    description: 'The JavaScript runtime, as Node.js releases it',
    licenses: new Models.LicenseRepository([licences.makeFromString('MIT')]),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    purl: `pkg:generic/node@${version}`,
    scope: Enums.ComponentScope.Required,
  });
}

function packageComponent({ name, version, license }, locked) {
  const sha512 = /^sha512-(.+)$/.exec(locked?.integrity ?? '')?.[1];
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: npmUrl({ name, version }),
    version,
    licenses: new Models.LicenseRepository([licenceOf(license)]),
    // Of the archive that npm installs from: what an advisory's reader compares.
    hashes: new Models.HashDictionary(
      sha512 === undefined
        ? []
        : [[Enums.HashAlgorithm['SHA-512'], Buffer.from(sha512, 'base64').toString('hex')]],
    ),
    purl: npmUrl({ name, version }),
    scope: Enums.ComponentScope.Required,
  });
}

/** An SPDX expression in brackets or with an operator is one; everything else an id or a name. */
function licenceOf(text) {
  return /^\(|\s(?:OR|AND|WITH)\s/.test(text)
    ? new Models.LicenseExpression(text)
    : licences.makeFromString(text);
}

function npmUrl({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** A UUID of version 8 (RFC 9562 section 5.8) that stands for the content. */
function uuidOf(text) {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
