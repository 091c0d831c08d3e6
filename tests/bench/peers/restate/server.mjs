// The signature is checked in the handler: the server itself takes whatever comes, stores it, and then calls this.
import * as restate from '@restatedev/restate-sdk';
import { authentic } from '../signature.mjs';

const hooks = restate.service({
  name: 'hooks',
  handlers: {
    elevenlabs: restate.handlers.handler({ accept: '*/*', input: restate.serde.binary }, async (context, body) => {
      const signature = context.request().headers.get('elevenlabs-signature');
      if (!authentic(signature, body)) throw new restate.TerminalError('not authentic', { errorCode: 401 });
    }),
  },
});
restate.serve({ services: [hooks], port: Number(process.env.PORT) + 3 });
