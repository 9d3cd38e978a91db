// Apollo Server as its standalone server starts it.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { directory } from "./postgres.js";
import { context, resolvers, typeDefs } from "./resolvers.js";

const server = new ApolloServer({ typeDefs, resolvers: resolvers(directory) });
await startStandaloneServer(server, {
  context: async () => context(directory),
  listen: { port: Number(process.env.PORT), host: process.env.HOST },
});
