// GraphQL Yoga on Node's own HTTP server.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { context, resolvers, typeDefs } from "./resolvers.js";

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context, graphiql: false, logging: false });
createServer(yoga).listen(Number(process.env.PORT), process.env.HOST);
