// A page of a server on this host, by the path of its unix socket or by its port of 127.0.0.1; samples of a Prometheus text.
import { request } from 'node:http';

export interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly allow: string | undefined;
}

export async function get(where: string | number, path: string, method = 'GET'): Promise<Got> {
  return await new Promise((resolve, reject) => {
    const to = typeof where === 'string' ? { socketPath: where } : { host: '127.0.0.1', port: where };
    const asked = request({ ...to, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body,
          allow: response.headers.allow,
        }),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** `name{labels}` → value. */
export function samplesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
