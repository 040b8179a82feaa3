// HTTP client of a lab host: one GET, one line of JSON. Usage: node fetch.mjs URL TIMEOUT_MS [LOCAL_ADDRESS]
// With UPLOAD_BYTES and UPLOAD_SECONDS in the environment a PUT of so many bytes, spread over so many seconds.
// Always exits 0: an unreachable server is a result: {"error": "ETIMEDOUT"}.
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { sendBytes } from './bytes.mjs';

const [url, timeoutMs, localAddress] = process.argv.slice(2);
const bodyShownMax = 4096;
const began = Date.now();

function finish(result) {
  console.log(JSON.stringify({ ...result, milliseconds: Date.now() - began }));
  process.exit(0);
}

setTimeout(() => finish({ error: 'TIMEOUT' }), Number(timeoutMs));
const upload = Number(process.env.UPLOAD_BYTES ?? 0);
const headers = upload ? { 'content-length': upload } : {};
const options = { localAddress, agent: false, method: upload ? 'PUT' : 'GET', headers };
const asking = request(url, options, (response) => {
  const hash = createHash('sha256');
  let bytes = 0;
  let body = '';
  response.on('data', (chunk) => {
    if (bytes === 0) process.stderr.write('first byte\n');
    bytes += chunk.length;
    hash.update(chunk);
    if (body.length < bodyShownMax) body += chunk.toString('latin1').slice(0, bodyShownMax - body.length);
  });
  response.on('end', () => finish({ status: response.statusCode, bytes, sha256: hash.digest('hex'), body }));
  response.on('error', (error) => finish({ error: error.code ?? error.message, bytes }));
}).on('error', (error) => finish({ error: error.code ?? error.message }));
if (upload) void sendBytes(asking, upload, Number(process.env.UPLOAD_SECONDS ?? 0));
else asking.end();
