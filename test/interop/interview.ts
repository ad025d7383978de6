import type { Api, RequestInput } from '../../src/protocol/schema.ts';
import { Wire } from '../broker/wire.ts';

/** What was asked, and what was answered. */
export type Transcript = Record<string, unknown>[];

/** Asks one broker and takes its answers down, with ids of members and topics replaced by what they stand for. */
export class Interview {
  readonly transcript: Transcript = [];
  readonly #address: string;
  readonly #wires: Wire[] = [];
  readonly #names = new Map<string, string>();

  constructor(address: string) {
    this.#address = address;
  }

  /** A connection of its own: a JoinGroup that waits holds up what comes after it. */
  async wire(): Promise<Wire> {
    const [host = '', port = ''] = this.#address.split(':');
    const wire = await Wire.open({ host, port: Number(port) });
    this.#wires.push(wire);
    return wire;
  }

  /** From now on this id, of a member or a topic, stands in the transcript under this name. */
  name(id: string, name: string): string {
    this.#names.set(id, name);
    return id;
  }

  async ask<A extends Api>(wire: Wire, note: string, api: A, version: number, request: RequestInput<A>) {
    const response = await wire.ask(api, version, request);
    this.note(`${api.name} ${version}: ${note}`, response);
    return response;
  }

  note(what: string, response: unknown): void {
    this.transcript.push({ what, response: normal(response, this.#names) });
  }
}

/** Ids by their names, lists in one order, and no sentences: those are each broker's own. */
const normal = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map((each) => normal(each, names)).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== 'errorMessage');
  return Object.fromEntries(fields.map(([name, field]) => [name, normal(field, names)]));
};

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
