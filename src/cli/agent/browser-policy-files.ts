/** Reads the managed policies of browsers on Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserPolicyFile } from '../../agent/browser-policies.ts';
import { isJsonObject, type JsonValue } from '../../core/index.ts';

/** Where each browser of the family keeps its managed policies. */
const directories = {
  Chrome: 'etc/opt/chrome/policies/managed',
  Chromium: 'etc/chromium/policies/managed',
  Edge: 'etc/opt/edge/policies/managed',
} as const;

/**
 * The policy files that can be read; one that is no JSON object is passed over, as the browsers do.
 *
 * @param root - `/`
 */
export function browserPolicyFiles(root: string): readonly BrowserPolicyFile[] {
  return Object.entries(directories).flatMap(([browser, directory]) =>
    jsonFiles(join(root, directory)).flatMap((file) => {
      const values = read(file);
      return isJsonObject(values) ? [{ browser, values }] : [];
    }),
  );
}

function jsonFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function read(file: string): JsonValue | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
  } catch {
    return undefined;
  }
}
