// The raw limit of a sign-in: answers its three requests from memory, after keeping the CPU busy for
// as long as the server does. How late such answers are is up to the machine and the load.
//   node test/bench/bare-server.mjs MICROSECONDS_PER_REQUEST CHALLENGE
import { createServer } from 'node:http';

const [microseconds, challengeRequest] = process.argv.slice(2);
const started = { transaction: 'transaction', challengeRequest };
const answers = new Map([
  ['/v1/challenges', JSON.stringify(started)],
  ['/v1/proofs', JSON.stringify({ managed: true })],
  ['/v1/transactions/transaction', JSON.stringify({ status: 'managed' })],
]);

function keepBusy() {
  const end = performance.now() + Number(microseconds) / 1000;
  while (performance.now() < end);
}

createServer((request, response) => {
  request.resume().on('end', () => {
    keepBusy();
    response.setHeader('set-cookie', 'session=1; Path=/').end(answers.get(request.url));
  });
}).listen(0, '127.0.0.1', function () {
  console.log(`listening on http://127.0.0.1:${this.address().port}`);
});
