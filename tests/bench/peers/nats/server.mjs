// Node's own HTTP server, nothing between it and the stream; answered when JetStream has acknowledged.
import { createServer } from 'node:http';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { authentic } from '../signature.mjs';

const port = Number(process.env.PORT);
const nats = await connect({ servers: `127.0.0.1:${port + 1}` });
await (await jetstreamManager(nats)).streams.add({ name: 'deliveries', subjects: ['deliveries'], storage: 'file' });
const stream = jetstream(nats);

async function receive(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!authentic(request.headers['elevenlabs-signature'], body)) return response.writeHead(401).end();
  await stream.publish('deliveries', body);
  response.writeHead(200).end();
}

createServer((request, response) => {
  receive(request, response).catch(() => response.writeHead(503).end());
}).listen(port, '127.0.0.1');
