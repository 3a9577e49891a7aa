// Writes into a storage until it is stopped, and says on standard output what was acknowledged.
//   node storage-writer.mjs '{"kind":"sqlite","path":"..."}' [LENGTH]
// LENGTH is that of each value. Where the storage fails it prints the error's code, waits for a line
// on standard input, and goes on with the same number.
import { createInterface } from 'node:readline';
import { silentLogger } from '../../dist/core/index.js';
import { openStorage } from '../../dist/server/index.js';

const [address = '', length = '100'] = process.argv.slice(2);
const storage = await openStorage(JSON.parse(address), silentLogger);
const told = createInterface(process.stdin)[Symbol.asyncIterator]();

async function write(number) {
  const value = JSON.stringify('x'.repeat(Number(length)));
  // Where an acknowledgement was lost, it is there already, with its entry in the log.
  if (!(await storage.settings.put({ key: `written ${number}`, value, version: 1 }))) return;
  const event = { at: new Date(), actor: 'test', via: 'cli', action: `write ${number}` };
  await storage.audit.append(event, (_, sequence, previous) =>
    `${previous}.${sequence}`.slice(-64),
  );
}

/** Resolves once the line has left the process: where nobody reads, the pipe is soon full. */
function tell(line) {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, resolve));
}

for (let number = 1; ;) {
  try {
    await storage.atomically(() => write(number));
    await tell(number);
    number += 1;
  } catch (error) {
    await tell(error.code);
    if ((await told.next()).done === true) break;
  }
}
await storage.close();
