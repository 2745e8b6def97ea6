/**
 * What a token says of a feature (wire note §8, `context.features`); undefined where it says nothing. Read without proof: it
 * decides what is offered, the server decides what is done.
 */
export function tokenFeature(token: string | undefined, feature: string): boolean | undefined {
  const features = fieldsOf(fieldsOf(payloadOf(token ?? ''))['context'])['features'];
  const value = fieldsOf(features)[feature];
  return value === undefined ? undefined : value === true || value === 'true';
}

function payloadOf(token: string): unknown {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // No token that can be read: it says nothing.
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
