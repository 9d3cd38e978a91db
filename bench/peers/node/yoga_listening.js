// Yoga's subscriptions, published over Redis and told by graphql-ws, as its guide has it.
import { createServer } from "node:http";
import { createRedisEventTarget } from "@graphql-yoga/redis-event-target";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import { CHANGES, redisSocket, resolvers, typeDefs } from "./listening.js";

const [publishClient, subscribeClient] = [new Redis(redisSocket), new Redis(redisSocket)];
const pubSub = createPubSub({ eventTarget: createRedisEventTarget({ publishClient, subscribeClient }) });
const publish = (_, change) => pubSub.publish(CHANGES, change);
const subscribe = () => pubSub.subscribe(CHANGES);

const schema = createSchema({ typeDefs, resolvers: resolvers(publish, subscribe) });
const yoga = createYoga({ schema, graphiql: false, logging: false });
const server = createServer(yoga);
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });
useServer(
  {
    execute: (given) => given.rootValue.execute(given),
    subscribe: (given) => given.rootValue.subscribe(given),
    onSubscribe: async (context, _, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const given = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(given.schema, given.document);
      return errors.length ? errors : given;
    },
  },
  sockets,
);
server.listen(Number(process.env.PORT), process.env.HOST);
