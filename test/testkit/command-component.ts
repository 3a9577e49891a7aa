import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Component } from './require-component.ts';

/**
 * A program of the system, for `describeWith`.
 *
 * @param program - its name
 * @param debianPackage - that has it
 */
export function commandComponent(program: string, debianPackage: string): Component {
  return {
    name: program,
    found: (process.env['PATH'] ?? '')
      .split(path.delimiter)
      .map((directory) => path.join(directory, program))
      .find((candidate) => existsSync(candidate)),
    howToGet: `apt-get install ${debianPackage}`,
  };
}
