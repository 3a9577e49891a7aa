/** Trees of files: sizes, times, lists. */
import { lstatSync, lutimesSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Lists a tree.
 *
 * @param {string} directory
 * @returns {string[]} paths below it with slashes, sorted by their octets, so that a package's order is
 *   nobody's file system's
 */
export function listTree(directory) {
  return readdirSync(directory, { recursive: true })
    .map((file) => file.split(path.sep).join('/'))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** @returns {string[]} {@link listTree} without directories */
export function listFiles(directory) {
  return listTree(directory).filter((file) => !lstatSync(path.join(directory, file)).isDirectory());
}

/** @returns {number} octets of all files */
export function sizeOf(directory) {
  return listFiles(directory)
    .map((file) => lstatSync(path.join(directory, file)).size)
    .reduce((sum, size) => sum + size, 0);
}

/** Gives everything in a tree one time, in seconds since 1970. */
export function setTimes(directory, epoch) {
  for (const file of listTree(directory).reverse()) {
    lutimesSync(path.join(directory, file), epoch, epoch);
  }
  lutimesSync(directory, epoch, epoch);
}
