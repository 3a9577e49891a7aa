/** The files with which p11-kit registers PKCS#11 modules, pkcs11.conf(5). */

/** Fields of a file, by name. */
export type ModuleConfig = ReadonlyMap<string, string>;

/**
 * Reads one file: lines of `name: value`, blank lines, and comments that begin with `#`. Of a name that
 * stands there twice the last value counts.
 *
 * @param text - the file's content
 * @returns the fields, or a sentence that says what is wrong
 */
export function parseModuleConfig(text: string): ModuleConfig | string {
  const fields = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const field = /^([A-Za-z0-9._-]+)\s*:(.*)$/.exec(line);
    if (field === null) return `Line ${index + 1} is not of the form "name: value".`;
    fields.set(field[1] ?? '', (field[2] ?? '').trim());
  }
  return fields;
}

/** The fields of a file, and of what it does not say those of a less specific one. */
export function withDefaults(config: ModuleConfig, defaults: ModuleConfig): ModuleConfig {
  return new Map([...defaults, ...config]);
}

/**
 * Whether a module is meant for a program, by `enable-in` and `disable-in`. Where a file has both,
 * `enable-in` counts, as in p11-kit.
 */
export function isEnabledIn(program: string, config: ModuleConfig): boolean {
  const enabled = config.get('enable-in');
  if (enabled !== undefined) return names(enabled).includes(program);
  return !names(config.get('disable-in') ?? '').includes(program);
}

/** Modules with a higher number come first. */
export function priorityOf(config: ModuleConfig): number {
  const priority = Number(config.get('priority') ?? 0);
  return Number.isSafeInteger(priority) ? priority : 0;
}

function names(list: string): string[] {
  return list.split(/[\s,]+/).filter((name) => name !== '');
}
