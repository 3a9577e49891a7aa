// Builds Windows libraries with mingw-w64: the shipped addon, and what its tests need.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const nodeApi = path.dirname(require.resolve('node-api-headers/package.json'));
const addonApi = path.dirname(require.resolve('node-addon-api/package.json'));

/**
 * The compilers, by what Node calls the architecture. The default mingw-w64 of Debian lacks
 * std::mutex; its "posix" one has it. For arm64 it takes llvm-mingw, which Debian does not carry.
 */
export const toolchains = {
  x64: {
    compiler: 'x86_64-w64-mingw32-g++-posix',
    dlltool: 'x86_64-w64-mingw32-dlltool',
    strip: 'x86_64-w64-mingw32-strip',
  },
  arm64: {
    compiler: 'aarch64-w64-mingw32-clang++',
    dlltool: 'aarch64-w64-mingw32-dlltool',
    strip: 'aarch64-w64-mingw32-strip',
  },
};

const compilerFlags = [
  // Without RTTI, as node-gyp builds.
  ...['-std=c++17', '-O2', '-fno-rtti', '-Wall', '-Wextra', '-Werror'],
  ...['-DUNICODE', '-D_UNICODE', '-DNOMINMAX', '-DWIN32_LEAN_AND_MEAN', '-D_WIN32_WINNT=0x0A00'],
  ...['-DNAPI_VERSION=9', '-DNAPI_CPP_EXCEPTIONS', '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  ...['-isystem', path.join(nodeApi, 'include'), '-isystem', addonApi],
];

// No time stamp: the same sources give the same file.
const linkerFlags = ['-static', '-Wl,--no-insert-timestamp', '-Wl,--high-entropy-va'];

/**
 * Compiles and links a library.
 *
 * @param {{ arch: 'x64' | 'arm64', name: string, sources: string[], output: string,
 *   libraries: string[], usesNodeApi: boolean, flags?: string[] }} library - sources and output are
 *   absolute paths
 */
export function buildLibrary(library) {
  build(library, '-shared');
}

/**
 * Compiles and links a program that needs no library beside Windows' own.
 *
 * @param {{ arch: 'x64' | 'arm64', name: string, sources: string[], output: string,
 *   libraries: string[] }} program - sources and output are absolute paths
 */
export function buildProgram(program) {
  build({ ...program, usesNodeApi: false }, '-mconsole');
}

function build({ arch, name, sources, output, libraries, usesNodeApi, flags = [] }, kind) {
  const tools = toolchains[arch];
  const objects = path.join(root, 'build', 'mingw', arch, name);
  mkdirSync(objects, { recursive: true });
  mkdirSync(path.dirname(output), { recursive: true });
  const files = sources.map((source) => {
    const object = path.join(objects, `${path.basename(source, '.cc')}.o`);
    if (isStale(object, source)) {
      run(tools.compiler, [...compilerFlags, ...flags, '-c', source, '-o', object]);
    }
    return object;
  });
  const nodeImports = usesNodeApi ? [importLibrary(tools, objects), '-ldelayimp'] : [];
  const linkedLibraries = libraries.map((library) => `-l${library}`);
  run(tools.compiler, [
    kind,
    ...linkerFlags,
    '-o',
    output,
    ...files,
    ...nodeImports,
    ...linkedLibraries,
  ]);
  run(tools.strip, ['--strip-unneeded', output]);
}

/** An object is stale where its source, or any header beside that source, is newer. */
function isStale(object, source) {
  const directory = path.dirname(source);
  const headers = readdirSync(directory).filter((file) => file.endsWith('.h'));
  const inputs = [source, fileURLToPath(import.meta.url)];
  for (const header of headers) inputs.push(path.join(directory, header));
  const made = statSync(object, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return inputs.some((input) => statSync(input).mtimeMs > made);
}

/** Node's functions, bound when first called: node_import_hook_mingw.cc says to what. */
function importLibrary(tools, directory) {
  const names = ['js_native_api', 'node_api']
    .flatMap((part) => readFileSync(path.join(nodeApi, 'def', `${part}.def`), 'utf8').split(/\s+/))
    .filter((word) => /^(?:napi|node_api)_/.test(word));
  const definition = path.join(directory, 'node.def');
  const library = path.join(directory, 'libnode.a');
  writeFileSync(definition, ['LIBRARY node.exe', 'EXPORTS', ...new Set(names), ''].join('\n'));
  run(tools.dlltool, ['-d', definition, '-D', 'node.exe', '--output-delaylib', library]);
  return library;
}

function run(command, args) {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
