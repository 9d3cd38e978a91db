// graphql-jit on Bun: its HTTP server, its SQL client, and no more around them; documents are compiled once.
import { SQL } from "bun";
import { buildSchema, parse, validate } from "graphql";
import { compileQuery } from "graphql-jit";
import { directoryOver } from "./directory.js";
import { context, resolvers, typeDefs } from "./resolvers.js";

const sql = new SQL(process.env.DATABASE_URL, { max: Number(process.env.POOL_SIZE) });
const value = (given) => (Array.isArray(given) ? sql.array(given, "TEXT") : given);
const directory = directoryOver((_, statement, values) => sql.unsafe(statement, values.map(value)));

const schema = buildSchema(typeDefs);
for (const [type, fields] of Object.entries(resolvers(directory))) {
  for (const [name, resolve] of Object.entries(fields)) schema.getType(type).getFields()[name].resolve = resolve;
}

const compiled = new Map();

function compile(text) {
  const document = parse(text);
  const errors = validate(schema, document);
  const { query } = errors.length ? { query: () => ({ errors }) } : compileQuery(schema, document);
  compiled.set(text, query);
  return query;
}

Bun.serve({
  port: Number(process.env.PORT),
  hostname: process.env.HOST,
  async fetch(request) {
    const { query, variables } = await request.json();
    const run = compiled.get(query) ?? compile(query);
    return Response.json(await run(null, context(directory), variables));
  },
});
