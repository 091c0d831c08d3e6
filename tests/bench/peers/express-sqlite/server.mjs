// A row for each delivery; VARIANT says whether each is a transaction (`each`) or all that came in one turn of the
// event loop share one (`grouped`).
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { authentic } from '../signature.mjs';

const db = new DatabaseSync(`${process.env.DATA}/deliveries.db`);
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
db.exec('CREATE TABLE delivery (id INTEGER PRIMARY KEY, received INTEGER NOT NULL, body BLOB NOT NULL)');
const insert = db.prepare('INSERT INTO delivery (received, body) VALUES (?, ?)');

let waiting = [];
function commitWaiting() {
  const group = waiting;
  waiting = [];
  db.exec('BEGIN');
  for (const { body } of group) insert.run(Date.now(), body);
  db.exec('COMMIT');
  for (const { response } of group) response.status(200).end();
}

function storeInGroup(body, response) {
  if (waiting.push({ body, response }) === 1) setImmediate(commitWaiting);
}

function storeAlone(body, response) {
  insert.run(Date.now(), body);
  response.status(200).end();
}

const store = process.env.VARIANT === 'grouped' ? storeInGroup : storeAlone;
const app = express();
app.disable('x-powered-by');
app.post('/hooks/elevenlabs', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
  if (!authentic(request.headers['elevenlabs-signature'], request.body)) return response.status(401).end();
  store(request.body, response);
});
app.listen(Number(process.env.PORT), '127.0.0.1');
