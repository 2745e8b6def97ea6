import { z } from 'zod';

/** What the document says of one route; all of it comes from the schemas by which the route works. */
export interface DescribedRoute {
  readonly method: 'GET' | 'POST';
  /** With parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly answer: z.ZodType;
}

/** What every refusal looks like. */
export const refusalSchema = z.object({
  error: z.object({
    code: z.string().describe('Stable, for programs.'),
    message: z.string().describe('What is wrong.'),
    remedy: z.string().describe('What can be done about it.'),
  }),
});

type JsonSchema = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/** An OpenAPI 3.1 document; its schemas are JSON Schema 2020-12, which zod writes. */
export function openApiDocument(title: string, routes: readonly DescribedRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        refused: {
          description: 'This cannot be done; the answer says why, and what to do about it.',
          content: jsonContent(jsonSchema(refusalSchema, 'output')),
        },
      },
    },
  };
}

function operation({ method, path, summary, input, answer }: DescribedRoute): object {
  const { properties, required } = jsonSchema(input, 'input') as unknown as ObjectSchema;
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const isGet = method === 'GET';
  const parameters = Object.entries(properties)
    .filter(([name]) => isGet || inPath.has(name))
    .map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? 'path' : 'query',
      required: inPath.has(name) || isRequired(name, required),
      schema,
    }));
  const inBody = Object.entries(properties).filter(([name]) => !isGet && !inPath.has(name));
  return {
    summary,
    parameters,
    ...(inBody.length > 0 && { requestBody: requestBody(inBody, required) }),
    responses: {
      200: { description: 'Done.', content: jsonContent(jsonSchema(answer, 'output')) },
      default: { $ref: '#/components/responses/refused' },
    },
  };
}

function requestBody(properties: readonly (readonly [string, JsonSchema])[], required: readonly string[]): object {
  const needed = properties.map(([name]) => name).filter((name) => isRequired(name, required));
  const schema = { type: 'object', properties: Object.fromEntries(properties), required: needed };
  return { required: needed.length > 0, content: jsonContent({ ...schema, additionalProperties: false }) };
}

function isRequired(name: string, required: readonly string[] | undefined): boolean {
  return required?.includes(name) ?? false;
}

function jsonContent(schema: JsonSchema): object {
  return { 'application/json': { schema } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
