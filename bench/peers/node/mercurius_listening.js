// Mercurius' subscriptions, published over Redis.
import Fastify from "fastify";
import mercurius from "mercurius";
import redisEmitter from "mqemitter-redis";
import { CHANGES, redisSocket, resolvers, typeDefs } from "./listening.js";

const publish = ({ pubsub }, payload) => pubsub.publish({ topic: CHANGES, payload });
const subscribe = ({ pubsub }) => pubsub.subscribe(CHANGES);

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: resolvers(publish, subscribe),
  jit: 1,
  graphiql: false,
  subscription: { emitter: redisEmitter({ connectionString: redisSocket }) },
});
await app.listen({ port: Number(process.env.PORT), host: process.env.HOST });
