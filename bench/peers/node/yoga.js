// GraphQL Yoga on Node's own HTTP server.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { directory } from "./postgres.js";
import { context, resolvers, typeDefs } from "./resolvers.js";

const schema = createSchema({ typeDefs, resolvers: resolvers(directory) });
const yoga = createYoga({ schema, context: () => context(directory), graphiql: false, logging: false });
createServer(yoga).listen(Number(process.env.PORT), process.env.HOST);
