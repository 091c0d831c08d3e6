// One job for each delivery; answered when Redis has it.
import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { authentic } from '../signature.mjs';

const queue = new Queue('deliveries', { connection: { path: `${process.env.DATA}/redis.sock` } });
const app = Fastify({ logger: false });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
app.post('/hooks/elevenlabs', async (request, reply) => {
  if (!authentic(request.headers['elevenlabs-signature'], request.body)) return reply.code(401).send();
  await queue.add('delivery', { body: request.body.toString() });
  return reply.code(200).send();
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
