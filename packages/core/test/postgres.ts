import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";

// For tests only: PostgreSQL itself, in this process, behind a port, so that the adapter's own client talks to it.

export interface Postgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** What a client sends first to ask for TLS (PostgreSQL manual, "Message Formats", SSLRequest). */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** PGlite has one session: connections take turns, each for as long as it lasts. */
export async function startPglite(): Promise<Postgres> {
  const database = await PGlite.create();
  let turn = Promise.resolve();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const mine = turn;
    turn = mine.then(() => ended);
    void serve(socket, mine, database);
    void ended.then(() => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
    },
  };
}

async function serve(socket: Socket, turn: Promise<void>, database: PGlite): Promise<void> {
  await turn;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (chunk.equals(TLS_REQUEST)) {
      socket.write("N");
      continue;
    }
    socket.write(await database.execProtocolRaw(chunk));
  }
}
