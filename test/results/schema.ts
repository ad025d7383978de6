/** Checks a value against the part of JSON Schema (2020-12) that docs/run.schema.json uses. */

type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asSchema = (value: unknown): Schema => {
  if (!isObject(value)) throw new TypeError(`a schema must be an object; got ${JSON.stringify(value)}`);
  return value;
};

const known = new Set(
  '$schema $defs title description $ref const enum oneOf type minimum items required properties additionalProperties'.split(
    ' ',
  ),
);

const typeOf = (value: unknown): readonly string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
};

/** What is wrong with a value, one line for each fault; empty when it is valid. Throws for a keyword that is not understood. */
export const faultsOf = (root: Schema, value: unknown, schema: Schema = root, path = 'run'): readonly string[] => {
  for (const keyword of Object.keys(schema)) if (!known.has(keyword)) throw new TypeError(`unknown keyword ${keyword}`);
  const faults: string[] = [];
  const check = (part: unknown, partValue: unknown, partPath: string): readonly string[] =>
    faultsOf(root, partValue, asSchema(part), partPath);
  const { $ref, type, minimum, oneOf, items } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.replace('#/$defs/', '');
    faults.push(...check(asSchema(root.$defs)[name], value, path));
  }
  if ('const' in schema && value !== schema.const) faults.push(`${path} is not ${JSON.stringify(schema.const)}`);
  if (Array.isArray(schema.enum) && !schema.enum.includes(value))
    faults.push(`${path} is none of ${schema.enum.join(', ')}`);
  if (type !== undefined && !typeOf(value).some((name) => [type].flat().includes(name)))
    faults.push(`${path} is ${typeOf(value)[0]}, not ${[type].flat().join(' or ')}`);
  if (typeof minimum === 'number' && typeof value === 'number' && !(value >= minimum))
    faults.push(`${path} is below ${minimum}`);
  if (Array.isArray(oneOf)) {
    const each = oneOf.map((part) => check(part, value, path));
    const matches = each.filter((found) => found.length === 0).length;
    if (matches !== 1) faults.push(`${path} matches ${matches} of ${oneOf.length}: ${each.flat().join('; ')}`);
  }
  if (items !== undefined && Array.isArray(value))
    faults.push(...value.flatMap((item, index) => check(items, item, `${path}[${index}]`)));
  if (isObject(value)) faults.push(...objectFaults(schema, value, path, check));
  return faults;
};

const objectFaults = (
  { required, properties, additionalProperties }: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  check: (part: unknown, value: unknown, path: string) => readonly string[],
): readonly string[] => {
  const faults: string[] = [];
  const parts = properties === undefined ? {} : asSchema(properties);
  for (const name of Array.isArray(required) ? required.map(String) : [])
    if (!Object.hasOwn(value, name)) faults.push(`${path}.${name} is missing`);
  for (const [name, one] of Object.entries(value)) {
    if (Object.hasOwn(parts, name)) faults.push(...check(parts[name], one, `${path}.${name}`));
    else if (additionalProperties === false) faults.push(`${path}.${name} is not in the schema`);
    else if (isObject(additionalProperties)) faults.push(...check(additionalProperties, one, `${path}.${name}`));
  }
  return faults;
};
