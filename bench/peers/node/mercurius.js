// Mercurius with its JIT on from the first request, and what follows from rows through its own batch loaders.
import Fastify from "fastify";
import mercurius from "mercurius";
import { directory } from "./postgres.js";
import { rootResolvers, typeDefs } from "./resolvers.js";

const npis = (queries) => queries.map(({ obj }) => obj.npi);
// Its cache would write each parent as JSON for a key; what is asked for twice is asked for once without it.
const opts = { cache: false };

const loaders = {
  Company: {
    locations: {
      loader: async (queries) => {
        const found = await directory.locationsOf(npis(queries));
        return queries.map(({ params }, place) => directory.pageOfLocations(found[place], params.first));
      },
      opts,
    },
  },
  Location: { company: { loader: (queries) => directory.companiesByNpi(npis(queries)), opts } },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers: rootResolvers(directory), loaders, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: process.env.HOST });
