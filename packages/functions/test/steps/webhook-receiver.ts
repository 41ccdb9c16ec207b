import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

/** A message as an endpoint sees it, its signature checked. */
export interface Message {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly userId: string; readonly from: string; readonly to: string };
}

export interface Receiver {
  readonly url: string;
  /** By path, in the order of their arrival; repeats included. */
  received(path: string): readonly Message[];
  /** What the path answers from now on. Without: 204. */
  answer(path: string, respond: (message: Message, response: ServerResponse) => void): void;
  stop(): Promise<void>;
}

/** Another team's endpoint: checks signatures as the library's README tells it to. */
export async function startReceiver(secretOf: (path: string) => string): Promise<Receiver> {
  const messages = new Map<string, Message[]>();
  const answers = new Map<string, (message: Message, response: ServerResponse) => void>();

  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "/";
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const verified = new Webhook(secretOf(path)).verify(
      Buffer.concat(chunks).toString(),
      request.headers as Record<string, string>,
    ) as Omit<Message, "id">;
    const message = { ...verified, id: String(request.headers["webhook-id"]) };
    messages.set(path, [...(messages.get(path) ?? []), message]);
    const respond = answers.get(path);
    if (respond) respond(message, response);
    else response.writeHead(204).end();
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.writeHead(401).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: (path) => messages.get(path) ?? [],
    answer: (path, respond) => answers.set(path, respond),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
