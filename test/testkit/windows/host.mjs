// Runs inside Windows (or Wine) and does there what a test asks for over a loopback connection:
//   node host.mjs PORT
// One JSON object a line each way: {id, method, params}, answered by {id, result} or {id, error}.
import { Buffer } from 'node:buffer';
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { openCertificateStore } from '../../../dist/keystore/index.js';
import { loadNativeAddon } from '../../../dist/native/index.js';

const require = createRequire(import.meta.url);
const editor = require('../../../build/windows/store_editor.node');
const stores = new Map();
let nextStore = 1;
const changes = new EventEmitter();
let watched;

const bytes = (base64) => new Uint8Array(Buffer.from(base64, 'base64'));
const text = (data) => Buffer.from(data).toString('base64');

function describe({ key, location, label, certificate, chain, signer, problem }) {
  const common = { location, label, der: text(certificate.der), chain: chain.map(text) };
  return key === undefined
    ? { ...common, problem }
    : { ...common, key, algorithms: signer.algorithms };
}

async function list(id) {
  const store = stores.get(id);
  const { certificates, problems } = await store.opened.list();
  store.signers = new Map(certificates.map(({ location, signer }) => [location, signer]));
  return { certificates: certificates.map(describe), problems };
}

const methods = {
  open: (settings) => {
    const id = nextStore++;
    stores.set(id, { opened: openCertificateStore(settings), signers: new Map() });
    return id;
  },
  list,
  sign: async ([id, location, algorithm, message]) =>
    text(await stores.get(id).signers.get(location).sign(algorithm, bytes(message))),
  close: (id) => stores.get(id).opened.close(),
  addCertificates: ([store, ders, label, key]) =>
    editor.addCertificates(store, ders.map(bytes), label, key),
  importPfx: ([store, pfx, password, label, flags]) =>
    editor.importPfx(store, bytes(pfx), password, label, flags),
  removeKey: ([store, der]) => editor.removeKey(store, bytes(der)),
  remove: ([store, der]) => editor.remove(store, bytes(der)),
  forget: ([store, der]) => editor.forget(store, bytes(der)),
  keyInfo: ([store, der]) => editor.keyInfo(store, bytes(der)),
  openHandles: () => editor.openHandles(),
  setPolicy: ([path, name, value]) => editor.setPolicy(path, name, value),
  setBinaryPolicy: ([path, name, value]) => editor.setPolicy(path, name, bytes(value)),
  removePolicy: (path) => editor.removePolicy(path),
  readManagedPolicy: ([domain, keys]) => loadNativeAddon().readManagedPolicy(domain, keys),
  readManagedFile: async ([file, maxBytes]) => {
    const { content, ...others } = await loadNativeAddon().readManagedFile(file, maxBytes);
    return { ...others, content: Buffer.from(content).toString('utf8') };
  },
  findPeerProcess: ({ localAddress, remoteAddress, ...ports }) =>
    loadNativeAddon().findPeerProcess({
      localAddress: bytes(localAddress),
      remoteAddress: bytes(remoteAddress),
      ...ports,
    }),
  // Word of changes, straight from the addon; waits for the next.
  watch: () => {
    watched = new (loadNativeAddon().CertificateStore)();
    return watched.watch(() => changes.emit('change'));
  },
  nextChange: () => once(changes, 'change').then(() => true),
  unwatch: () => watched.close(),
  // A connection within this process: what the addon says of its other end.
  ownConnection: () =>
    new Promise((resolve, reject) => {
      const server = net.createServer((socket) => {
        const { localPort, remotePort } = socket;
        const loopback = Uint8Array.of(127, 0, 0, 1);
        loadNativeAddon()
          .findPeerProcess({
            ...{ localAddress: loopback, localPort: remotePort },
            ...{ remoteAddress: loopback, remotePort: localPort },
          })
          .then(resolve, reject)
          .finally(() => {
            socket.destroy();
            server.close();
          });
      });
      server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').resume());
    }),
  // Passes connections to 127.0.0.2 on to 127.0.0.1: for clients that are no Windows processes.
  relay: (target) =>
    new Promise((resolve) => {
      net
        .createServer((socket) => {
          const onward = net.connect(target, '127.0.0.1');
          socket.pipe(onward).pipe(socket);
          socket.on('error', () => onward.destroy());
          onward.on('error', () => socket.destroy());
        })
        .listen(target, '127.0.0.2', () => resolve(true));
    }),
  run: ([module, argument]) =>
    import(pathToFileURL(module).href).then((loaded) => loaded.default(argument)),
  process: () => ({ pid: process.pid, version: process.version, memory: process.memoryUsage() }),
};

function errorOf(error) {
  const { code, facility, api, message } = error;
  return { code, facility, api, message };
}

const socket = net.connect({ port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true });
createInterface({ input: socket }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  Promise.resolve()
    .then(() => methods[method](params))
    .then(
      (result) => ({ id, result }),
      (error) => ({ id, error: errorOf(error) }),
    )
    .then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
});
socket.on('close', () => process.exit(0));
