/**
 * Own fields of a value from outside; none where it is no object. The result has no prototype, so that a field that is
 * asked for is either the sender's or undefined, and `__proto__` is a name like any other.
 */
export function ownFields(value: unknown): Readonly<Record<string, unknown>> {
  const fields = Object.create(null) as Record<string, unknown>;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fields;
  for (const [name, field] of Object.entries(value)) {
    Object.defineProperty(fields, name, { value: field, enumerable: true });
  }
  return fields;
}
