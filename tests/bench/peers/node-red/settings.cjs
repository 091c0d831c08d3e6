// No editor, and the body as it came: the function node needs the bytes that were signed.
const express = require('express');

module.exports = {
  uiHost: '127.0.0.1',
  uiPort: Number(process.env.PORT),
  httpAdminRoot: false,
  flowFile: 'flows.json',
  httpNodeMiddleware: express.raw({ type: () => true, limit: '1mb' }),
  functionGlobalContext: { authentic: require('../signature.mjs').authentic },
  logging: { console: { level: 'error' } },
};
