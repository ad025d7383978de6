/** Values that look like what services write: orders and market quotes as JSON, and lines of an access log. Records share names, shapes and words, as such data does. */
import { below, type Random, unitOf } from './random.ts';

/** One value: `index` counts the values of a pool, `sizeBytes` is the length it is to have, null leaves it as long as it comes. */
export type DocumentMaker = (random: Random, index: number, sizeBytes: number | null) => string;

const pick = <Thing>(random: Random, things: readonly [Thing, ...Thing[]]): Thing =>
  things[below(random(), things.length)] ?? things[0];

const between = (random: Random, from: number, to: number): number => from + below(random(), to - from + 1);

const hexadecimal = (random: Random, digits: number): string => {
  let text = '';
  while (text.length < digits) text += random().toString(16).padStart(8, '0');
  return text.slice(0, digits);
};

const uuid = (random: Random): string => {
  const digits = hexadecimal(random, 30);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-a${digits.slice(15, 18)}-${digits.slice(18)}`;
};

/** The first record's time; those after it follow within a second of each other. */
const firstTimeMs = Date.UTC(2024, 2, 5, 12, 0, 0);
const timeOf = (random: Random, index: number): Date => new Date(firstTimeMs + index * 700 + between(random, 0, 600));

const firstNames = ['Anna', 'Ben', 'Chidi', 'Dana', 'Emil', 'Farah', 'Goran', 'Hana', 'Ines', 'Jakob', 'Kim'] as const;
const lastNames = ['Berg', 'Costa', 'Dubois', 'Eze', 'Fischer', 'Garcia', 'Haas', 'Ito', 'Jensen', 'Kaya'] as const;
const cities = ['Berlin', 'Porto', 'Lyon', 'Lagos', 'Zagreb', 'Oslo', 'Osaka', 'Graz', 'Tartu'] as const;
const countries = ['DE', 'PT', 'FR', 'NG', 'HR', 'NO', 'JP', 'AT', 'EE'] as const;
const things = ['wool socks', 'desk lamp', 'tea pot', 'rain coat', 'notebook A5', 'bike light', 'oak shelf'] as const;
const events = ['order.created', 'order.paid', 'order.shipped', 'order.returned'] as const;
const words = 'please leave the parcel with a neighbour or at the side door when nobody is in and ring twice ';

const padding = (length: number): string => words.repeat(Math.ceil(length / words.length)).slice(0, length);

const order = (random: Random, index: number, items: number): object => {
  const first = pick(random, firstNames);
  const last = pick(random, lastNames);
  const lines = Array.from({ length: items }, () => ({
    sku: `SKU-${between(random, 10_000, 99_999)}`,
    name: pick(random, things),
    quantity: between(random, 1, 4),
    unitPrice: between(random, 199, 19_999) / 100,
  }));
  return {
    eventId: uuid(random),
    type: pick(random, events),
    time: timeOf(random, index).toISOString(),
    customer: {
      id: between(random, 1, 500_000),
      name: `${first} ${last}`,
      email: `${first}.${last}@example.com`.toLowerCase(),
      city: pick(random, cities),
      country: pick(random, countries),
    },
    items: lines,
    currency: 'EUR',
    total: Math.round(lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0) * 100) / 100,
    isGift: below(random(), 10) === 0,
  };
};

/** About the length of an order without items, and of an item, characters. */
const orderLength = 290;
const itemLength = 75;
const shortNote = ',"note":""'.length;

/** A document that is exactly as long as asked: with a note, or with spaces before its last brace where there is no room for one. */
const lengthened = (text: string, length: number): string => {
  const missing = length - text.length;
  const open = text.slice(0, -1);
  if (missing >= shortNote) return `${open},"note":"${padding(missing - shortNote)}"}`;
  return `${open}${' '.repeat(missing)}}`;
};

/** An event of an order, valid JSON of any size: a small event where an order does not fit, and a number where nothing else does. */
export const jsonDocument: DocumentMaker = (random, index, sizeBytes) => {
  if (sizeBytes === null) return JSON.stringify(order(random, index, between(random, 1, 4)));
  const most = Math.max(1, Math.floor((sizeBytes - orderLength) / itemLength));
  const text = JSON.stringify(order(random, index, Math.min(most, between(random, 1, 4))));
  if (text.length <= sizeBytes) return lengthened(text, sizeBytes);
  const small = JSON.stringify({ id: index, type: pick(random, events) });
  if (small.length <= sizeBytes) return lengthened(small, sizeBytes);
  return String(between(random, 1, 9)).padEnd(sizeBytes, String(index));
};

const venues = ['XPAR', 'XETR', 'XLON', 'XMIL', 'XAMS', 'XSTO'] as const;
const conditions = ['R', 'R', 'R', 'R', 'O', 'C', 'A'] as const;
const letterA = 0x41;
const letters = 26;
const symbolLetters = 4;
const symbols = 1000;

/** A ticker symbol: the same four letters for the same number. */
const symbolOf = (number: number): string =>
  String.fromCharCode(
    ...Array.from({ length: symbolLetters }, (_, place) => letterA + (Math.floor(number / letters ** place) % letters)),
  );

/** Prices have two decimals. */
const price = (cents: number): number => cents / 100;

/** A level-1 quote as JSON: best bid and ask with their sizes, and the last trade; about 320 bytes where no length is asked for. */
export const quoteDocument: DocumentMaker = (random, index, sizeBytes) => {
  const symbol = symbolOf(between(random, 0, symbols - 1) * 37);
  const bid = between(random, 500, 90_000);
  const last = bid + between(random, -10, 12);
  const text = JSON.stringify({
    type: 'quote.level1',
    symbol,
    venue: pick(random, venues),
    currency: 'EUR',
    eventTime: timeOf(random, index).toISOString(),
    bid: price(bid),
    bidSize: between(random, 1, 90) * 100,
    ask: price(bid + between(random, 1, 12)),
    askSize: between(random, 1, 90) * 100,
    last: price(last),
    lastSize: between(random, 1, 40) * 25,
    volume: between(random, 10_000, 9_000_000),
    open: price(bid + between(random, -200, 200)),
    high: price(bid + between(random, 20, 400)),
    low: price(bid - between(random, 20, 400)),
    condition: pick(random, conditions),
    sequence: between(random, 1_000_000, 9_999_999),
  });
  if (sizeBytes === null || text.length === sizeBytes) return text;
  if (text.length < sizeBytes) return lengthened(text, sizeBytes);
  const small = JSON.stringify({ symbol, bid: price(bid) });
  return small.length <= sizeBytes
    ? lengthened(small, sizeBytes)
    : String(bid).padEnd(sizeBytes, '0').slice(0, sizeBytes);
};

const paths = ['/', '/catalog', '/catalog/item', '/cart', '/checkout', '/account/orders', '/api/v1/stock'] as const;
const methods = ['GET', 'GET', 'GET', 'GET', 'POST', 'HEAD'] as const;
const statuses = [200, 200, 200, 200, 200, 304, 302, 404, 500] as const;
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.3 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/122.0.0.0 Safari/537.36',
  'curl/8.5.0',
] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** Time as access logs have it: `05/Mar/2024:12:00:00 +0000`. */
const logTime = (time: Date): string => {
  const date = `${twoDigits(time.getUTCDate())}/${months[time.getUTCMonth()] ?? months[0]}/${time.getUTCFullYear()}`;
  return `${date}:${time.toISOString().slice(11, 19)} +0000`;
};

/** A line of an access log in the combined format; cut where it is to be shorter, with a longer query where it is to be longer. */
export const logLine: DocumentMaker = (random, index, sizeBytes) => {
  const address = `10.${between(random, 0, 3)}.${between(random, 0, 40)}.${between(random, 1, 254)}`;
  const status = pick(random, statuses);
  const bytes = Math.floor(-Math.log(unitOf(random())) * 6000);
  const path = pick(random, paths);
  const item = between(random, 1, 5000);
  const head = `${address} - - [${logTime(timeOf(random, index))}] "${pick(random, methods)} ${path}?id=${item}`;
  const tail = ` HTTP/1.1" ${status} ${bytes} "https://shop.example.com${pick(random, paths)}" "${pick(random, agents)}"`;
  const missing = (sizeBytes ?? 0) - head.length - tail.length;
  const query = missing > 3 ? `&q=${padding(missing - 3).replaceAll(' ', '+')}` : '+'.repeat(Math.max(0, missing));
  const line = head + query + tail;
  return sizeBytes === null ? line : line.slice(0, sizeBytes);
};
