import { resolve } from 'node:path';
import type { ResolvedSettings, SettingsProblem } from '../../agent/config/resolve-settings.ts';
import { settingsToDocument } from '../../agent/config/settings-document.ts';
import { settingNames } from '../../agent/config/settings-schema.ts';
import type { JsonValue } from '../../core/index.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { loadSettings } from './load-settings.ts';
import { agentPlaces } from './places.ts';

/** Options of the command. */
export interface ConfigOptions {
  readonly config?: string;
  /** Of the machine's agent, not of this user's. */
  readonly machine?: boolean;
  readonly origin?: boolean;
  readonly json?: boolean;
}

/** `countersign config show`: the settings that apply, where each came from, and what is wrong. */
export async function showConfig(options: ConfigOptions, output: Output): Promise<void> {
  const file = options.config === undefined ? undefined : resolve(options.config);
  const kind = options.machine === true ? 'machine' : 'user';
  const resolved = await loadSettings(file, agentPlaces(process.platform, process.env, kind));
  const withOrigin = options.origin === true;
  output.out(
    options.json === true
      ? formatJson(describe(resolved, withOrigin))
      : format(resolved, withOrigin, printWidth(output.columns)),
  );
}

function describe(resolved: ResolvedSettings, withOrigin: boolean): object {
  const { settings, origins, sources, problems } = resolved;
  const where = settingNames.map((name) => [name, origins[name] ?? 'default']);
  return {
    settings: settingsToDocument(settings),
    ...(withOrigin ? { origins: Object.fromEntries(where) as object, sources } : {}),
    problems,
  };
}

function format(
  { settings, origins, problems }: ResolvedSettings,
  withOrigin: boolean,
  width: number,
): string {
  const document = settingsToDocument(settings);
  const columns = [
    { title: 'SETTING' },
    { title: 'VALUE', wrap: true },
    ...(withOrigin ? [{ title: 'ORIGIN', wrap: true }] : []),
  ];
  const rows = settingNames.map((name) => {
    const value = document[name];
    return [name, inOneLine(value), origins[name] ?? 'default'];
  });
  return formatTable(columns, rows, width) + formatSettingsProblems(problems, width);
}

function inOneLine(value: JsonValue | undefined): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is wrong with the settings, below a table; an empty text where nothing is. */
export function formatSettingsProblems(
  problems: readonly SettingsProblem[],
  width: number,
): string {
  if (problems.length === 0) return '';
  const rows = problems.map(({ code, message }) => [code, message]);
  return `\n${formatTable([{ title: 'PROBLEM' }, { title: 'WHAT', wrap: true }], rows, width)}`;
}
