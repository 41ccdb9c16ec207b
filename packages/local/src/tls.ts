import type { RequestListener, Server } from "node:http";
import { createServer, type Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import { selfSigned } from "./certificate.ts";

/** The first byte of a TLS connection. Source: RFC 8446, section 5.1. */
const HANDSHAKE = 0x16;
const YEAR_MS = 365 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/**
 * Lets a server take TLS on its port as well, for clients that cannot do without: Amplify says `https://` before
 * every sign-in page. The certificate is made when the first one comes, by nobody whom a browser trusts.
 */
export function alsoSecure(server: Server, listener: RequestListener): { closeAll(): void } {
  const sockets = new Set<Socket>();
  let secure: Promise<SecureServer> | undefined;
  const plain = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Before a server has taken it over, nobody else hears that a connection broke.
    const ignore = () => socket.destroy();
    socket.on("error", ignore);
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      socket.off("error", ignore);
      if (first[0] !== HANDSHAKE) {
        for (const take of plain) take.call(server, socket);
        socket.resume();
        return;
      }
      secure ??= secureServer(listener);
      secure.then(
        (taker) => taker.emit("connection", socket),
        () => socket.destroy(),
      );
    });
  });
  return {
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function secureServer(listener: RequestListener): Promise<SecureServer> {
  const server = createServer(await certificate(), listener);
  // A browser that does not trust the certificate breaks off: that is no matter of ours.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** A certificate for the names of this computer, signed by itself. */
function certificate(): Promise<{ key: string; cert: string }> {
  const nowMs = Date.now();
  return selfSigned({
    name: "Carryover local stage",
    fromMs: nowMs - DAY_MS,
    untilMs: nowMs + YEAR_MS,
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        // 2: a host name, 7: an address.
        altNames: [
          { type: 2, value: "localhost" },
          { type: 2, value: "*.auth.localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
}
