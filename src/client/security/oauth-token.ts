import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../client-error.ts';
import type { TokenSource } from './security-config.ts';

/** A token is a few kilobytes at most. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Attempts at an endpoint that is busy or cannot be reached; what it refuses is not asked again. */
const ATTEMPTS = 3;
/** Most characters of an endpoint's own words that an error repeats. */
const SHOWN_CHARACTERS = 200;

type Endpoint = Extract<TokenSource, { kind: 'endpoint' }>;
type Answer = { readonly status: number; readonly body: string };

/** A bearer token (RFC 6750) for OAUTHBEARER. Rejects with a ClientError, without secrets. */
export const fetchToken = async (source: TokenSource): Promise<string> => {
  if (source.kind === 'unsecured') return unsecuredToken(source.claims);
  if (source.kind === 'file') return tokenOfFile(source.path);
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(source).catch((error: unknown) => {
      if (attempt < ATTEMPTS) return null;
      const reason = error instanceof Error ? error.message : String(error);
      throw failure(source, `cannot be reached: ${reason}`, error);
    });
    const isBusy = answer !== null && (answer.status === 429 || answer.status >= 500);
    if (answer !== null && (!isBusy || attempt >= ATTEMPTS)) return tokenOf(source, answer);
    const { retryBackoffMs, retryBackoffMaxMs } = source.times;
    await sleep(Math.min(retryBackoffMs * 2 ** (attempt - 1), retryBackoffMaxMs));
  }
};

const tokenOf = (source: Endpoint, { status, body }: Answer): string => {
  const fields = fieldsOf(body);
  const token = fields.access_token;
  if (status === 200 && typeof token === 'string' && token !== '') return token;
  const words = [fields.error, fields.error_description].filter((each) => typeof each === 'string').join(': ');
  const said = words === '' ? '' : ` (${words.slice(0, SHOWN_CHARACTERS)})`;
  const hint = status === 400 || status === 401 ? '; look at clientId, clientSecret and scope in sasl.jaas.config' : '';
  throw failure(source, `answered ${status}${said} and gave no token${hint}`, null);
};

const fieldsOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // Not JSON: then there is no token in it, and the status is what can be said.
    return {};
  }
};

const failure = (source: Endpoint, what: string, cause: unknown): ClientError =>
  new ClientError(
    'SASL_AUTHENTICATION_FAILED',
    `the token endpoint ${new URL(source.url).origin}${new URL(source.url).pathname} (sasl.oauthbearer.token.endpoint.url) ${what}`,
    { code: 58, cause },
  );

/** The client credentials grant (RFC 6749, section 4.4), with id and secret in the header. */
const ask = (source: Endpoint): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { connectTimeoutMs, readTimeoutMs } = source.times;
    const encode = source.isUrlEncoded ? encodeURIComponent : (text: string): string => text;
    const credentials = Buffer.from(`${encode(source.clientId)}:${encode(source.clientSecret)}`).toString('base64');
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (source.scope !== null) form.set('scope', source.scope);
    const body = form.toString();
    const client = source.url.startsWith('https:') ? https : http;
    const request = client.request(source.url, {
      method: 'POST',
      timeout: connectTimeoutMs + readTimeoutMs,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    });
    const connecting = setTimeout(
      () => request.destroy(new Error(`no connection within ${connectTimeoutMs} ms (sasl.login.connect.timeout.ms)`)),
      connectTimeoutMs,
    );
    request.on('socket', (socket) => {
      if (!socket.connecting) clearTimeout(connecting);
      else socket.once('connect', () => clearTimeout(connecting));
    });
    request.on('timeout', () =>
      request.destroy(new Error(`no answer within ${readTimeoutMs} ms (sasl.login.read.timeout.ms)`)),
    );
    request.on('close', () => clearTimeout(connecting));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES) request.destroy(new Error('its answer is over 1 MiB'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.end(body);
  });

const tokenOfFile = async (path: string): Promise<string> => {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (token !== '') return token;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ClientError(
      'SASL_AUTHENTICATION_FAILED',
      `sasl.oauthbearer.token.endpoint.url must name a readable file with a token; ${path} is not (${code})`,
      { code: 58, cause: error },
    );
  }
  throw new ClientError(
    'SASL_AUTHENTICATION_FAILED',
    `sasl.oauthbearer.token.endpoint.url must name a file with a token; ${path} is empty`,
    { code: 58 },
  );
};

const unsecuredToken = (claims: Readonly<Record<string, string | number>>): string => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iat: Math.floor(Date.now() / 1000), ...claims })}.`;
};
