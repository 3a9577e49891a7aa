/** A real HTTP proxy for CONNECT on loopback, which notes what it was asked for. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** The proxy. */
export class ConnectProxy {
  /** `host:port` of each CONNECT. */
  readonly asked: string[] = [];
  /** The status of its answer; 200 opens the tunnel. */
  status = 200;
  /** Never answers. */
  silent = false;
  /** Tunnels lead here, whatever host they name. */
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer();
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('connect', (request, socket: Socket) => {
      this.asked.push(request.url ?? '');
      socket.on('error', () => undefined);
      if (this.silent) {
        socket.resume().on('end', () => socket.destroy());
        return;
      }
      if (this.status !== 200) {
        socket.end(`HTTP/1.1 ${this.status} No\r\nContent-Length: 2\r\n\r\nno`);
        return;
      }
      const target = connect(this.#targetPort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => socket.destroy());
    });
  }

  /** Starts it on a free port. */
  static async start(targetPort: number): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
