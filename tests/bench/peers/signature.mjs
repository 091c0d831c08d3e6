// What every peer on Node checks before it stores: ElevenLabs-Signature is `t=<seconds>,v0=<HMAC-SHA-256 of "t.body">`.
import { createHmac, timingSafeEqual } from 'node:crypto';

const secret = process.env.BENCH_SECRET;
const toleranceSeconds = 30 * 60;

// `signature`: the header or undefined; `body`: the bytes as they came.
export function authentic(signature, body) {
  const parts = /^t=(\d+),v0=([0-9a-f]{64})$/.exec(signature ?? '');
  if (!parts || Math.abs(Date.now() / 1000 - Number(parts[1])) > toleranceSeconds) return false;
  const expected = createHmac('sha256', secret).update(`${parts[1]}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(parts[2], 'hex'));
}
