// Mercurius with its JIT on from the first request, and locations through its own batch loaders.
import Fastify from "fastify";
import mercurius from "mercurius";
import * as directory from "./directory.js";
import { Query, typeDefs } from "./resolvers.js";

const loaders = {
  Company: {
    locations: {
      loader: async (queries) => {
        const found = await directory.locationsOf(queries.map(({ obj }) => obj.npi));
        return queries.map(({ params }, place) => ({ nodes: found[place].slice(0, params.first) }));
      },
      // Its cache would write each parent as JSON for a key; nothing here is asked for twice.
      opts: { cache: false },
    },
  },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers: { Query }, loaders, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: process.env.HOST });
